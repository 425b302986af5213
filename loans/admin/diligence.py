"""Due diligence in the back office: interviews, worksheets and answers as they were written down."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Register, RegisterLines
from loans.diligence.codes import Severity
from loans.models import (
    CashFlowLine,
    CashFlowSheet,
    FindingAnswer,
    Interview,
    InterviewAnswer,
    InvestigationReport,
)


class Topics(RegisterLines):
    """What was asked; the answers stay sealed."""

    model = InterviewAnswer
    fields = ["topic", "question"]
    readonly_fields = fields


@admin.register(Interview)
class InterviewAdmin(Register):
    """Every interview; the newest first."""

    list_display = ["began_at", "application", "mode", "interviewer", "accompanied_by", "recording_reference"]
    list_display_links = ["began_at"]
    list_select_related = ["application", "interviewer", "accompanied_by"]
    list_filter = ["mode", ("began_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=recording_reference", "=interviewer__employee_no"]
    search_help_text = "申请编号、录音录像编号或工号，须完整"
    ordering = ["-began_at"]
    fields = [
        ("application", "party"),
        ("mode", "platform", "recording_reference"),
        ("began_at", "ended_at"),
        ("place", "latitude", "longitude"),
        ("interviewer", "accompanied_by", "created_at"),
    ]
    inlines = [Topics]


class Lines(RegisterLines):
    """The lines; what people wrote beside them stays sealed."""

    model = CashFlowLine
    fields = ["section", "source", "amount", "balance", "evidence", "has_picture", "entered_by", "entered_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("entered_by")

    @display(description="佐证影像", boolean=True)
    def has_picture(self, line: CashFlowLine) -> bool:
        return line.material_id is not None


@admin.register(CashFlowSheet)
class CashFlowSheetAdmin(Register):
    """Every version of every worksheet."""

    list_display = [
        "entered_at",
        "application",
        "version",
        "monthly_income",
        "monthly_outgo",
        "monthly_debt",
        "entered_by",
    ]
    list_display_links = ["entered_at"]
    list_select_related = ["application", "entered_by"]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-entered_at"]
    fields = [
        ("application", "version"),
        ("monthly_income", "monthly_outgo", "monthly_debt"),
        ("assets", "liquid_assets", "liabilities"),
        ("entered_by", "entered_at"),
        "note",
    ]
    inlines = [Lines]


@admin.register(FindingAnswer)
class FindingAnswerAdmin(Register):
    """Contradictions that were answered, and how: what an auditor reads first."""

    list_display = ["answered_at", "application", "code", "shown_severity", "detail", "answered_by"]
    list_display_links = ["answered_at"]
    list_select_related = ["application", "answered_by"]
    list_filter = ["severity", "code"]
    search_fields = ["=application__application_no", "=answered_by__employee_no"]
    search_help_text = "申请编号或工号，须完整"
    ordering = ["-answered_at"]
    fields = [("application", "code", "severity"), "detail", "answer", ("answered_by", "answered_at")]

    @display(
        description="程度",
        ordering="severity",
        label={str(Severity.NOTE.label): "info", str(Severity.SERIOUS.label): "danger"},
    )
    def shown_severity(self, row: FindingAnswer) -> str:
        return row.get_severity_display()


@admin.register(InvestigationReport)
class InvestigationReportAdmin(Register):
    """Every report that was made at a hand-in, by its digests; what it tells stays sealed here."""

    list_display = ["made_at", "application", "version", "made_by", "sealed_at"]
    list_display_links = ["made_at"]
    list_select_related = ["application", "made_by"]
    list_filter = [("made_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=sha256", "=file_sha256"]
    search_help_text = "申请编号或摘要，须完整"
    ordering = ["-made_at"]
    fields = [("application", "version"), ("made_by", "made_at"), "sha256", ("sealed_at", "file_sha256")]
