"""From samples to the document of a scorecard: bins, regression, points, bands, and how well it does."""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from demo.scorecards.binning import Group, groups, information, weights
from demo.scorecards.regression import Kind, fitted
from demo.scorecards.samples import Sample
from demo.scorecards.specification import AttributeSpec, CardSpec
from loans.decision import measures, scorecard_documents
from loans.decision.scoring import Card, Score, score

#: 600 points are odds of 20 good ones to a bad one; 50 more double them.
POINTS_AT, ODDS_AT, DOUBLING = 600, 20, 50
_FACTOR = DOUBLING / math.log(2)
_OFFSET = POINTS_AT - _FACTOR * math.log(ODDS_AT)
#: Bands from the worst: each begins where so large a share of the training sample has fewer points.
_BANDS = (
    ("E", "高风险", 0.0),
    ("D", "较高风险", 0.10),
    ("C", "中等风险", 0.30),
    ("B", "较低风险", 0.55),
    ("A", "低风险", 0.80),
)
_HELD_OUT = 3  # of ten


@dataclass(frozen=True)
class Fitted:
    """Bins and coefficients; `dropped` are attributes that told nothing beside the others."""

    attributes: tuple[tuple[AttributeSpec, list[Group], list[float]], ...]
    beta: tuple[float, ...]
    dropped: tuple[str, ...]


# --- Fitting -------------------------------------------------------------------------------------
def fit(spec: CardSpec, sample: Sequence[Sample]) -> Fitted:
    """Bin and regress; an attribute whose coefficient is not positive would turn its own bins round and is dropped."""
    binned = [(each, _groups(each, sample)) for each in spec.attributes]
    kept = [(each, found, weights(found)) for each, found in binned if len(found) > 1]
    dropped = [each.fact for each, found in binned if len(found) < 2]
    while True:
        beta = fitted(_kinds(kept, sample))
        wrong = min(range(len(kept)), key=lambda index: beta[index + 1])
        if beta[wrong + 1] > 0:
            return Fitted(tuple(kept), tuple(beta), tuple(dropped))
        dropped.append(kept.pop(wrong)[0].fact)


def _groups(spec: AttributeSpec, sample: Sequence[Sample]) -> list[Group]:
    values = [each.facts[spec.fact] for each in sample]
    bad = [each.is_bad for each in sample]
    return groups(values, bad, grid=spec.grid, more_is_better=spec.more_is_better)


def _kinds(kept: Sequence[tuple[AttributeSpec, list[Group], list[float]]], sample: Sequence[Sample]) -> list[Kind]:
    counts: Counter[tuple[tuple[float, ...], bool]] = Counter()
    for each in sample:
        told = tuple(found[_place(groups_, each.facts[spec.fact])] for spec, groups_, found in kept)
        counts[told, each.is_bad] += 1
    return [Kind(told, counts[told, False], counts[told, True]) for told in sorted({told for told, _ in counts})]


def _place(found: Sequence[Group], value: float) -> int:
    return next(index for index, each in enumerate(found) if each.lower <= value < each.upper)


# --- The document --------------------------------------------------------------------------------
def train(spec: CardSpec, sample: Sequence[Sample]) -> dict[str, Any]:
    """The card trained on the sample, as the bank loads it, with its figures."""
    learnt = sample if spec.folds else [each for each in sample if not is_held_out(each)]
    model = fit(spec, learnt)
    document = _document(spec, model, learnt)
    card = scorecard_documents.card_of(document)
    document["bands"] = _bands(card, learnt)
    card = scorecard_documents.card_of(document)
    document["figures"] = _figures(spec, card, model, sample)
    return document


def is_held_out(sample: Sample) -> bool:
    """Three in ten, always the same."""
    return int(hashlib.sha256(sample.key.encode()).hexdigest(), 16) % 10 < _HELD_OUT


def _document(spec: CardSpec, model: Fitted, learnt: Sequence[Sample]) -> dict[str, Any]:
    lowest = [min(found) for _, _, found in model.attributes]
    base = _OFFSET + _FACTOR * (model.beta[0] + sum(b * low for b, low in zip(model.beta[1:], lowest, strict=True)))
    return {
        "code": spec.code,
        "name": spec.name,
        "version": spec.version,
        "role": spec.role,
        "trained_on": spec.trained_on,
        "base": round(base),
        "attributes": [
            _attribute(each, found, [_FACTOR * beta * (weight - low) for weight in told], learnt)
            for (each, found, told), beta, low in zip(model.attributes, model.beta[1:], lowest, strict=True)
        ],
        "bands": [{"code": "E", "label": "", "lowest": 0, "meaning": ""}, {"code": "A", "label": "", "lowest": 1}],
    }


def _attribute(
    spec: AttributeSpec, found: list[Group], points: list[float], learnt: Sequence[Sample]
) -> dict[str, Any]:
    total = sum(each.count for each in found)
    average = sum(each.count * worth for each, worth in zip(found, points, strict=True)) / total
    return {
        "fact": spec.fact,
        "more_is_better": spec.more_is_better,
        "improvement": spec.improvement,
        "information": round(information(found), 4),
        "missing": {"points": round(average), "text": spec.missing},
        "bins": [
            {
                "lower": _edge(each.lower),
                "upper": _edge(each.upper),
                "points": round(worth),
                "text": spec.words.format(range=_range(each, spec.unit)),
                "share": round(each.count / len(learnt), 4),
                "bad_rate": round(each.bad_rate, 4),
            }
            for each, worth in zip(found, points, strict=True)
        ],
    }


def _edge(edge: float) -> str | None:
    return None if math.isinf(edge) else f"{edge:g}" if edge < 1e6 else str(int(edge))


def _range(group: Group, unit: str) -> str:
    lower, upper = group.lower, group.upper
    whole = unit in {"个月", "个"}
    if whole and math.isinf(lower):
        return f"0{unit}" if upper <= 1 else f"不超过{upper - 1:g}{unit}"
    if whole and not math.isinf(upper):
        return f"{lower:g}{unit}" if upper - lower == 1 else f"{lower:g}至{upper - 1:g}{unit}"
    if math.isinf(lower):
        return f"不足{upper:,.0f}{unit}"
    return f"{lower:,.0f}{unit}以上" if math.isinf(upper) else f"{lower:,.0f}至{upper:,.0f}{unit}"


def _bands(card: Card, learnt: Sequence[Sample]) -> list[dict[str, Any]]:
    """Bands begin at shares of the training sample; one that would begin with another is left out."""
    ordered = sorted(scored(card, each).points for each in learnt)
    begins = [(code, label, ordered[int(share * len(ordered))] if share else 0) for code, label, share in _BANDS]
    apart = [begins[0], *(other for one, other in pairwise(begins) if other[2] > max(one[2], 0))]
    shares = _observed(card_with(card, apart), learnt)
    kept = [(code, label, lowest) for code, label, lowest in apart if code in shares]
    kept[0] = (*kept[0][:2], 0)
    return [
        {
            "code": code,
            "label": label,
            "lowest": lowest,
            "meaning": f"训练样本中该等级{shares[code].bad_rate * 100:.1f}%变坏",
        }
        for code, label, lowest in kept
    ]


def card_with(card: Card, bands: Sequence[tuple[str, str, int]]) -> Card:
    """The card with these bands."""
    made = [{"code": code, "label": label, "lowest": lowest, "meaning": ""} for code, label, lowest in bands]
    return Card(card.base, card.attributes, scorecard_documents.bands_of(made))


def scored(card: Card, sample: Sample) -> Score:
    """The sample by the card, as the bank would reckon it."""
    return score(card, lambda fact: Decimal(str(round(sample.facts[fact], 2))))


# --- How well it does ----------------------------------------------------------------------------
def _figures(spec: CardSpec, card: Card, model: Fitted, sample: Sequence[Sample]) -> dict[str, Any]:
    parts = {"trained": [each for each in sample if spec.folds or not is_held_out(each)]}
    if not spec.folds:
        parts["held_out"] = [each for each in sample if is_held_out(each)]
    bands = {name: _observed(card, part) for name, part in parts.items()}
    found: dict[str, Any] = {name: _separation(card, part) for name, part in parts.items()}
    if spec.folds:
        found["cross_validated"] = _cross_validated(spec, sample)
    else:
        counts = {name: {code: each.count for code, each in part.items()} for name, part in bands.items()}
        found["stability"] = str(measures.stability(counts["trained"], counts["held_out"]))
    found["dropped"] = list(model.dropped)
    found["bands"] = {
        name: {code: {"count": each.count, "bad_rate": str(each.bad_rate)} for code, each in part.items()}
        for name, part in bands.items()
    }
    found["calibration"] = _calibration(card, parts.get("held_out", parts["trained"]))
    return found


def _observed(card: Card, part: Sequence[Sample]) -> dict[str, measures.Share]:
    return measures.by_class([scored(card, each).band.code for each in part], [each.is_bad for each in part])


def _separation(card: Card, part: Sequence[Sample]) -> dict[str, Any]:
    return _as_document(
        measures.separation([scored(card, each).points for each in part], [each.is_bad for each in part])
    )


def _as_document(found: measures.Separation | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "goods": found.goods,
        "bads": found.bads,
        "auc": str(found.auc),
        "gini": str(found.gini),
        "ks": str(found.ks),
    }


def _cross_validated(spec: CardSpec, sample: Sequence[Sample]) -> dict[str, Any]:
    """Each tenth is scored by a card that has not seen it."""
    points, bad = [], []
    for fold in range(spec.folds):
        seen = [each for each in sample if _fold(each, spec.folds) != fold]
        model = fit(spec, seen)
        card = scorecard_documents.card_of(_document(spec, model, seen))
        for each in sample:
            if _fold(each, spec.folds) == fold:
                points.append(scored(card, each).points)
                bad.append(each.is_bad)
    return _as_document(measures.separation(points, bad))


def _fold(sample: Sample, folds: int) -> int:
    return int(hashlib.sha256(sample.key.encode()).hexdigest(), 16) % folds


def _calibration(card: Card, part: Sequence[Sample]) -> dict[str, dict[str, str]]:
    """Of each band the rate of bad ones that the points mean, beside the one that was seen."""
    expected: dict[str, list[float]] = {}
    for each in part:
        found = scored(card, each)
        odds = ODDS_AT * 2 ** ((found.points - POINTS_AT) / DOUBLING)
        expected.setdefault(found.band.code, []).append(1 / (1 + odds))
    seen = _observed(card, part)
    return {
        code: {"expected": f"{sum(rates) / len(rates):.4f}", "observed": str(seen[code].bad_rate)}
        for code, rates in sorted(expected.items())
    }
