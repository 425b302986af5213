"""The log of applications in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from loans.machine import MOVES
from loans.models import (
    ApplicationTransition,
)


@admin.register(ApplicationTransition)
class ApplicationTransitionAdmin(Register):
    """Every move of every application; the newest first. Of the snapshot only its digest is shown."""

    list_display = ["at", "application", "moved", "from_state", "to_state", "by", "reason"]
    list_display_links = ["at"]
    list_select_related = ["application", "by"]
    list_filter = ["to_state", ("at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=by__employee_no"]
    search_help_text = "申请编号或工号，须完整"
    ordering = ["-id"]
    fields = ["at", "application", "moved", "from_state", "to_state", "by", "reason", "snapshot_sha256"]
    readonly_fields = ["moved"]

    @display(description="动作")
    def moved(self, row: ApplicationTransition) -> str:
        return MOVES[row.name].label if row.name in MOVES else "新建"
