"""Conditions precedent and withdrawals in the back office."""

from django.contrib import admin

from aladdin.back_office import Register
from loans.models import ConditionPrecedent, Withdrawal


@admin.register(ConditionPrecedent)
class ConditionPrecedentAdmin(Register):
    """What approvals asked for before the money moves, who met it and who confirmed it."""

    list_display = ["application", "number", "text", "met_by", "met_at", "confirmed_by", "confirmed_at"]
    list_select_related = ["application", "met_by", "confirmed_by"]
    list_filter = [("confirmed_at", admin.EmptyFieldListFilter), ("met_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]


@admin.register(Withdrawal)
class WithdrawalAdmin(Register):
    """What customers took back, and what shows that it was they."""

    list_display = ["at", "application", "told_by", "evidence", "reason", "by"]
    list_display_links = ["at"]
    list_select_related = ["application", "by"]
    list_filter = ["told_by", ("at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]
