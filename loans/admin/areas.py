"""Where the bank may lend."""

from django.contrib import admin
from django.http import HttpRequest

from aladdin.back_office import Kept
from loans.models import LendingArea


@admin.register(LendingArea)
class LendingAreaAdmin(Kept):
    """Areas by code; what is given stays, and only its end is set."""

    subject = "lending-area"
    list_display = ["name", "code", "effective_from", "effective_to", "legal_basis"]
    search_fields = ["code", "name"]
    ordering = ["code", "effective_from"]

    def get_readonly_fields(self, request: HttpRequest, obj: LendingArea | None = None) -> list[str]:
        return ["code", "name", "effective_from", "legal_basis"] if obj else []
