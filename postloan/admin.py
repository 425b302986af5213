"""The log of post-loan checks in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from postloan.models import PostLoanCheckTransition


@admin.register(PostLoanCheckTransition)
class PostLoanCheckTransitionAdmin(Register):
    """Every move of every check; the newest first."""

    list_display = ["at", "loan", "from_status", "to_status", "by", "reason"]
    list_display_links = ["at"]
    list_select_related = ["check_row__loan_account", "by"]
    list_filter = ["to_status", ("at", admin.DateFieldListFilter)]
    search_fields = ["=check_row__loan_account__account_no", "=by__employee_no"]
    search_help_text = "借据号或工号，须完整"
    ordering = ["-id"]
    fields = ["at", "loan", "from_status", "to_status", "by", "reason"]
    readonly_fields = ["loan"]

    @display(description="借据")
    def loan(self, move: PostLoanCheckTransition) -> str:
        return str(move.check_row.loan_account.account_no)
