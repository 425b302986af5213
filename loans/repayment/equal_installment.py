"""等额本息: the same amount every month, of which less and less is interest."""

from collections.abc import Iterator
from decimal import Decimal

from loans.repayment.annuity import level_principals
from loans.repayment.conventions import DayCount, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.MONTH_360


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """Every month."""
    return span.monthly_days()


def lines(terms: Terms) -> Iterator[Line]:
    """Principal is the payment less a month's interest; the last payment absorbs the rounding.

    In a first period that is no whole month only the interest differs, so that the principal keeps to the
    plan and every later payment is the same (domain 2.2).
    """
    every = range(len(terms.periods))
    return terms.in_lines(level_principals(terms, every, opening=terms.principal, closing=Decimal(0)))
