"""A loan that is paid out in parts: planned, drawn one after the other, each step by the phone whose turn it is."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from loans import disbursement
from loans.draw_plan import Planned
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.models import Draw, LoanAccount, Payment
from organization.models import Staff
from tests.loans.builders import Case
from tests.loans.lending import OWN_ACCOUNT, SHOP, contracted

#: The product of the house that may be drawn in up to three parts.
BUSINESS: dict[str, Any] = {"product": "PERSONAL_BUSINESS", "purpose": "INVENTORY", "occupation": "SELF_EMPLOYED"}
#: 100,000 yuan: to the supplier, to the borrower himself, to the supplier again once the goods are there.
PARTS: tuple[dict[str, Any], ...] = (
    {"amount": "50000.00", **SHOP, "purpose_note": "首批货款"},
    {"amount": "20000.00", **OWN_ACCOUNT},
    {"amount": "30000.00", **SHOP, "condition": "首批货物验收合格"},
)
ASKED = {"evidence": "购货发票3张、验收单", "use_of_last": "首批货款已付，发票已核对"}


def planned(parts: Sequence[dict[str, Any]] = PARTS) -> list[Planned]:
    """The parts as the capability takes them."""
    return [Planned(**{**part, "amount": Decimal(part["amount"])}) for part in parts]


def in_parts(case: Case, parts: Sequence[dict[str, Any]] = PARTS, **terms: Any) -> Case:
    """The contract signed, nothing drawn yet."""
    return contracted(case, draws=planned(parts), **BUSINESS, **terms)


def begun(case: Case, parts: Sequence[dict[str, Any]] = PARTS, **terms: Any) -> Case:
    """The first draw paid, without asking core banking."""
    in_parts(case, parts, **terms)
    disbursement.request(case.row, by=case.bank.rm, conditions_met="已落实")
    settle(disbursement.release(case.row, by=case.bank.disbursement_officer))
    return case


def settle(payment: Payment, outcome: Outcome = Outcome.SUCCESS) -> LoanAccount | None:
    """Core banking's word on a payment; the account that it opened."""
    serial = f"CB{payment.client_ref}" if outcome is Outcome.SUCCESS else ""
    disbursement.settle(payment, PaymentResult(outcome, serial_no=serial, reason="账户异常"))
    return LoanAccount.objects.filter(payment=payment).first()


def draw(case: Case, number: int) -> Draw:
    found: Draw = Draw.objects.get(contract__application=case.id, number=number)
    return found


def ask(case: Case, number: int, *, by: Staff | None = None, **said: Any) -> Any:
    """The RM asks for a draw after the first."""
    return case.post(f"draws/{draw(case, number).pk}/request", ASKED | said, by=by)


def let_go(case: Case, number: int, *, by: Staff | None = None) -> Any:
    """The officer releases it."""
    return case.post(f"draws/{draw(case, number).pk}/release", by=by or case.bank.disbursement_officer)
