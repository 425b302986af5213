"""The investigators' report: what was handed in, as who decides reads it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans.api.common import TAG, PersonSerializer, application_within, device_of, ip_of, person_of
from loans.api.contract import pdf_response
from loans.diligence import reports
from loans.models import InvestigationReport
from loans.viewing import Looker

_WITHHELD = "无权查看者为空"


_Text = serializers.CharField  # as people read it; amounts in yuan and ratios in percent are decimal text


class _Maybe(serializers.CharField):
    """The same, null where it is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


class _Number(serializers.IntegerField):
    """A count, null where it is not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


class ReportVersionSerializer(serializers.ModelSerializer[InvestigationReport]):
    """That there is a report, and its digests."""

    made_by = PersonSerializer(read_only=True)

    class Meta:
        model = InvestigationReport
        fields = ["version", "made_by", "made_at", "sha256", "sealed_at", "file_sha256"]


# --- What it tells -------------------------------------------------------------------------------
class ReportPersonSerializer(serializers.Serializer[Any]):
    employee_no = _Text()
    name = _Text()


class ReportLoanSerializer(serializers.Serializer[Any]):
    application_no = _Text()
    branch = _Text()
    product = _Text()
    product_version = serializers.IntegerField()
    kind = _Text()
    guarantee = _Text()
    amount = _Maybe()
    term_months = _Number()
    repayment_method = _Text()
    purpose = _Text()
    purpose_note = _Text()


class ReportBorrowerSerializer(serializers.Serializer[Any]):
    name = _Text(help_text="脱敏")
    identity_no = _Text(help_text="脱敏")
    age = _Number()
    occupation = _Text()
    marital_status = _Text()
    employer = _Text()
    address = _Text(help_text="脱敏")
    monthly_income = _Maybe(help_text="申报")
    monthly_debt = _Maybe(help_text="申报")


class ReportPartySerializer(serializers.Serializer[Any]):
    role = _Text()
    name = _Text(help_text="脱敏")
    relation = _Text()
    is_obligor = serializers.BooleanField()
    monthly_income = _Maybe()


class ReportCollateralSerializer(serializers.Serializer[Any]):
    kind = _Text()
    description = _Text()
    appraised_value = _Maybe()
    appraised_on = _Maybe()
    prior_claims = _Maybe()


class ReportVisitSerializer(serializers.Serializer[Any]):
    visit = _Text()
    visited_at = _Maybe()
    place = _Text()
    latitude = _Maybe()
    longitude = _Maybe()
    waiver_reason = _Text()
    interview = _Text()
    purpose_evidence = _Text()
    risk_points = _Text()


class ReportAnswerSerializer(serializers.Serializer[Any]):
    topic = _Text()
    question = _Text()
    answer = _Text(help_text="关联人的答复不写入报告，见面谈记录")


class ReportInterviewSerializer(serializers.Serializer[Any]):
    person = _Text(help_text="面谈对象")
    mode = _Text()
    began_at = _Text()
    ended_at = _Text()
    place = _Text()
    platform = _Text()
    recording_reference = _Text()
    interviewer = ReportPersonSerializer()
    accompanied_by = ReportPersonSerializer(allow_null=True)
    answers = ReportAnswerSerializer(many=True)


class ReportAbilitySerializer(serializers.Serializer[Any]):
    worksheet_version = _Number(help_text="空为主办填写")
    monthly_income = _Text()
    monthly_outgo = _Text()
    monthly_debt = _Text()
    instalment = _Text(help_text="本笔月还款（元）")
    debt_to_income = _Text(help_text="偿债收入比（%）")
    coverage = _Maybe(help_text="偿债覆盖率（%）")
    surplus = _Text(help_text="月结余（元）")
    assets = _Maybe()
    liabilities = _Maybe()
    net_worth = _Maybe(help_text="净资产（元）")
    liabilities_to_assets = _Maybe(help_text="资产负债率（%）")
    reserve_months = _Maybe(help_text="流动资产可支撑月数")


class ReportLineSerializer(serializers.Serializer[Any]):
    section = _Text()
    item = _Text()
    description = _Text()
    amount = _Text()
    balance = _Maybe()
    evidence = _Text()
    entered_by = ReportPersonSerializer()


class ReportSideSerializer(serializers.Serializer[Any]):
    name = _Text()
    value = _Text()


class ReportContradictionSerializer(serializers.Serializer[Any]):
    code = _Text()
    severity = _Text(help_text="NOTE、SERIOUS")
    severity_label = _Text()
    detail = _Text()
    left = ReportSideSerializer()
    right = ReportSideSerializer()
    from_bureau = serializers.BooleanField(help_text="含征信数据，无权查看者不列出")
    answer = _Text()
    answered_by = ReportPersonSerializer(allow_null=True)
    answered_at = _Maybe()


class ReportPhotoSerializer(serializers.Serializer[Any]):
    material = serializers.UUIDField(help_text="影像")
    taken_at = _Maybe()
    uploaded_at = _Text()
    latitude = _Maybe()
    longitude = _Maybe()
    metres_from_visit = _Number()
    metres_from_address = _Number()
    address = _Text(help_text="所比地址为何，不含地址本身")


class ReportPaperSerializer(serializers.Serializer[Any]):
    type = _Text()
    pages = serializers.IntegerField()


class ReportCreditSerializer(serializers.Serializer[Any]):
    about = _Text()
    report_no = _Text()
    received_at = _Text()
    loan_accounts = _Number()
    overdue_accounts = _Number()
    overdue_months_24m = _Number()
    queries_3m = _Number()
    overdue_amount = _Maybe()
    debt_balance = _Maybe()
    monthly_payment = _Maybe()


class ReportRuleSerializer(serializers.Serializer[Any]):
    code = _Text()
    name = _Text()
    version = serializers.IntegerField()
    about = _Text()
    outcome = _Text(help_text="PASS、WARN、REFER、BLOCK")
    outcome_label = _Text()
    is_unknown = serializers.BooleanField()
    explanation = _Text()
    legal_basis = _Text()


class ReportReasonSerializer(serializers.Serializer[Any]):
    name = _Text()
    value = _Text()
    points = serializers.IntegerField()
    most = serializers.IntegerField()
    text = _Text()


class ReportScoreSerializer(serializers.Serializer[Any]):
    """Never a number alone: what cost most stands first."""

    scorecard = _Text()
    version = serializers.IntegerField()
    points = serializers.IntegerField()
    band = _Text()
    band_label = _Text()
    meaning = _Text()
    reasons = ReportReasonSerializer(many=True)
    note = _Text()


class ReportOpinionSerializer(serializers.Serializer[Any]):
    part = _Text(help_text="主办（A角）、协办（B角）")
    by = ReportPersonSerializer()
    at = _Text()
    opinion = _Text()
    text = _Text()


class ReportReturnSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField()
    text = _Text()
    answer = _Text()


class ReportChangeSerializer(serializers.Serializer[Any]):
    field = _Text()
    name = _Text()


class ReportContentSerializer(serializers.Serializer[Any]):
    """What was handed in, in the report's own order."""

    layout = serializers.IntegerField()
    loan = ReportLoanSerializer()
    borrower = ReportBorrowerSerializer()
    parties = ReportPartySerializer(many=True)
    collaterals = ReportCollateralSerializer(many=True)
    visit = ReportVisitSerializer(allow_null=True)
    interviews = ReportInterviewSerializer(many=True)
    ability = ReportAbilitySerializer(allow_null=True)
    worksheet = ReportLineSerializer(many=True)
    contradictions = ReportContradictionSerializer(many=True)
    photos = ReportPhotoSerializer(many=True)
    papers = ReportPaperSerializer(many=True)
    credit = ReportCreditSerializer(many=True, allow_null=True, help_text=_WITHHELD)
    rules = ReportRuleSerializer(many=True, allow_null=True, help_text=_WITHHELD)
    score = ReportScoreSerializer(allow_null=True, help_text=_WITHHELD)
    opinions = ReportOpinionSerializer(many=True)
    returns = ReportReturnSerializer(many=True)
    changes = ReportChangeSerializer(many=True, help_text="与上次报审相比")


class InvestigationReportSerializer(ReportVersionSerializer):
    """As it was sealed, but for what the person may not see."""

    content = ReportContentSerializer(read_only=True)

    class Meta(ReportVersionSerializer.Meta):
        fields = [*ReportVersionSerializer.Meta.fields, "content"]


# --- The doors -----------------------------------------------------------------------------------
class ReportsView(BankView):
    """The reports of an application, the newest first."""

    access = {"GET": "investigation_report.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_investigation_reports_list",
        tags=[TAG],
        summary="尽职调查报告各版本",
        responses=ReportVersionSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        rows = reports.versions(application_within(request, application_id))
        return Response(ReportVersionSerializer(rows, many=True).data)


class ReportView(BankView):
    """What one of them tells."""

    access = {"GET": "investigation_report.read"}

    @extend_schema(tags=[TAG], summary="尽职调查报告", responses=InvestigationReportSerializer)
    def get(self, request: Request, application_id: UUID, report_version: int) -> Response:
        row = reports.version_of(application_within(request, application_id), report_version)
        told = reports.read(row, by=person_of(request))
        return Response({**ReportVersionSerializer(row).data, "content": told})


class ReportPdfView(BankView):
    """The same with all of it, as a sealed PDF."""

    access = {"GET": "investigation_report.open"}

    @extend_schema(tags=[TAG], summary="尽职调查报告 PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, application_id: UUID, report_version: int) -> HttpResponse:
        row = reports.version_of(application_within(request, application_id), report_version)
        looker = Looker(staff=person_of(request), ip=ip_of(request), device=device_of(request))
        return pdf_response(reports.open_paper(row, by=looker), f"DC-{row.application.application_no}-{row.version}")
