"""What came in from the core banking system, in the back office. Customers are not: they are for who serves them."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register, RegisterLines
from crm.models import FeedFile, FeedReject


class Rejects(RegisterLines):
    """Lines that did not go in, and why; the line itself stays sealed."""

    model = FeedReject
    fields = ["line_no", "code", "reason"]
    readonly_fields = fields
    ordering = ["line_no"]
    per_page = 50


@admin.register(FeedFile)
class FeedFileAdmin(Register):
    """Files with what became of their lines."""

    list_display = [
        "name",
        "kind",
        "business_date",
        "shown_state",
        "rows",
        "loaded",
        "unchanged",
        "rejected",
        "started_at",
    ]
    list_filter = ["state", "kind", ("business_date", admin.DateFieldListFilter)]
    search_fields = ["name", "=sha256"]
    ordering = ["-started_at"]
    fields = [
        "name",
        "kind",
        "business_date",
        "state",
        "reason",
        "reason_text",
        "rows",
        "loaded",
        "unchanged",
        "rejected",
        "totals",
        "sha256",
        "loaded_by",
        "started_at",
        "finished_at",
    ]
    inlines = [Rejects]

    @display(
        description="状态",
        ordering="state",
        label={"已加载": "success", "已加载（有拒绝行）": "warning", "整体拒绝": "danger", "加载中": "info"},
    )
    def shown_state(self, file: FeedFile) -> str:
        return file.get_state_display()
