"""等本等息: the same principal and the same interest every month, on what was once lent.

The quoted rate looks low, for interest is paid on principal that was long repaid: show the annualised cost
beside it (`annualised_cost`).
"""

from collections.abc import Iterator

from loans.repayment.conventions import DayCount, Plan
from loans.repayment.interest import interest_of_month
from loans.repayment.periods import Day, Span
from loans.repayment.shares import principals
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.MONTH_360


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """Every month."""
    return span.monthly_days()


def lines(terms: Terms) -> Iterator[Line]:
    """P/n and a month's interest on P each month, however long the first one is.

    What was paid of the running month's interest before (`carried`, negative) is not asked for again."""
    base = terms.principal if terms.flat_base is None else terms.flat_base
    interest = interest_of_month(base, terms.annual_rate_percent)
    for number, (period, principal) in enumerate(zip(terms.periods, principals(terms), strict=True)):
        due = interest + terms.carried if number == 0 else interest
        yield Line(period.due_on, principal, max(due, interest * 0))
