"""Manners in the back office: who wants what by which channel, and what was not done in time."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Register
from notifications.kinds import KINDS
from notifications.models import Deadline, NoticePreference


def _title(code: str) -> str:
    return KINDS[code].title if code in KINDS else code


@admin.register(NoticePreference)
class NoticePreferenceAdmin(Register):
    """Wishes that differ from the usual; each person sets his own."""

    list_display = ["staff", "shown_kind", "channel", "mode", "changed_at"]
    list_select_related = ["staff"]
    list_filter = ["channel", "mode"]
    search_fields = ["=staff__employee_no", "kind"]
    search_help_text = "工号（须完整）或通知种类"
    ordering = ["-changed_at"]
    fields = ["staff", "kind", "channel", "mode", "changed_at"]

    @display(description="通知种类", ordering="kind")
    def shown_kind(self, preference: NoticePreference) -> str:
        return _title(preference.kind)


class StateFilter(admin.SimpleListFilter):
    """Open, done, or told to the manager."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("open", "待办"), ("settled", "已办"), ("escalated", "已上报")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deadline]) -> QuerySet[Deadline]:
        match self.value():
            case "open":
                return queryset.filter(settled_at__isnull=True)
            case "settled":
                return queryset.filter(settled_at__isnull=False)
            case "escalated":
                return queryset.filter(escalated_at__isnull=False)
        return queryset


@admin.register(Deadline)
class DeadlineAdmin(Register):
    """What notices ask to be done by when; whose manager was told."""

    list_display = ["act_by", "recipient", "shown_kind", "shown_state", "settled_at", "escalated_at", "escalated_to"]
    list_display_links = ["act_by"]
    list_select_related = ["recipient", "escalated_to"]
    list_filter = [StateFilter]
    search_fields = ["=recipient__employee_no", "=subject"]
    search_help_text = "工号或对象，须完整"
    ordering = ["-act_by"]
    fields = [
        "recipient",
        "kind",
        "subject",
        "act_by",
        "settled_at",
        ("escalated_at", "escalated_to"),
        ("notice_id", "notice_created_on"),
    ]

    @display(description="通知种类", ordering="kind")
    def shown_kind(self, deadline: Deadline) -> str:
        return _title(deadline.kind)

    @display(description="状态", label={"已办": "success", "已上报": "danger", "待办": "warning"})
    def shown_state(self, deadline: Deadline) -> str:
        if deadline.settled_at is not None:
            return "已办"
        return "待办" if deadline.escalated_at is None else "已上报"
