"""What forbids taking a case up: the hard rules of the day (`loans/decision`), and what only this case tells."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loans import hard_rules, region
from loans.blocker import Blocker
from loans.states import State

if TYPE_CHECKING:
    from loans.models import LoanApplication


def against(application: "LoanApplication") -> Iterable[Blocker]:
    """Every rule that forbids taking the case up."""
    yield from _kind_of_customer(application)
    yield from region.outside(application)
    yield from hard_rules.on_acceptance(application)
    yield from _not_twice(application)


def _kind_of_customer(application: "LoanApplication") -> Iterable[Blocker]:
    kind = application.product.borrower_kind
    if kind == "PERSON" and application.customer.kind != kind:
        yield Blocker("customer_not_a_person", "个人贷款只能由个人客户申请", "customer")
    if kind == "BUSINESS" and application.customer.kind != kind:
        yield Blocker("customer_not_a_firm", "企业贷款只能由企业客户申请", "customer")


def _not_twice(application: "LoanApplication") -> Iterable[Blocker]:
    others = type(application).objects.in_flight().exclude(pk=application.pk).exclude(state=State.DRAFT)
    other = others.filter(customer=application.customer_id, product=application.product_id).first()
    if other is not None:
        detail = f"该客户在本产品下已有在途申请（{other.application_no}）"
        yield Blocker("application_in_flight", detail, "customer")
