"""What came in from the core banking system, for the back office."""

from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import audit
from aladdin.api.views import BankView
from aladdin.problems import NotFound
from crm.api.signed_in import signed_in
from crm.feeds import rejects
from crm.models import FeedFile


class FeedFileSerializer(serializers.ModelSerializer[FeedFile]):
    rejects = serializers.SerializerMethodField(help_text="拒绝行的代码与数量")

    class Meta:
        model = FeedFile
        fields = [
            "id",
            "name",
            "kind",
            "business_date",
            "state",
            "reason",
            "reason_text",
            "rows",
            "loaded",
            "unchanged",
            "rejected",
            "totals",
            "rejects",
            "started_at",
            "finished_at",
        ]

    def get_rejects(self, file: FeedFile) -> dict[str, int]:
        return rejects.counted(file) if file.rejected else {}


class FeedFileListSerializer(FeedFileSerializer):
    class Meta(FeedFileSerializer.Meta):
        fields = [name for name in FeedFileSerializer.Meta.fields if name != "rejects"]


class FeedFilter(filters.FilterSet):
    business_date = filters.DateFromToRangeFilter()

    class Meta:
        model = FeedFile
        fields = ["kind", "state", "business_date"]


class FeedListView(BankView):
    """Files, the latest first."""

    access = {"GET": "feed.read"}
    filterset_class = FeedFilter
    ordering = ("-id",)

    @extend_schema(tags=["核心系统"], summary="文件列表", responses=FeedFileListSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(FeedFile.objects.visible_to(signed_in(request)), FeedFileListSerializer)


class FeedView(BankView):
    """One file, with its rejects by code."""

    access = {"GET": "feed.read"}

    @extend_schema(tags=["核心系统"], summary="文件", responses=FeedFileSerializer)
    def get(self, request: Request, file_id: str) -> Response:
        return self.one(_file(request, file_id), FeedFileSerializer)


class FeedRejectsView(BankView):
    """The reject file, which holds clear personal data: only for who may load, and each download is logged."""

    access = {"GET": "feed.load"}

    @extend_schema(
        tags=["核心系统"],
        summary="下载拒绝行",
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="csv 文件")},
    )
    def get(self, request: Request, file_id: str) -> HttpResponse:
        file = _file(request, file_id)
        audit.record(by=signed_in(request), action="download_rejects", subject=f"feed/{file.pk}")
        answer = HttpResponse(rejects.as_csv(file), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{rejects.quoted_name_of(file)}"
        answer["Cache-Control"] = "no-store"
        return answer


def _file(request: Request, file_id: str) -> FeedFile:
    file = FeedFile.objects.visible_to(signed_in(request)).filter(pk=file_id).first()
    if file is None:
        raise NotFound
    return file
