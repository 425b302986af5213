"""What a borrower must be told, and that the RM told him."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import borrower_notices
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.models import BorrowerNotice

_BY_HAND = [choice for choice in BorrowerNotice.Way.choices if choice[0] != BorrowerNotice.Way.SMS]


class BorrowerNoticeSerializer(serializers.ModelSerializer[BorrowerNotice]):
    occasion_label = serializers.CharField(source="get_occasion_display", read_only=True)
    words = serializers.CharField(read_only=True, help_text="应告知借款人的内容")
    report_no = serializers.CharField(
        source="report.report_no", read_only=True, allow_null=True, default=None, help_text="所依据的征信报告"
    )
    told_by = PersonSerializer(read_only=True, allow_null=True, help_text="空为系统（短信送达）")

    class Meta:
        model = BorrowerNotice
        fields = [
            "id",
            "account",
            "occasion",
            "occasion_label",
            "words",
            "report_no",
            "written_at",
            "way",
            "told_at",
            "told_by",
            "note",
        ]
        read_only_fields = fields


class TellSerializer(serializers.Serializer[Any]):
    """How the borrower was told, and what he said."""

    way = serializers.ChoiceField(choices=_BY_HAND)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class BorrowerNoticesView(BankView):
    """What the borrower of a case must be told, the newest first."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_borrower_notices_list",
        tags=[TAG],
        summary="须告知借款人的事项（未获批准、报送不良信息前）",
        responses=BorrowerNoticeSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        rows = borrower_notices.of(application_within(request, application_id))
        return Response(BorrowerNoticeSerializer(rows, many=True).data)


class BorrowerToldView(BankView):
    """The RM in charge told him."""

    access = {"POST": "loan.tell_borrower"}

    @extend_schema(tags=[TAG], summary="记录已告知借款人", request=TellSerializer, responses=BorrowerNoticeSerializer)
    def post(self, request: Request, borrower_notice_id: UUID) -> Response:
        by = person_of(request)
        notice = borrower_notices.within_sight(borrower_notice_id, by)
        row = borrower_notices.told(notice, by=by, **self.read(TellSerializer))
        return self.one(row, BorrowerNoticeSerializer)
