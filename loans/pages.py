"""The page that a customer's link opens in the browser of his phone; all it shows comes over the API."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from loans import customer_links


@never_cache
@require_GET
def apply(request: HttpRequest, token: str) -> HttpResponse:
    """The page, or that the link opens nothing (whatever the cause). Its address is a secret: no other page is told
    where the customer comes from, and no search engine keeps it."""
    is_live = customer_links.is_live(token)
    shown = {"bank": settings.BANK_NAME, "is_live": is_live}
    headers = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
    answer = render(request, "apply/page.html", shown, status=200 if is_live else 404)
    for name, value in headers.items():
        answer[name] = value
    return answer
