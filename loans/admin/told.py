"""What borrowers had to be told, and whether they were; the words stay sealed here."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from loans.models import BorrowerNotice


@admin.register(BorrowerNotice)
class BorrowerNoticeAdmin(Register):
    """Every duty to tell a borrower something; those that nobody has been told of yet stand out."""

    list_display = ["written_at", "application", "occasion", "was_told", "way", "told_at", "told_by"]
    list_display_links = ["written_at"]
    list_select_related = ["application", "told_by"]
    list_filter = ["occasion", "way", ("told_at", admin.EmptyFieldListFilter)]
    search_fields = ["=application__application_no", "=account__account_no", "=report__report_no"]
    search_help_text = "申请编号、借据号或征信报告编号，须完整"
    ordering = ["-written_at"]
    fields = [
        ("application", "account"),
        ("occasion", "report"),
        ("written_at", "sms_reference"),
        ("way", "told_at", "told_by"),
        "note",
    ]

    @display(description="已告知", boolean=True)
    def was_told(self, row: BorrowerNotice) -> bool:
        return row.told_at is not None
