"""What a loan costs a year by its cash flows: the annualised rate to be shown (PBOC 公告〔2021〕第3号).

From 2026-08-01 the all-in cost of a personal loan (金规〔2026〕2号) is disclosed before the contract: every
fee is a payment, or lowers what the borrower receives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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
class FeeDue:
    """A fee in yuan, and the day on which it is paid."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class _Flow:
    months: Decimal
    amount: Decimal


def annualised_cost(received: Decimal, payments: Iterable[Decimal]) -> AnnualCost:
    """The cost of receiving cash now and paying at the end of each month, nought where nothing is due.

    Raises:
        ValueError: nothing received, a negative payment, less paid than received, or no rate that can be told.
    """
    return _cost(received, [_Flow(Decimal(number), payment) for number, payment in enumerate(payments, 1)])


def annualised_cost_of(received: Decimal, instalments: Iterable[Instalment], disbursed_on: date) -> AnnualCost:
    """The cost of a schedule by its dates, in whole months and thirtieths of a month for odd days.

    Raises:
        ValueError: as `annualised_cost`.
    """
    return all_in_cost(received, instalments, disbursed_on)


def all_in_cost(
    lent: Decimal, instalments: Iterable[Instalment], disbursed_on: date, fees: Iterable[FeeDue] = ()
) -> AnnualCost:
    """The cost of a schedule and its fees by their dates; what is paid on the day of disbursement or before lowers
    what the borrower receives.

    Raises:
        ValueError: as `annualised_cost`.
    """
    fees = list(fees)
    received = lent - sum((fee.amount for fee in fees if fee.on <= disbursed_on), Decimal(0))
    flows = [_Flow(_months_between(disbursed_on, line.due_on), line.payment) for line in instalments]
    flows += [_Flow(_months_between(disbursed_on, fee.on), fee.amount) for fee in fees if fee.on > disbursed_on]
    return _cost(received, flows)


def _cost(received: Decimal, flows: Sequence[_Flow]) -> AnnualCost:
    if received <= 0 or any(flow.amount < 0 for flow in flows):
        raise ValueError("cash is received and paid back, neither is negative")
    if sum(flow.amount for flow in flows) < received:
        raise ValueError("less is paid than was received")
    monthly = _monthly_rate(received, flows)
    return AnnualCost(simple=rate(monthly * 12 * 100), effective=rate(((1 + monthly) ** 12 - 1) * 100))


def _monthly_rate(received: Decimal, flows: Sequence[_Flow]) -> Decimal:
    """The rate at which the payments are worth what was received.

    Their worth falls and is convex in the rate: Newton's steps from nought go up and never too far. Where they are
    too short (a rate beyond reason), the middle between a rate too low and one too high is tried instead.
    """
    low, high = Decimal(0), _too_high(received, flows)
    monthly = low
    for _ in range(_MOST_STEPS):
        worth, slope = _worth_and_slope(flows, monthly)
        if worth >= received:
            low = monthly
        else:
            high = monthly
        step = (worth - received) / slope
        if abs(step) <= _CLOSE_ENOUGH * (1 + monthly):
            return monthly
        following = monthly + step
        far = high - low > 1 + 8 * abs(step)
        monthly = (low + high) / 2 if far or not low <= following <= high else following
    raise ValueError("no rate makes these payments worth what was received")


def _too_high(received: Decimal, flows: Sequence[_Flow]) -> Decimal:
    """A rate at which the payments are worth less than was received."""
    high = Decimal(1)
    for _ in range(_MOST_STEPS):
        if _worth_and_slope(flows, high)[0] < received:
            return high
        high *= 2
    raise ValueError("no rate makes these payments worth what was received")


def _worth_and_slope(flows: Sequence[_Flow], monthly: Decimal) -> tuple[Decimal, Decimal]:
    """What the payments are worth at a rate, and how fast that falls."""
    growth = 1 + monthly
    worths = [flow.amount * growth**-flow.months for flow in flows]
    slope = sum((flow.months * worth for flow, worth in zip(flows, worths, strict=True)), Decimal(0)) / growth
    return sum(worths, Decimal(0)), slope or Decimal(1)


def _months_between(begin: date, end: date) -> Decimal:
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if add_months(begin, months) > end:
        months -= 1
    return months + Decimal((end - add_months(begin, months)).days) / 30
