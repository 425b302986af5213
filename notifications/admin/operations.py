"""What was stopped and what was sent again, in the back office; both are done on the channels' page or over the API."""

from django.contrib import admin

from aladdin.back_office import Register
from notifications.models import ChannelStop, Redo


@admin.register(ChannelStop)
class ChannelStopAdmin(Register):
    """Stops, standing and lifted."""

    list_display = ["stopped_at", "channel", "kind", "reason", "stopped_by", "lifted_at", "lifted_by"]
    list_display_links = ["stopped_at"]
    list_select_related = ["stopped_by", "lifted_by"]
    list_filter = ["channel", ("lifted_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]


@admin.register(Redo)
class RedoAdmin(Register):
    """What was sent again, and how far it is."""

    list_display = ["asked_at", "channel", "kind", "code", "since", "until", "total", "done", "finished_at", "asked_by"]
    list_display_links = ["asked_at"]
    list_select_related = ["asked_by"]
    list_filter = ["channel"]
    ordering = ["-id"]
    exclude = ["cursor"]
