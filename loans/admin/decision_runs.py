"""What the rules said of applications, in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register, RegisterLines
from loans.codes import Outcome
from loans.models import DecisionRun, RuleResult

_COLOURS = {
    str(Outcome.PASS.label): "success",
    str(Outcome.WARN.label): "info",
    str(Outcome.REFER.label): "warning",
    str(Outcome.BLOCK.label): "danger",
}


class Results(RegisterLines):
    """Every rule that was asked."""

    model = RuleResult
    verbose_name_plural = "规则结果"
    fields = ["rule_version", "shown_outcome", "is_unknown", "explanation"]
    readonly_fields = fields
    ordering = ["id"]

    @display(description="结果", label=_COLOURS)
    def shown_outcome(self, row: RuleResult) -> str:
        return row.get_outcome_display()


@admin.register(DecisionRun)
class DecisionRunAdmin(Register):
    """Every time that the rules were put to an application; the newest first."""

    list_display = ["at", "application", "stage", "shown_outcome", "by"]
    list_display_links = ["at"]
    list_select_related = ["application", "by"]
    list_filter = ["stage", "outcome", ("at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-at", "-id"]
    fields = ["at", "application", "stage", "outcome", "by"]
    inlines = [Results]

    @display(description="结论", label=_COLOURS)
    def shown_outcome(self, row: DecisionRun) -> str:
        return row.get_outcome_display()
