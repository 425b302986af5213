"""How well a score tells good from bad, and whether who is scored has changed: the usual figures, exactly.

Scores are points (more is better), outcomes are True for bad. Rates and statistics are fractions as Decimal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

_STEP = Decimal("0.0001")
_LEAST = Decimal("0.0001")
"""A share of nothing is read as one in ten thousand, so that its logarithm exists."""


@dataclass(frozen=True)
class Separation:
    """AUC, Gini = 2·AUC − 1, and KS: the greatest distance between the two distributions."""

    goods: int
    bads: int
    auc: Decimal
    ks: Decimal

    @property
    def gini(self) -> Decimal:
        return 2 * self.auc - 1


def separation(scores: Sequence[int], bad: Sequence[bool]) -> Separation | None:
    """How the score separates; None where all are good or all are bad."""
    goods, bads = Counter[int](), Counter[int]()
    for points, is_bad in zip(scores, bad, strict=True):
        (bads if is_bad else goods)[points] += 1
    good, wrong = goods.total(), bads.total()
    if not good or not wrong:
        return None
    ladder = sorted(goods.keys() | bads.keys())
    bads_up_to = list(accumulate(bads[points] for points in ladder))
    goods_up_to = list(accumulate(goods[points] for points in ladder))
    # A pair counts whole where the bad one has fewer points, half where both have the same.
    won = sum(
        (2 * (below - bads[points]) + bads[points]) * goods[points]
        for points, below in zip(ladder, bads_up_to, strict=True)
    )
    widest = max(abs(Decimal(b) / wrong - Decimal(g) / good) for b, g in zip(bads_up_to, goods_up_to, strict=True))
    return Separation(good, wrong, _rounded(Decimal(won) / (2 * good * wrong)), _rounded(widest))


def stability(expected: Mapping[str, int], found: Mapping[str, int]) -> Decimal:
    """Population stability index of two distributions over the same classes: below 0.1 the same, above 0.25
    another population."""
    before, now = sum(expected.values()), sum(found.values())
    if not before or not now:
        return Decimal(0)
    index = Decimal(0)
    for each in expected.keys() | found.keys():
        was = max(Decimal(expected.get(each, 0)) / before, _LEAST)
        has = max(Decimal(found.get(each, 0)) / now, _LEAST)
        index += (has - was) * (has / was).ln()
    return _rounded(index)


@dataclass(frozen=True)
class Share:
    """How many fell in a class, and how many of them went bad."""

    count: int
    bads: int

    @property
    def bad_rate(self) -> Decimal:
        return _rounded(Decimal(self.bads) / self.count) if self.count else Decimal(0)


def by_class(classes: Iterable[str], bad: Iterable[bool]) -> dict[str, Share]:
    """Count and bads of each class."""
    counts, bads = Counter[str](), Counter[str]()
    for each, is_bad in zip(classes, bad, strict=True):
        counts[each] += 1
        bads[each] += is_bad
    return {each: Share(counts[each], bads[each]) for each in sorted(counts)}


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(_STEP)
