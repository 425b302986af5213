"""Hard rules of admission: whom the bank does not lend to, or not like this."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loans.blocker import Blocker
from loans.codes import Guarantee
from loans.states import State

if TYPE_CHECKING:
    from loans.models import LoanApplication


def against(application: "LoanApplication") -> Iterable[Blocker]:
    """Every rule that forbids taking the case up."""
    yield from _kind_of_customer(application)
    yield from _lists(application)
    yield from _not_twice(application)


def _kind_of_customer(application: "LoanApplication") -> Iterable[Blocker]:
    if application.customer.kind != "PERSON":
        yield Blocker("customer_not_a_person", "个人贷款只能由个人客户申请", "customer")


def _lists(application: "LoanApplication") -> Iterable[Blocker]:
    """Related persons get no unsecured credit (商业银行法 40); who is on the blacklist gets none."""
    lists = set(application.listings().values_list("list", flat=True))
    if "BLACKLIST" in lists:
        yield Blocker("customer_blacklisted", "客户在本行黑名单内，不得受理", "customer")
    if "RELATED_PARTY" in lists and application.product.guarantee == Guarantee.UNSECURED:
        yield Blocker("related_party_unsecured", "不得向关系人发放信用贷款（商业银行法第四十条）", "customer")


def _not_twice(application: "LoanApplication") -> Iterable[Blocker]:
    others = type(application).objects.in_flight().exclude(pk=application.pk).exclude(state=State.DRAFT)
    other = others.filter(customer=application.customer_id, product=application.product_id).first()
    if other is not None:
        detail = f"该客户在本产品下已有在途申请（{other.application_no}）"
        yield Blocker("application_in_flight", detail, "customer")
