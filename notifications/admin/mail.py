"""Mail addresses in the back office: whose mail bounces."""

from django.contrib import admin
from unfold.decorators import display

from aladdin import masking
from aladdin.back_office import Register
from notifications.models import MailAddress


@admin.register(MailAddress)
class MailAddressAdmin(Register):
    """Employees' addresses, masked; kept by their owners."""

    list_display = ["staff", "shown_address", "confirmed_at", "bounced_at", "bounce_code", "digests_off_at"]
    list_select_related = ["staff"]
    list_filter = [("confirmed_at", admin.EmptyFieldListFilter), ("bounced_at", admin.EmptyFieldListFilter)]
    search_fields = ["=staff__employee_no", "staff__name"]
    ordering = ["-id"]
    fields = ["staff", "shown_address", "created_at", "confirmed_at", "bounced_at", "bounce_code", "digests_off_at"]
    readonly_fields = ["shown_address"]

    @display(description="邮箱")
    def shown_address(self, row: MailAddress) -> str:
        return masking.email(row.address)
