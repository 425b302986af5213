"""The people beside the borrower in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from loans.models import LoanParty


@admin.register(LoanParty)
class LoanPartyAdmin(Register):
    """Who stands in which file, by his part; personal data stays sealed."""

    list_display = ["created_at", "application", "role", "relation", "who", "is_obligor", "removed_at"]
    list_display_links = ["created_at"]
    list_select_related = ["application"]
    list_filter = ["role", "is_obligor", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]
    fields = ["application", "role", "relation", "who", "is_obligor", "created_at", "created_by", "removed_at"]
    readonly_fields = ["who"]

    @display(description="姓名（脱敏）")
    def who(self, row: LoanParty) -> str:
        return row.masked_name()
