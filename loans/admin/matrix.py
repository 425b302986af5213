"""Changes of the authority matrix in the back office: drafts with their lines, and what was simulated."""

from django.contrib import admin

from aladdin.back_office import Register, RegisterLines
from loans.models import AuthorityChange, AuthorityDraft, AuthoritySimulation


class Changes(RegisterLines):
    model = AuthorityChange
    fields = ["act", "staff", "level", "kind", "guarantee", "max_amount"]


@admin.register(AuthorityDraft)
class AuthorityDraftAdmin(Register):
    """Drafts, published and discarded changes; they are made and published over their own doors."""

    list_display = ["code", "title", "state", "effective_from", "made_by", "made_at", "published_by", "published_at"]
    list_select_related = ["made_by", "published_by"]
    list_filter = ["state"]
    search_fields = ["=code", "title"]
    ordering = ["-id"]
    inlines = [Changes]


@admin.register(AuthoritySimulation)
class AuthoritySimulationAdmin(Register):
    """How many past decisions a draft would have sent elsewhere."""

    list_display = ["at", "draft", "looked_at", "changed", "first_day", "last_day", "by"]
    list_display_links = ["at"]
    list_select_related = ["draft", "by"]
    ordering = ["-id"]
