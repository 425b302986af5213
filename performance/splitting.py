"""Dividing the credit for one event among those who share the customer, exact to the fen."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from aladdin.money import FEN, fen


def split(amount: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """What each share of `amount` (yuan) is worth; together exactly `amount` times the sum of the shares.

    Rounding each part alone would make a fen out of nothing, or lose one. Each part is cut to the fen and the
    fen that remain go to the largest remainders, the earlier share first where two are equal. A negative
    amount splits as the positive one does, so a reversal undoes its original part by part.
    """
    exact = [abs(amount) * share for share in shares]
    parts = [part.quantize(FEN, rounding=ROUND_DOWN) for part in exact]
    left = int((fen(sum(exact, Decimal(0))) - sum(parts, Decimal(0))) / FEN)
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[:left]:
        parts[index] += FEN
    return [-part if amount < 0 and part else part for part in parts]
