"""Scorecards as arithmetic: so many points for each attribute, and which of them told most.

Free of the database. A card is sound when each attribute's bins cover every value once and its points go one way
only; then any facts have a score, and a better value never costs points. A score explains, it never decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

Look: TypeAlias = Callable[[str], object]


@dataclass(frozen=True)
class Bin:
    """Values from `lower` (included) to `upper` (not included); None is without end. `text` says what it means."""

    lower: Decimal | None
    upper: Decimal | None
    points: int
    text: str

    def holds(self, value: Decimal) -> bool:
        return (self.lower is None or value >= self.lower) and (self.upper is None or value < self.upper)


@dataclass(frozen=True)
class Attribute:
    """One fact and what it is worth. `more_is_better` is the direction in which points may grow; `missing` is what is
    given where the fact is not known; `improvement` says what the customer could do, empty where nothing."""

    fact: str
    more_is_better: bool
    bins: tuple[Bin, ...]
    missing: Bin
    improvement: str = ""

    @property
    def most(self) -> int:
        """The points of its best bin."""
        return max(each.points for each in self.bins)

    def bin_of(self, value: Decimal | None) -> Bin:
        if value is None:
            return self.missing
        return next(each for each in self.bins if each.holds(value))


@dataclass(frozen=True)
class Band:
    """Scores from `lowest` points up to the next band."""

    code: str
    label: str
    lowest: int
    meaning: str


@dataclass(frozen=True)
class Card:
    """A scorecard: base points, attributes, bands from the worst to the best."""

    base: int
    attributes: tuple[Attribute, ...]
    bands: tuple[Band, ...]

    @property
    def most(self) -> int:
        """What the best customer would have."""
        return self.base + sum(each.most for each in self.attributes)


@dataclass(frozen=True)
class Contribution:
    """What one attribute brought, and what its best bin would have brought."""

    attribute: Attribute
    value: Decimal | None
    found: Bin

    @property
    def lost(self) -> int:
        return self.attribute.most - self.found.points


@dataclass(frozen=True)
class Improvement:
    """A better bin within reach, and what it would bring."""

    attribute: Attribute
    reach: Bin
    gain: int


@dataclass(frozen=True)
class Score:
    """Points, band, and why: contributions with what cost most first."""

    points: int
    band: Band
    contributions: tuple[Contribution, ...]
    improvements: tuple[Improvement, ...]


def score(card: Card, look: Look) -> Score:
    """The score of these facts; a fact that is no number counts as not known."""
    found = [_contribution(each, look(each.fact)) for each in card.attributes]
    points = card.base + sum(each.found.points for each in found)
    ranked = tuple(sorted(found, key=lambda each: (-each.lost, each.attribute.fact)))
    return Score(points, band_of(card, points), ranked, tuple(_improvements(ranked)))


def _contribution(attribute: Attribute, said: object) -> Contribution:
    value = said if isinstance(said, Decimal) else None
    return Contribution(attribute, value, attribute.bin_of(value))


def band_of(card: Card, points: int) -> Band:
    """The best band whose lowest score is reached; below all of them the worst."""
    reached = [each for each in card.bands if points >= each.lowest]
    return max(reached, key=lambda each: each.lowest) if reached else min(card.bands, key=lambda each: each.lowest)


def _improvements(ranked: Sequence[Contribution]) -> Iterator[Improvement]:
    """For what the customer can change: the nearest bin that is worth more. What is not known cannot be bettered."""
    for each in ranked:
        if not each.attribute.improvement or each.value is None:
            continue
        ordered = each.attribute.bins if each.attribute.more_is_better else each.attribute.bins[::-1]
        beyond = ordered[ordered.index(each.found) + 1 :]
        reach = next((bin_ for bin_ in beyond if bin_.points > each.found.points), None)
        if reach is not None:
            yield Improvement(each.attribute, reach, reach.points - each.found.points)


# --- Soundness -----------------------------------------------------------------------------------
def faults(card: Card) -> list[str]:
    """Why the card must not be used, in Chinese; empty where it is sound."""
    found = [f"{each.fact}：{fault}" for each in card.attributes for fault in _attribute_faults(each)]
    if not card.attributes:
        found.append("没有评分项")
    if len({each.fact for each in card.attributes}) != len(card.attributes):
        found.append("同一评分项重复")
    if len(card.bands) < 2 or len({each.lowest for each in card.bands}) != len(card.bands):
        found.append("评分等级不足两级或下限重复")
    return found


def _attribute_faults(attribute: Attribute) -> Iterator[str]:
    bins = attribute.bins
    if not bins or bins[0].lower is not None or bins[-1].upper is not None:
        yield "分箱未覆盖全部取值"
        return
    if any(one.upper is None or one.upper != other.lower for one, other in pairwise(bins)):
        yield "分箱不连续"
    if any(each.lower is not None and each.upper is not None and each.lower >= each.upper for each in bins):
        yield "分箱上下限颠倒"
    steps = [other.points - one.points for one, other in pairwise(bins)]
    if any(step < 0 if attribute.more_is_better else step > 0 for step in steps):
        yield "分值不单调"
    if not all(each.text for each in (*bins, attribute.missing)):
        yield "缺少说明"
    if not min(each.points for each in bins) <= attribute.missing.points <= attribute.most:
        yield "缺失值的分值超出范围"
