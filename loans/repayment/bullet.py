"""一次性还本付息: principal and interest of the actual days, all at maturity."""

from collections.abc import Iterator

from loans.repayment.interest import interest_of_days
from loans.repayment.terms import Line, Terms


def plan(terms: Terms) -> Iterator[Line]:
    """One payment."""
    days = (terms.maturity_on - terms.disbursed_on).days
    interest = interest_of_days(terms.principal, terms.annual_rate_percent, days)
    yield Line(terms.maturity_on, terms.principal, interest)
