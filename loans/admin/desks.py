"""Who took which case, and how long steps take, in the back office."""

from django.contrib import admin

from aladdin.back_office import Register
from loans.models import DeskAssignment, StepPace


@admin.register(DeskAssignment)
class DeskAssignmentAdmin(Register):
    """Every taking, laying back and giving of a case; the newest first."""

    list_display = ["at", "application", "desk", "act", "staff", "by", "reason"]
    list_display_links = ["at"]
    list_select_related = ["application", "staff", "by"]
    list_filter = ["desk", "act", ("at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=staff__employee_no"]
    search_help_text = "申请编号或工号，须完整"
    ordering = ["-id"]


@admin.register(StepPace)
class StepPaceAdmin(Register):
    """How long each step takes, as measured last night, in working seconds."""

    list_display = ["state", "product", "branch", "p50", "p90", "cases", "measured_on"]
    list_select_related = ["product", "branch"]
    list_filter = ["state", "product"]
    ordering = ["state", "id"]
