"""The page of an offer that an RM shared: figures for the customer, who needs no sign-in; nothing about himself."""

from collections.abc import Iterable

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from aladdin.money import yuan
from loans import prospects
from loans.codes import RepaymentMethod
from loans.models import LoanOffer, ProductFee

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
    context = {"bank": settings.BANK_NAME, "offer": offer, "rows": _rows(offer) if offer else ()}
    answer = render(request, "loans/offers/page.html", context, status=200 if offer else 404)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _rows(offer: LoanOffer) -> Iterable[tuple[str, str]]:
    yield "金额", f"{yuan(offer.amount)} 元"
    yield "期限", f"{offer.term_months} 个月"
    yield "还款方式", RepaymentMethod(offer.repayment_method).label
    yield "年利率（单利）", f"{offer.rate.normalize():f}%"
    yield "月还款约", f"{yuan(offer.burden)} 元"
    yield "利息合计", f"{yuan(offer.total_interest)} 元"
    for fee in offer.fees:
        when = ProductFee.When(fee["when"]).label
        yield fee["name"], f"{yuan(fee['amount'])} 元（{when}，{fee['collected_by']}收取）"
    yield "年化综合融资成本", f"{offer.cost_simple:.2f}%（月利率×12）；{offer.cost_effective:.2f}%（复利）"
    yield "有效期至", f"{offer.valid_until:%Y-%m-%d}"
    yield "联系", f"{offer.branch.name} {offer.owner.name}"


urlpatterns = [path("<str:token>", page, name="shared-offer")]
