"""等额本金: the same principal every month, and interest on what is left."""

from collections.abc import Iterator

from aladdin.money import fen
from loans.repayment.terms import Line, Terms


def plan(terms: Terms) -> Iterator[Line]:
    """Principal is P/n to the fen; the last payment absorbs the rounding."""
    share = fen(terms.principal / terms.months)
    balance = terms.principal
    for period in terms.periods():
        principal = balance if period.is_last else min(share, balance)
        yield Line(period.due_on, principal, terms.interest_of(period, balance))
        balance -= principal
