"""等本等息: the same principal and the same interest every month, on what was once lent.

The quoted rate looks low, for interest is paid on principal that was long repaid: show the annualised cost
beside it (`annualised_cost`).
"""

from collections.abc import Iterator

from aladdin.money import fen
from loans.repayment.interest import interest_of_month
from loans.repayment.terms import Line, Terms


def plan(terms: Terms) -> Iterator[Line]:
    """P/n and a month's interest on P each month, however long the first one is."""
    share = fen(terms.principal / terms.months)
    interest = interest_of_month(terms.principal, terms.annual_rate_percent)
    balance = terms.principal
    for period in terms.periods():
        principal = balance if period.is_last else min(share, balance)
        yield Line(period.due_on, principal, interest)
        balance -= principal
