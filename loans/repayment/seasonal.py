"""按季节还款: principal in the months in which a farmer has sold what he grew, interest in between as agreed."""

from collections.abc import Iterator

from loans.repayment.conventions import DayCount, InterestBetween, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.shares import by_shares
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.ACTUAL_360
_QUARTER_ENDS = (3, 6, 9, 12)


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """The repayment day of each month in which something is due, and the maturity.

    Nothing is due in the month of disbursement, and in that of the maturity nothing but the last payment.

    Raises:
        ValueError: no month is named, or one that does not exist.
    """
    named = frozenset(plan.payment_months)
    if not named or not named <= frozenset(range(1, 13)):
        raise ValueError("a seasonal plan names months, 1 to 12")
    for number in range(1, span.months):
        day = span.day_of_month(number)
        if day.month in named or _brings_interest(day.month, plan):
            yield Day(day, brings_principal=day.month in named)
    yield Day(span.maturity_on)


def _brings_interest(month: int, plan: Plan) -> bool:
    between = plan.interest_between
    return between is InterestBetween.MONTHLY or (between is InterestBetween.QUARTERLY and month in _QUARTER_ENDS)


def lines(terms: Terms) -> Iterator[Line]:
    """The same principal each time, and interest on what is left."""
    return by_shares(terms)
