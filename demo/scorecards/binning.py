"""Monotone bins: edges from a grid that people can read, neighbours merged until the rate of bad ones goes one way.

Pooling adjacent violators; then too small bins, and those whose border tells least, are merged as well.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEAST_SHARE = 0.05
_MOST_BINS = 5
_HALF = 0.5
"""Added to both counts, so that a bin without bad ones has a finite weight."""


@dataclass(frozen=True)
class Group:
    """Values from `lower` (included) to `upper` (not included) with what became of them."""

    lower: float
    upper: float
    goods: int
    bads: int

    @property
    def count(self) -> int:
        return self.goods + self.bads

    @property
    def bad_rate(self) -> float:
        return self.bads / self.count if self.count else 0.0

    def joined(self, other: "Group") -> "Group":
        return Group(self.lower, other.upper, self.goods + other.goods, self.bads + other.bads)


def groups(values: Sequence[float], bad: Sequence[bool], *, grid: Sequence[float], more_is_better: bool) -> list[Group]:
    """The bins of one attribute, in order of value; bad rates fall (or rise) all the way."""
    found = [each for each in _counted(values, bad, grid) if each.count] or []
    found = _contiguous(found)
    found = _one_way(found, more_is_better=more_is_better)
    least = max(1, int(_LEAST_SHARE * len(values)))
    while len(found) > 1 and min(each.count for each in found) < least:
        found = _without_smallest(found)
    while len(found) > _MOST_BINS:
        found = _merged(found, _least_telling(found))
    return found


def _counted(values: Sequence[float], bad: Sequence[bool], grid: Sequence[float]) -> list[Group]:
    edges = [-math.inf, *sorted(grid), math.inf]
    counts = {lower: [0, 0] for lower in edges[:-1]}
    for value, is_bad in zip(values, bad, strict=True):
        lower = max(edge for edge in edges[:-1] if edge <= value)
        counts[lower][is_bad] += 1
    return [Group(lower, upper, *counts[lower]) for lower, upper in pairwise(edges)]


def _contiguous(found: list[Group]) -> list[Group]:
    """Empty stretches belong to the bin before them; the ends are open."""
    edges = [-math.inf, *(each.lower for each in found[1:]), math.inf]
    return [
        Group(lower, upper, each.goods, each.bads)
        for lower, upper, each in zip(edges[:-1], edges[1:], found, strict=True)
    ]


def _one_way(found: list[Group], *, more_is_better: bool) -> list[Group]:
    pooled: list[Group] = []
    for each in found:
        pooled.append(each)
        while len(pooled) > 1 and _violates(pooled[-2], pooled[-1], more_is_better=more_is_better):
            pooled[-2:] = [pooled[-2].joined(pooled[-1])]
    return pooled


def _violates(one: Group, other: Group, *, more_is_better: bool) -> bool:
    return one.bad_rate <= other.bad_rate if more_is_better else one.bad_rate >= other.bad_rate


def _without_smallest(found: list[Group]) -> list[Group]:
    """The smallest joins the neighbour whose bad rate is nearer."""
    place = min(range(len(found)), key=lambda index: found[index].count)
    sides = [index for index in (place - 1, place) if 0 <= index < len(found) - 1]
    return _merged(found, min(sides, key=lambda index: abs(found[index].bad_rate - found[index + 1].bad_rate)))


def _least_telling(found: list[Group]) -> int:
    borders = range(len(found) - 1)
    return min(borders, key=lambda index: abs(found[index].bad_rate - found[index + 1].bad_rate))


def _merged(found: list[Group], border: int) -> list[Group]:
    return [*found[:border], found[border].joined(found[border + 1]), *found[border + 2 :]]


def weights(found: Sequence[Group]) -> list[float]:
    """Weight of evidence of each bin: the logarithm of its share of good ones over its share of bad ones."""
    goods, bads = sum(each.goods for each in found), sum(each.bads for each in found)
    return [math.log((each.goods + _HALF) / goods) - math.log((each.bads + _HALF) / bads) for each in found]


def information(found: Sequence[Group]) -> float:
    """Information value: below 0.02 the attribute tells nothing, above 0.3 much."""
    goods, bads = sum(each.goods for each in found), sum(each.bads for each in found)
    return sum(
        (each.goods / goods - each.bads / bads) * weight for each, weight in zip(found, weights(found), strict=True)
    )
