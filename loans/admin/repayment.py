"""Repayment in the back office: versions of schedules, money that came back, wishes to pay early, lateness by night."""

from django.contrib import admin

from aladdin.back_office import Register, RegisterLines
from loans.models import LatenessOfDay, Prepayment, Repayment, RepaymentInstalment, ScheduleVersion


class Lines(RegisterLines):
    model = RepaymentInstalment
    fk_name = "schedule"
    fields = ["number", "due_on", "principal", "interest", "principal_paid", "interest_paid", "paid_on"]
    readonly_fields = fields


@admin.register(ScheduleVersion)
class ScheduleVersionAdmin(Register):
    """Every version of every schedule; none is ever changed."""

    list_display = ["account", "version", "cause", "effective_from", "rate", "principal", "matures_on", "created_by"]
    list_select_related = ["account", "created_by"]
    list_filter = ["cause", ("effective_from", admin.DateFieldListFilter)]
    search_fields = ["=account__account_no"]
    search_help_text = "借据号，须完整"
    ordering = ["-id"]
    inlines = [Lines]


@admin.register(Repayment)
class RepaymentAdmin(Register):
    """What core banking told, and what was taken from its balances."""

    list_display = ["reference", "account", "kind", "paid_on", "amount", "principal", "interest", "reversed_on"]
    list_select_related = ["account"]
    list_filter = ["kind", ("paid_on", admin.DateFieldListFilter)]
    search_fields = ["=account__account_no", "=reference"]
    search_help_text = "借据号或流水号，须完整"
    ordering = ["-told_at"]


@admin.register(Prepayment)
class PrepaymentAdmin(Register):
    """Wishes to pay early."""

    list_display = ["request_no", "account", "way", "on", "principal", "fee", "state", "requested_by"]
    list_select_related = ["account", "requested_by"]
    list_filter = ["state", "way", ("on", admin.DateFieldListFilter)]
    search_fields = ["=account__account_no", "=request_no"]
    search_help_text = "借据号或申请编号，须完整"
    ordering = ["-requested_at"]


@admin.register(LatenessOfDay)
class LatenessOfDayAdmin(Register):
    """What late loans owed, night by night."""

    list_display = [
        "business_date",
        "account",
        "overdue_days",
        "overdue_principal",
        "overdue_interest",
        "penalty",
        "compound",
    ]
    list_select_related = ["account"]
    list_filter = [("business_date", admin.DateFieldListFilter)]
    search_fields = ["=account__account_no"]
    search_help_text = "借据号，须完整"
    ordering = ["-business_date", "-id"]
