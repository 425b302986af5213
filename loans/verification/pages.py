"""The pages: type a code, see what it stands for, compare a file. Nobody signs in, nothing is remembered."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from loans.verification import lookup

LARGEST_FILE = 10 * 1024 * 1024
_POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
Page = Callable[..., HttpResponse]


def _public(page: Page) -> Page:
    """Neither kept nor found by searching, and its address, which holds the code, is told to nobody."""

    @wraps(page)
    def shown(request: HttpRequest, **said: Any) -> HttpResponse:
        answer = page(request, **said)
        answer["Cache-Control"] = "no-store"
        answer["Referrer-Policy"] = "no-referrer"
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return cast(Page, csp_replace(_POLICY)(shown))


@require_GET
@_public
def entry(request: HttpRequest) -> HttpResponse:
    """Where a code is typed in."""
    code = lookup.normal(request.GET.get("code", ""))
    if code.isascii() and code.isalnum():
        return redirect("verify-paper", code=code)
    return _page(request, missing=bool(code))


@csrf_exempt  # there is no session to ride on, and nothing is changed
@require_http_methods(["GET", "POST"])
@_public
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """What the code stands for; on POST, whether the file that is shown is the bank's."""
    found = lookup.find(code)
    if found is None:
        return _page(request, missing=True, status=404)
    if request.method == "GET":
        return _page(request, found=found)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FILE + 4096:
        return _page(request, found=found, verdict="too_large", status=413)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, found=found, verdict="no_file", status=400)
    verdict = "same" if lookup.is_same(found, file.chunks()) else "different"
    return _page(request, found=found, verdict=verdict)


def _page(request: HttpRequest, *, status: int = 200, **said: Any) -> HttpResponse:
    context = {"bank": settings.BANK_NAME, "found": None, "missing": False, "verdict": "", **said}
    return render(request, "loans/verify/page.html", context, status=status)
