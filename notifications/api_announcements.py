"""The API of announcements: publish, read, remind, take back, and comment."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from aladdin.problems import NotFound
from notifications import announcements
from notifications.models import Announcement, AnnouncementComment, AnnouncementReceipt
from organization.caller import caller
from organization.models import Branch
from organization.roles import Role

_TAG = ["公告"]
_PAGE = [
    OpenApiParameter("cursor", str, description="翻页标记"),
    OpenApiParameter("limit", int, description="每页条数"),
]


# --- What is said ----------------------------------------------------------------------------------
class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    branch_name = serializers.CharField(source="branch.name")
    author_name = serializers.CharField(source="author.name")
    is_read = serializers.BooleanField(help_text="本人是否已读")

    class Meta:
        model = Announcement
        fields = [
            "id",
            "branch",
            "branch_name",
            "roles",
            "author",
            "author_name",
            "title",
            "body",
            "published_at",
            "pinned_until",
            "comments_open",
            "withdrawn_at",
            "withdrawal_reason",
            "is_read",
        ]


class WholeAnnouncementSerializer(AnnouncementSerializer):
    addressed = serializers.IntegerField(help_text="应读人数")
    read = serializers.IntegerField(help_text="已读人数")

    class Meta(AnnouncementSerializer.Meta):
        fields = [*AnnouncementSerializer.Meta.fields, "addressed", "read"]


class PublishSerializer(serializers.Serializer[Any]):
    branch = serializers.UUIDField(help_text="发布范围：该机构及其下级")
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), default=list, max_length=len(Role), help_text="空为全体"
    )
    title = serializers.CharField(max_length=60)
    body = serializers.CharField(max_length=4000)
    pinned_until = serializers.DateField(required=False, allow_null=True, default=None, help_text="置顶至（含）")
    comments_open = serializers.BooleanField(default=True)


class AnnouncementFilter(filters.FilterSet):
    unread = filters.BooleanFilter(field_name="is_read", exclude=True, label="只看未读（true）或已读（false）")
    pinned = filters.BooleanFilter(method="by_pin", label="只看今日置顶（true）或未置顶（false）")
    addressed = filters.BooleanFilter(method="by_address", label="只看发给本人的（true）")
    withdrawn = filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True, label="已撤回")

    class Meta:
        model = Announcement
        fields = ["branch", "author"]

    def by_pin(self, rows: QuerySet[Announcement], _: str, wanted: bool) -> QuerySet[Announcement]:
        pinned = Q(pinned_until__gte=clock.today(), withdrawn_at__isnull=True)
        return rows.filter(pinned) if wanted else rows.exclude(pinned)

    def by_address(self, rows: QuerySet[Announcement], _: str, wanted: bool) -> QuerySet[Announcement]:
        his = Announcement.objects.addressed_to(caller(self.request))
        return rows.filter(pk__in=his) if wanted else rows.exclude(pk__in=his)


class AnnouncementsView(BankView):
    """What one may see, the newest first; and publishing."""

    access = {"GET": "announcement.read", "POST": "announcement.publish"}
    filterset_class = AnnouncementFilter
    ordering = ("-published_at", "-id")

    @extend_schema(tags=_TAG, summary="公告列表", parameters=_PAGE, responses=AnnouncementSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(announcements.listed(caller(request)), AnnouncementSerializer)

    @extend_schema(
        tags=_TAG, summary="发布公告", request=PublishSerializer, responses={201: WholeAnnouncementSerializer}
    )
    def post(self, request: Request) -> Response:
        said = self.read(PublishSerializer)
        branch = Branch.objects.visible_to(caller(request)).filter(pk=said.pop("branch")).first()
        if branch is None:
            raise NotFound("没有找到该机构")
        roles = tuple(said.pop("roles"))
        published = announcements.publish(announcements.Said(branch=branch, roles=roles, **said), by=caller(request))
        return _whole(self, request, published.pk, status=201)


def _whole(view: BankView, request: Request, announcement_id: UUID, *, status: int = 200) -> Response:
    row = announcements.listed(caller(request)).filter(pk=announcement_id).first()
    if row is None:
        raise NotFound("没有找到该公告")
    counted = announcements.readership(row)
    row.addressed, row.read = counted.addressed, counted.read  # type: ignore[attr-defined]  # said beside the row
    return view.one(row, WholeAnnouncementSerializer, status=status)


class AnnouncementView(BankView):
    """One announcement with how far it was read."""

    access = {"GET": "announcement.read"}

    @extend_schema(tags=_TAG, summary="公告详情", responses=WholeAnnouncementSerializer)
    def get(self, request: Request, announcement_id: UUID) -> Response:
        return _whole(self, request, announcement_id)


class WithdrawalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, help_text="撤回原因")


class WithdrawView(BankView):
    """Take it back, with the reason."""

    access = {"POST": "announcement.publish"}

    @extend_schema(tags=_TAG, summary="撤回公告", request=WithdrawalSerializer, responses=WholeAnnouncementSerializer)
    def post(self, request: Request, announcement_id: UUID) -> Response:
        announcements.withdraw(announcement_id, by=caller(request), **self.read(WithdrawalSerializer))
        return _whole(self, request, announcement_id)


class RemindedSerializer(serializers.Serializer[Any]):
    reminded = serializers.IntegerField(help_text="提醒人数")


class RemindView(BankView):
    """Tell those who have not read it once more."""

    access = {"POST": "announcement.publish"}

    @extend_schema(tags=_TAG, summary="提醒未读人员", request=None, responses=RemindedSerializer)
    def post(self, request: Request, announcement_id: UUID) -> Response:
        return self.one({"reminded": announcements.remind(announcement_id, by=caller(request))}, RemindedSerializer)


# --- Who has read it -------------------------------------------------------------------------------
class ReceiptSerializer(serializers.ModelSerializer[AnnouncementReceipt]):
    staff_name = serializers.CharField(source="staff.name")
    employee_no = serializers.CharField(source="staff.employee_no")
    branch_name = serializers.CharField(source="staff.branch.name")

    class Meta:
        model = AnnouncementReceipt
        fields = ["staff", "employee_no", "staff_name", "branch_name", "read_at"]


class ReceiptFilter(filters.FilterSet):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="只看未读（true）或已读（false）")

    class Meta:
        model = AnnouncementReceipt
        fields: list[str] = []


class ReceiptsView(BankView):
    """Who has read it and who has not."""

    access = {"GET": "announcement.publish"}
    filterset_class = ReceiptFilter
    ordering = ("id",)

    @extend_schema(tags=_TAG, summary="阅读回执", parameters=_PAGE, responses=ReceiptSerializer(many=True))
    def get(self, request: Request, announcement_id: UUID) -> Response:
        return self.page(announcements.receipts(announcement_id, by=caller(request)), ReceiptSerializer)


class OwnReceiptSerializer(serializers.Serializer[AnnouncementReceipt]):
    read_at = serializers.DateTimeField(help_text="首次阅读时间")


class ReadView(BankView):
    """Leave one's receipt."""

    access = {"POST": "announcement.read"}

    @extend_schema(tags=_TAG, summary="已阅读公告", request=None, responses=OwnReceiptSerializer)
    def post(self, request: Request, announcement_id: UUID) -> Response:
        return self.one(announcements.read(announcement_id, by=caller(request)), OwnReceiptSerializer)


# --- Comments --------------------------------------------------------------------------------------
class CommentSerializer(serializers.ModelSerializer[AnnouncementComment]):
    author_name = serializers.CharField(source="author.name")
    text = serializers.SerializerMethodField(help_text="已删除的评论不显示内容")

    class Meta:
        model = AnnouncementComment
        fields = ["id", "author", "author_name", "text", "created_at", "withdrawn_at"]

    def get_text(self, said: AnnouncementComment) -> str:
        return "" if said.withdrawn_at else said.text


class NewCommentSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=500)


class CommentsView(BankView):
    """What was said about it, in order."""

    access = {"GET": "announcement.read", "POST": "announcement.read"}
    ordering = ("created_at", "id")

    @extend_schema(tags=_TAG, summary="评论列表", parameters=_PAGE, responses=CommentSerializer(many=True))
    def get(self, request: Request, announcement_id: UUID) -> Response:
        return self.page(announcements.comments(announcement_id, by=caller(request)), CommentSerializer)

    @extend_schema(tags=_TAG, summary="发表评论", request=NewCommentSerializer, responses={201: CommentSerializer})
    def post(self, request: Request, announcement_id: UUID) -> Response:
        said = announcements.comment(announcement_id, by=caller(request), **self.read(NewCommentSerializer))
        return self.one(said, CommentSerializer, status=201)


class WithdrawCommentView(BankView):
    """Take one's comment back."""

    access = {"POST": "announcement.read"}

    @extend_schema(tags=_TAG, summary="删除评论", request=None, responses=CommentSerializer)
    def post(self, request: Request, announcement_id: UUID, comment_id: UUID) -> Response:
        said = announcements.withdraw_comment(announcement_id, comment_id, by=caller(request))
        return self.one(said, CommentSerializer)
