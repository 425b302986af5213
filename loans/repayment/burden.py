"""What a loan takes of a month's income, and how large a loan an income can bear."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from aladdin.money import fen
from loans.repayment.registry import Instalment, Method


def monthly_burden(method: str, lines: Sequence[Instalment], months: int) -> Decimal:
    """Yuan a month: the first payment, or an even share of all where the principal comes in few pieces; of a stepped
    plan the highest payment."""
    if Method(method) is Method.STEPPED:
        return max(line.payment for line in lines)
    return fen(max(lines[0].payment, sum((line.payment for line in lines), Decimal(0)) / months))


def most_within(limit: Decimal, burden_of: Callable[[Decimal], Decimal], *, at_most: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` up to `at_most` yuan whose burden is within the limit; nought where none is.

    `burden_of` grows with the amount."""
    low, high = 0, int(at_most // step)
    while low < high:
        middle = (low + high + 1) // 2
        if burden_of(middle * step) <= limit:
            low = middle
        else:
            high = middle - 1
    return low * step
