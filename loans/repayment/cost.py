"""What a loan costs a year by its cash flows: the annualised rate to be shown (PBOC 公告〔2021〕第3号).

From 2026-08-01 the all-in cost of a personal loan (金规〔2026〕2号) is disclosed before the contract: every
fee is a payment, or lowers what the borrower receives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count, takewhile

from aladdin.calendar import add_months
from aladdin.money import rate
from loans.repayment.registry import Instalment

_CLOSE_ENOUGH = Decimal("1e-15")
_MOST_STEPS = 500


@dataclass(frozen=True)
class AnnualCost:
    """The cost in percent a year: `simple` is the monthly rate times twelve, `effective` compounds it."""

    simple: Decimal
    effective: Decimal


@dataclass(frozen=True)
class _Flow:
    months: Decimal
    amount: Decimal


def annualised_cost(received: Decimal, payments: Iterable[Decimal]) -> AnnualCost:
    """The cost of receiving cash now and paying at the end of each month, nought where nothing is due.

    Raises:
        ValueError: nothing received, a negative payment, or less paid than received.
    """
    return _cost(received, [_Flow(Decimal(number), payment) for number, payment in enumerate(payments, 1)])


def annualised_cost_of(received: Decimal, instalments: Iterable[Instalment], disbursed_on: date) -> AnnualCost:
    """The cost of a schedule by its dates, in whole months and thirtieths of a month for odd days.

    Raises:
        ValueError: as `annualised_cost`.
    """
    flows = [_Flow(_months_between(disbursed_on, line.due_on), line.payment) for line in instalments]
    return _cost(received, flows)


def _cost(received: Decimal, flows: Sequence[_Flow]) -> AnnualCost:
    if received <= 0 or any(flow.amount < 0 for flow in flows):
        raise ValueError("cash is received and paid back, neither is negative")
    if sum(flow.amount for flow in flows) < received:
        raise ValueError("less is paid than was received")
    monthly = _monthly_rate(received, flows)
    return AnnualCost(simple=rate(monthly * 12 * 100), effective=rate(((1 + monthly) ** 12 - 1) * 100))


def _monthly_rate(received: Decimal, flows: Sequence[_Flow]) -> Decimal:
    """The rate at which the payments are worth what was received, by Newton's method.

    Their worth falls and is convex in the rate, so that from nought each step goes up and none too far.
    """
    monthly = Decimal(0)
    for _ in range(_MOST_STEPS):
        growth = 1 + monthly
        worths = [flow.amount * growth**-flow.months for flow in flows]
        slope = sum(flow.months * worth for flow, worth in zip(flows, worths, strict=True)) / growth
        step = (sum(worths) - received) / slope
        if step <= _CLOSE_ENOUGH:
            return monthly
        monthly += step
    raise ValueError("no rate makes these payments worth what was received")


def _months_between(begin: date, end: date) -> Decimal:
    months = sum(1 for _ in takewhile(lambda n: add_months(begin, n) <= end, count(1)))
    return months + Decimal((end - add_months(begin, months)).days) / 30
