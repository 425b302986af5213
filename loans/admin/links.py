"""The customers' own entry in the back office."""

from django.contrib import admin

from aladdin.back_office import Register, RegisterLines
from loans.models import CustomerLink, LinkSession


class SessionLines(RegisterLines):
    """Who was at work behind it, and when."""

    model = LinkSession
    fields = ["created_at", "expires_at", "ended_at", "device", "ip"]
    readonly_fields = ["created_at"]


@admin.register(CustomerLink)
class CustomerLinkAdmin(Register):
    """Every link for a customer, whose it is and what came of it; its secret is not kept, its phone not shown."""

    list_display = ["created_at", "purpose", "product", "created_by", "expires_at", "times_opened", "handed_in_at"]
    list_display_links = ["created_at"]
    list_select_related = ["product", "created_by"]
    list_filter = ["purpose", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["=created_by__employee_no", "=application__application_no"]
    search_help_text = "工号或申请编号，须完整"
    ordering = ["-created_at"]
    fields = [
        ("purpose", "product", "branch", "created_by"),
        ("created_at", "expires_at", "revoked_at"),
        ("bound_at", "times_opened", "applicant_tries"),
        ("application", "handed_in_at"),
    ]
    inlines = [SessionLines]
