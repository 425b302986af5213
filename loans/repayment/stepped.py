"""阶梯还款: groups of instalments, within each the same payment, which bring so much of the principal together."""

from collections.abc import Iterator
from decimal import Decimal

from aladdin.money import fen
from loans.repayment.annuity import level_principals
from loans.repayment.conventions import DayCount, Plan
from loans.repayment.periods import Day, Span
from loans.repayment.terms import Line, Terms

DAY_COUNT = DayCount.MONTH_360
_WHOLE = Decimal(100)


def days(span: Span, plan: Plan) -> Iterator[Day]:
    """Every month."""
    return span.monthly_days()


def lines(terms: Terms) -> Iterator[Line]:
    """Group after group. A group that brings no principal pays interest alone.

    Raises:
        ValueError: groups that are no plan for this many instalments.
    """
    _check(terms)
    principals: list[Decimal] = []
    opening, percent = terms.principal, Decimal(0)
    for group, numbers in zip(terms.groups, _numbers(terms), strict=True):
        percent += group.principal_percent
        closing = terms.principal - fen(terms.principal * percent / _WHOLE)
        principals += level_principals(terms, numbers, opening=opening, closing=closing)
        opening = closing
    return terms.in_lines(principals)


def _numbers(terms: Terms) -> Iterator[range]:
    """The instalments of each group, counted from nought; the last group has the rest."""
    begin, of_all = 0, len(terms.periods)
    for group in terms.groups[:-1]:
        yield range(begin, begin + group.instalments)
        begin += group.instalments
    yield range(begin, of_all)


def _check(terms: Terms) -> None:
    groups = terms.groups
    if not groups or any(each.principal_percent < 0 for each in groups):
        raise ValueError("a stepped plan has groups, none of which brings less than nothing")
    if sum(each.principal_percent for each in groups) != _WHOLE:
        raise ValueError("the groups of a stepped plan bring the whole principal")
    before_last = [each.instalments for each in groups[:-1]]
    if any(each < 1 for each in before_last) or sum(before_last) >= len(terms.periods):
        raise ValueError("a group has an instalment at least, within the term of the loan")
