"""一次性还本付息: principal and interest of the actual days, all at maturity."""

from collections.abc import Iterator

from loans.repayment.conventions import DayCount, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.shares import by_shares
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.ACTUAL_360


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """The maturity alone."""
    yield Day(span.maturity_on)


def lines(terms: Terms) -> Iterator[Line]:
    """One payment."""
    return by_shares(terms)
