"""The repayment methods, and the schedule that each makes of a loan's terms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from aladdin.money import Exact, fen, rate
from loans.repayment import bullet, equal_installment, equal_principal, flat_interest, interest_only
from loans.repayment.terms import Line, Terms


class Method(StrEnum):
    """How a loan is repaid (domain 2.2)."""

    EQUAL_INSTALLMENT = "EQUAL_INSTALLMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    INTEREST_ONLY = "INTEREST_ONLY"
    FLAT_INTEREST = "FLAT_INTEREST"
    BULLET = "BULLET"


_PLANS: dict[Method, Callable[[Terms], Iterator[Line]]] = {
    Method.EQUAL_INSTALLMENT: equal_installment.plan,
    Method.EQUAL_PRINCIPAL: equal_principal.plan,
    Method.INTEREST_ONLY: interest_only.plan,
    Method.FLAT_INTEREST: flat_interest.plan,
    Method.BULLET: bullet.plan,
}


@dataclass(frozen=True)
class Instalment:
    """One payment of a schedule, in yuan; `balance` is the principal left after it."""

    number: int
    due_on: date
    principal: Decimal
    interest: Decimal
    balance: Decimal

    @property
    def payment(self) -> Decimal:
        """What the borrower pays on the day."""
        return self.principal + self.interest


def schedule(
    method: str,
    principal: Exact,
    annual_rate_percent: Exact,
    months: int,
    disbursed_on: date,
    repayment_day: int | None = None,
) -> list[Instalment]:
    """All payments of a loan from disbursement to maturity, to the fen.

    `repayment_day` (1 to 31; None: the day of disbursement) clamps to the end of short months and returns
    to its own day afterwards; for INTEREST_ONLY it is the settlement day. Due dates are not moved to
    working days: interest runs to the date itself.

    Raises:
        ValueError: no such method, or terms on which no loan can be repaid.
    """
    terms = Terms(_whole_fen(principal), rate(annual_rate_percent), months, disbursed_on, repayment_day)
    return list(_numbered(_PLANS[Method(method)](terms), terms.principal))


def _numbered(lines: Iterator[Line], balance: Decimal) -> Iterator[Instalment]:
    for number, line in enumerate(lines, start=1):
        balance -= line.principal
        yield Instalment(number, line.due_on, fen(line.principal), line.interest, fen(balance))


def _whole_fen(principal: Exact) -> Decimal:
    rounded = fen(principal)
    if rounded != Decimal(principal):
        raise ValueError("the principal is an amount in whole fen")
    return rounded
