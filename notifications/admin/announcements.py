"""Announcements in the back office: what was said to whom and how far it was read; they are written by managers."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Register
from notifications.models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(Register):
    """The newest first; taken back ones stay."""

    list_display = ["published_at", "title", "branch", "author", "readers", "withdrawn_at"]
    list_display_links = ["title"]
    list_select_related = ["branch", "author"]
    list_filter = [("published_at", admin.DateFieldListFilter)]
    search_fields = ["title", "=author__employee_no"]
    search_help_text = "标题，或完整工号"
    ordering = ["-published_at", "-id"]
    fields = [
        ("branch", "roles"),
        ("author", "published_at"),
        "title",
        "body",
        "readers",
        ("pinned_until", "comments_open"),
        ("withdrawn_at", "withdrawn_by"),
        "withdrawal_reason",
    ]
    readonly_fields = ["readers"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        rows: QuerySet[Announcement] = super().get_queryset(request)
        read = Count("receipts", filter=Q(receipts__read_at__isnull=False))
        return rows.annotate(addressed=Count("receipts"), read=read)

    @display(description="已读 / 应读")
    def readers(self, announcement: Announcement) -> str:
        return f"{announcement.read} / {announcement.addressed}"  # type: ignore[attr-defined]  # counted above
