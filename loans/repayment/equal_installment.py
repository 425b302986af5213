"""等额本息: the same amount every month, of which less and less is interest."""

from collections.abc import Iterator
from decimal import Decimal

from aladdin.money import fen
from loans.repayment.interest import interest_of_month
from loans.repayment.terms import Line, Terms


def plan(terms: Terms) -> Iterator[Line]:
    """Principal is the payment less a month's interest; the last payment absorbs the rounding.

    In a first period that is no whole month only the interest differs, so that the principal keeps to the
    plan and every later payment is the same (domain 2.2).
    """
    payment = monthly_payment(terms)
    balance = terms.principal
    for period in terms.periods():
        planned = payment - interest_of_month(balance, terms.annual_rate_percent)
        principal = balance if period.is_last else min(planned, balance)
        yield Line(period.due_on, principal, terms.interest_of(period, balance))
        balance -= principal


def monthly_payment(terms: Terms) -> Decimal:
    """A = P·i·(1+i)^n / ((1+i)^n - 1), in yuan; P/n without interest."""
    monthly = terms.annual_rate_percent / (100 * 12)
    if not monthly:
        return fen(terms.principal / terms.months)
    growth = (1 + monthly) ** terms.months
    return fen(terms.principal * monthly * growth / (growth - 1))
