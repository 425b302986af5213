"""等额本金: the same principal every month, and interest on what is left."""

from collections.abc import Iterator

from loans.repayment.conventions import DayCount, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.shares import by_shares
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.MONTH_360


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """Every month."""
    return span.monthly_days()


def lines(terms: Terms) -> Iterator[Line]:
    """Principal is P/n to the fen."""
    return by_shares(terms)
