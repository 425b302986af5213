"""Principal in equal shares, to the fen: of all methods but those of equal payments."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal

from aladdin.money import FEN, fen
from loans.repayment.conventions import Remainder
from loans.repayment.terms import Line, Terms


def by_shares(terms: Terms) -> Iterator[Line]:
    """Equal principal on the days that bring it, interest on what is left on all of them."""
    return terms.in_lines(principals(terms))


def principals(terms: Terms) -> list[Decimal]:
    """The principal of each period: a share where the period brings it, else nought."""
    bringing = sum(period.brings_principal for period in terms.periods)
    shares = iter(equal_shares(terms.principal, bringing, terms.remainder))
    return [next(shares) if period.brings_principal else Decimal(0) for period in terms.periods]


def equal_shares(amount: Decimal, count: int, remainder: Remainder) -> list[Decimal]:
    """`count` shares that sum to the amount exactly; the first or the last one takes what rounding leaves over.

    Raises:
        ValueError: no shares.
    """
    if count < 1:
        raise ValueError("principal is due once at least")
    share = fen(amount / count)
    if remainder is Remainder.FIRST:
        if share * (count - 1) > amount:
            share = (amount / count).quantize(FEN, rounding=ROUND_DOWN)
        return [amount - share * (count - 1), *[share] * (count - 1)]
    shares, left = [], amount
    for _ in range(count - 1):
        shares.append(min(share, left))
        left -= shares[-1]
    return [*shares, left]
