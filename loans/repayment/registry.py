"""The repayment methods, and the schedule that each makes of what was agreed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from aladdin.money import Exact, fen, rate
from loans.repayment import (
    bullet,
    equal_installment,
    equal_principal,
    flat_interest,
    interest_only,
    seasonal,
    stepped,
)
from loans.repayment.conventions import Conventions, DayCount, Plan
from loans.repayment.periods import Day, Period, Span
from loans.repayment.terms import Line, Terms


class Method(StrEnum):
    """How a loan is repaid (domain 2.2)."""

    EQUAL_INSTALLMENT = "EQUAL_INSTALLMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    INTEREST_ONLY = "INTEREST_ONLY"
    FLAT_INTEREST = "FLAT_INTEREST"
    BULLET = "BULLET"
    STEPPED = "STEPPED"
    SEASONAL = "SEASONAL"


class MethodModule(Protocol):
    """What a method's file says: its customary day count, its days, and what is paid on them."""

    DAY_COUNT: DayCount

    def days(self, span: Span, plan: Plan) -> Iterator[Day]: ...

    def lines(self, terms: Terms) -> Iterator[Line]: ...


METHODS: dict[Method, MethodModule] = {
    Method.EQUAL_INSTALLMENT: equal_installment,
    Method.EQUAL_PRINCIPAL: equal_principal,
    Method.INTEREST_ONLY: interest_only,
    Method.FLAT_INTEREST: flat_interest,
    Method.BULLET: bullet,
    Method.STEPPED: stepped,
    Method.SEASONAL: seasonal,
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


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How a loan is to be repaid, whatever is still owed: what its contract says of time.

    `repayment_day` (1 to 31; None: the day of disbursement) clamps to the end of short months and returns to its
    own day afterwards; for INTEREST_ONLY it is the settlement day.

    Raises:
        ValueError: no such method, or terms on which no loan can be repaid.
    """

    method: Method
    disbursed_on: date
    months: int
    repayment_day: int | None = None
    conventions: Conventions = field(default_factory=Conventions)
    plan: Plan = field(default_factory=Plan)

    @property
    def day_count(self) -> DayCount:
        """As the contract says, else by the custom of the method."""
        return self.conventions.day_count or METHODS[self.method].DAY_COUNT

    def periods(self) -> tuple[Period, ...]:
        """All periods from the disbursement to the maturity."""
        span = Span(self.disbursed_on, self.months, self.repayment_day, self.conventions)
        return span.periods(METHODS[self.method].days(span, self.plan))

    def terms(self, principal: Decimal, annual_rate_percent: Decimal) -> Terms:
        """Of the whole loan."""
        return Terms(
            principal,
            annual_rate_percent,
            self.periods(),
            self.day_count,
            self.conventions.remainder,
            self.plan.groups,
        )

    def schedule(self, principal: Exact, annual_rate_percent: Exact) -> list[Instalment]:
        """All payments of the loan, to the fen."""
        return planned(self.method, self.terms(whole_fen(principal), rate(annual_rate_percent)))


def schedule(
    method: str,
    principal: Exact,
    annual_rate_percent: Exact,
    months: int,
    disbursed_on: date,
    repayment_day: int | None = None,
    *,
    conventions: Conventions | None = None,
    plan: Plan | None = None,
) -> list[Instalment]:
    """All payments of a loan from disbursement to maturity, to the fen; see `Agreement`.

    Raises:
        ValueError: no such method, or terms on which no loan can be repaid.
    """
    agreement = Agreement(
        method=Method(method),
        disbursed_on=disbursed_on,
        months=months,
        repayment_day=repayment_day,
        conventions=conventions or Conventions(),
        plan=plan or Plan(),
    )
    return agreement.schedule(principal, annual_rate_percent)


def planned(method: Method, terms: Terms, *, after: int = 0) -> list[Instalment]:
    """What the method makes of terms, numbered from the payment that comes `after` so many others."""
    return list(_numbered(METHODS[method].lines(terms), terms.principal, after + 1))


def _numbered(lines: Iterable[Line], balance: Decimal, first: int) -> Iterator[Instalment]:
    for number, line in enumerate(lines, start=first):
        balance -= line.principal
        yield Instalment(number, line.due_on, fen(line.principal), line.interest, fen(balance))


def total_interest(lines: Sequence[Instalment]) -> Decimal:
    """In yuan."""
    return sum((line.interest for line in lines), Decimal(0))


def whole_fen(principal: Exact) -> Decimal:
    """The amount, which must be in whole fen. Raises ValueError."""
    rounded = fen(principal)
    if rounded != Decimal(principal):
        raise ValueError("the principal is an amount in whole fen")
    return rounded
