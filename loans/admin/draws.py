"""Draws in the back office: what was planned, and what became of it."""

from django.contrib import admin

from aladdin.back_office import Register
from loans.models import Draw, DrawTransition


@admin.register(Draw)
class DrawAdmin(Register):
    """Every draw of a contract that is paid out in parts; its payee stays sealed here."""

    list_display = ["contract", "number", "amount", "planned_on", "state", "requested_by", "released_by", "paid_at"]
    list_select_related = ["contract", "requested_by", "released_by"]
    list_filter = ["state", ("paid_at", admin.DateFieldListFilter)]
    search_fields = ["=contract__contract_no", "=contract__application__application_no"]
    search_help_text = "合同编号或申请编号，须完整"
    ordering = ["-contract", "number"]
    exclude = ["payee_name_sealed", "payee_account_sealed"]


@admin.register(DrawTransition)
class DrawTransitionAdmin(Register):
    """The log of the draws."""

    list_display = ["at", "draw", "from_state", "to_state", "by", "reason"]
    list_display_links = ["at"]
    list_select_related = ["draw__contract", "by"]
    list_filter = ["name", ("at", admin.DateFieldListFilter)]
    search_fields = ["=draw__contract__contract_no"]
    search_help_text = "合同编号，须完整"
    ordering = ["-id"]
