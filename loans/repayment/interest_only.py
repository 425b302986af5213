"""先息后本: interest of the actual days on every settlement day, the principal at maturity."""

from collections.abc import Iterator

from loans.repayment.conventions import DayCount, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.shares import by_shares
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.ACTUAL_360


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """Every settlement day (结息日) after the disbursement, be it in its month, and the maturity."""
    every = (span.day_of_month(number) for number in range(span.months + 1))
    yield from (Day(day, brings_principal=False) for day in every if span.disbursed_on < day < span.maturity_on)
    yield Day(span.maturity_on)


def lines(terms: Terms) -> Iterator[Line]:
    """Interest since the settlement day before; the last payment brings the principal."""
    return by_shares(terms)
