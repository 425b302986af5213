"""先息后本: interest of the actual days on every settlement day, the principal at maturity."""

from collections.abc import Iterator
from decimal import Decimal

from loans.repayment.interest import interest_of_days
from loans.repayment.terms import Line, Terms


def plan(terms: Terms) -> Iterator[Line]:
    """Interest on each settlement day since the one before; the last payment brings the principal."""
    since = terms.disbursed_on
    for due_on in terms.settlement_days():
        interest = interest_of_days(terms.principal, terms.annual_rate_percent, (due_on - since).days)
        principal = terms.principal if due_on == terms.maturity_on else Decimal(0)
        yield Line(due_on, principal, interest)
        since = due_on
