"""Money: yuan as exact decimals, rounded to the fen, and how amounts are shown."""

import re
from bisect import bisect_right
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

Exact: TypeAlias = Decimal | int | str

FEN = Decimal("0.01")
RATE_STEP = Decimal("0.000001")

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_AMOUNT_LIMIT = Decimal(10) ** 16  # a Decimal(18, 2) column
_RATE_LIMIT = Decimal(10) ** 3  # a Decimal(9, 6) column

_TEN_THOUSAND = 10_000
_RANGE_BOUNDS = (1, 5, 10, 20, 50, 100, 500, 1000)  # in 万元


def fen(amount: Exact) -> Decimal:
    """The amount in yuan, rounded half up to 0.01, as interest is (domain 2.1).

    Half a fen goes away from zero, so that a reversal is exactly the opposite of what it reverses.

    Raises:
        TypeError: a float, which no longer is the amount that was meant.
        ValueError: no plain number, or too large for an amount.
    """
    return _rounded(amount, FEN, _AMOUNT_LIMIT)


def rate(percent_a_year: Exact) -> Decimal:
    """The rate in percent a year, rounded half up to six decimals, as `Decimal(9, 6)` keeps it.

    Raises:
        TypeError: a float.
        ValueError: no plain number, or 1,000 percent and more.
    """
    return _rounded(percent_a_year, RATE_STEP, _RATE_LIMIT)


def yuan(amount: Exact) -> str:
    """The amount as people read it, to the fen, without a unit: `1,234,567.80`."""
    return f"{fen(amount):,.2f}"


def amount_range(amount: Exact) -> str:
    """The range in which the amount lies, for messages that leave the bank: `5万-10万`.

    WeChat is a third party and gets ranges only (domain 5.4). The lower bound belongs to the range. The
    sign is dropped: a range says how much moved, not which way.
    """
    size = abs(fen(amount)) / _TEN_THOUSAND
    place = bisect_right(_RANGE_BOUNDS, size)
    if place == 0:
        return f"{_RANGE_BOUNDS[0]}万以下"
    if place == len(_RANGE_BOUNDS):
        return f"{_RANGE_BOUNDS[-1]}万以上"
    return f"{_RANGE_BOUNDS[place - 1]}万-{_RANGE_BOUNDS[place]}万"


def _rounded(number: Exact, step: Decimal, limit: Decimal) -> Decimal:
    exact = _exact(number)
    if not exact.is_finite() or abs(exact) >= limit:
        raise ValueError("the number is not finite or too large")
    rounded = exact.quantize(step, rounding=ROUND_HALF_UP)
    if abs(rounded) >= limit:
        raise ValueError("the number is too large once it is rounded")
    return rounded + 0  # no negative zero


def _exact(number: Exact) -> Decimal:
    if isinstance(number, str):
        # Decimal() alone would take "1_000", full-width digits, "NaN" and an exponent of any size.
        if not _PLAIN.fullmatch(number):
            raise ValueError("not a plain decimal number")
        return Decimal(number)
    if isinstance(number, bool) or not isinstance(number, Decimal | int):
        raise TypeError(f"money is Decimal, int or str, not {type(number).__name__}")
    return Decimal(number)
