"""The page of an offer that an RM shared: figures for the customer, who needs no sign-in; nothing about anybody."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from loans import prospects
from loans.codes import RepaymentMethod

_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


@require_GET
@csp_replace(_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The offer behind the address, or that there is none (any more)."""
    offer = prospects.shared(token)
    context = {"bank": settings.BANK_NAME, "offer": offer}
    if offer is not None:
        context["method"] = RepaymentMethod(offer.repayment_method).label
    answer = render(request, "loans/offers/page.html", context, status=200 if offer else 404)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


urlpatterns = [path("<str:token>", page, name="shared-offer")]
