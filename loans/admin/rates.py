"""Prime rates in the back office."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Kept
from loans.models import (
    LprQuote,
)


@admin.register(LprQuote)
class LprQuoteAdmin(Kept):
    """Published rates; contracts may stand on one, so what is entered stays."""

    subject = "lpr-quote"
    list_display = ["published_on", "tenor", "shown_rate"]
    list_filter = ["tenor"]
    ordering = ["-published_on", "tenor"]

    @display(description="年利率（%）", ordering="rate")
    def shown_rate(self, quote: LprQuote) -> str:
        return f"{quote.rate:.2f}"

    def has_change_permission(self, request: HttpRequest, obj: LprQuote | None = None) -> bool:
        return False
