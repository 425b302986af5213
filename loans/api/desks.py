"""Work queues with ageing, and taking, laying back and giving cases."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock, working_time
from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import desks
from loans.api.applications import ApplicationSerializer
from loans.api.common import RELATED, TAG, PersonSerializer, application_within, person_of
from loans.codes import Desk
from loans.models import LoanApplication
from organization.models import Staff

WHOSE = ["mine", "unassigned", "branch"]


class QueueEntrySerializer(ApplicationSerializer):
    """A case in a queue: in whose hands, and how long it waits."""

    assignee = PersonSerializer(read_only=True, allow_null=True, help_text="由谁领取，空为未领取")
    waiting_seconds = serializers.SerializerMethodField(help_text="在当前状态的工作时间（秒）")

    class Meta(ApplicationSerializer.Meta):
        fields = [
            *ApplicationSerializer.Meta.fields,
            "assignee",
            "assigned_at",
            "approval_level",
            "submitted_at",
            "waiting_seconds",
        ]
        read_only_fields = fields

    def get_waiting_seconds(self, application: LoanApplication) -> int:
        return working_time.between(application.state_since, clock.now(), self._hours)

    @cached_property
    def _hours(self) -> working_time.Hours:
        return working_time.hours_on()


class QueueFilter(filters.FilterSet):
    product = filters.CharFilter(field_name="product__code")
    level = filters.NumberFilter(field_name="approval_level")
    older_than = filters.NumberFilter(method="of_age", min_value=0, max_value=2000)

    class Meta:
        model = LoanApplication
        fields = ["branch", "assignee"]

    def of_age(self, found: QuerySet[LoanApplication], name: str, value: Any) -> QuerySet[LoanApplication]:
        return found.filter(desks.older_than(int(value)))


class DeskCountSerializer(serializers.Serializer[Any]):
    desk = serializers.CharField()
    desk_label = serializers.CharField(source="desk.label")
    mine = serializers.IntegerField(help_text="在我手中")
    unassigned = serializers.IntegerField(help_text="未领取、我可领取")
    branch = serializers.IntegerField(help_text="权限范围内全部")
    older_than = serializers.DictField(
        child=serializers.IntegerField(), help_text="等待超过若干工作小时的笔数：小时数 → 笔数"
    )
    oldest_since = serializers.DateTimeField(allow_null=True)


class DeskCountsView(BankView):
    """One's desks with their numbers."""

    access = {"GET": "loan.read_queue"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="待办数量", responses=DeskCountSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(DeskCountSerializer(desks.counts(person_of(request)), many=True).data)


class DeskQueueView(BankView):
    """The cases of one desk, the longest waiting first."""

    access = {"GET": "loan.read_queue"}
    filterset_class = QueueFilter

    @extend_schema(
        operation_id="work_queue_of_desk",
        tags=[TAG],
        summary="岗位待办",
        parameters=[
            OpenApiParameter("code", str, OpenApiParameter.PATH, enum=Desk.values, description="岗位"),
            OpenApiParameter("whose", str, enum=WHOSE, description="在我手中、未领取、全部（缺省）"),
            OpenApiParameter("product", str, description="产品代码"),
            OpenApiParameter("branch", OpenApiTypes.UUID, description="机构"),
            OpenApiParameter("assignee", OpenApiTypes.UUID, description="经办人"),
            OpenApiParameter("level", int, description="审批层级"),
            OpenApiParameter("older_than", int, description="至少等待多少工作小时"),
        ],
        responses=QueueEntrySerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        whose = request.query_params.get("whose", "branch")
        if code not in Desk.values or whose not in WHOSE:
            raise NotFound("没有这个待办队列")
        waiting = desks.queue(person_of(request), Desk(code), whose).select_related(*RELATED, "assignee")
        return self.page(waiting, QueueEntrySerializer, ordering=("state_since", "id"))


class LayBackSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, help_text="原因")


class ReassignSerializer(LayBackSerializer):
    to = serializers.UUIDField(help_text="改派给谁")


class TakeView(BankView):
    """Into my hands."""

    access = {"POST": "loan.take"}

    @extend_schema(tags=[TAG], summary="领取任务", request=None, responses=QueueEntrySerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(desks.take(application, by=person_of(request)), QueueEntrySerializer)


class LayBackView(BankView):
    """Back on the desk."""

    access = {"POST": "loan.take"}

    @extend_schema(tags=[TAG], summary="退回队列", request=LayBackSerializer, responses=QueueEntrySerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        reason = self.read(LayBackSerializer)["reason"]
        return self.one(desks.release(application, reason=reason, by=person_of(request)), QueueEntrySerializer)


class ReassignView(BankView):
    """To one of the manager's people."""

    access = {"POST": "loan.reassign"}

    @extend_schema(tags=[TAG], summary="改派任务", request=ReassignSerializer, responses=QueueEntrySerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(ReassignSerializer)
        to = Staff.objects.visible_to(person_of(request)).filter(pk=said["to"]).first()
        if to is None:
            raise NotFound("没有找到该员工")
        moved = desks.reassign(application, to=to, reason=said["reason"], by=person_of(request))
        return self.one(moved, QueueEntrySerializer)
