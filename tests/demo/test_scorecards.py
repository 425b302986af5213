"""Training of scorecards: monotone bins, the same card from the same data, and documents that say what they hold."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.scorecards import training
from demo.scorecards.binning import groups, weights
from demo.scorecards.regression import Kind, fitted
from demo.scorecards.samples import Sample
from demo.scorecards.specification import CARDS, AttributeSpec, CardSpec
from loans.decision import scorecard_documents, scorecards
from loans.decision.catalogue import CATALOGUE, NUMBERS
from loans.decision.scoring import faults

ROOT = Path(scorecards.__file__).parents[2]
DOCUMENTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "loans" / "decision" / "scorecards").glob("*.json"))
}


@given(
    pairs=st.lists(st.tuples(st.floats(-100, 100), st.booleans()), min_size=1, max_size=120),
    more_is_better=st.booleans(),
)
def test_bins_cover_everything_and_go_one_way(pairs: list[tuple[float, bool]], more_is_better: bool) -> None:
    values, bad = [value for value, _ in pairs], [is_bad for _, is_bad in pairs]
    found = groups(values, bad, grid=range(-90, 100, 10), more_is_better=more_is_better)
    assert sum(each.count for each in found) == len(pairs)
    assert (found[0].lower, found[-1].upper) == (float("-inf"), float("inf"))
    assert all(one.upper == other.lower for one, other in pairwise(found))
    rates = [each.bad_rate for each in found]
    assert rates == sorted(rates, reverse=more_is_better)
    assert len(found) <= 5


def test_the_regression_finds_the_odds_of_two_kinds() -> None:
    """One kind has odds of 3 good ones to a bad one, the other of 1 to 1: nothing is left to estimate."""
    beta = fitted([Kind((1.0,), goods=30, bads=10), Kind((0.0,), goods=20, bads=20)])
    assert beta == pytest.approx([0.0, 1.0986], abs=1e-3)


def made_up(seed: int = 7) -> list[Sample]:
    """The more overdue months the worse; the limit tells nothing."""
    draw = random.Random(seed)
    found = []
    for number in range(2_000):
        months = draw.choice([0, 0, 0, 1, 2, 3])
        facts = {"bureau_overdue_months": float(months), "card_limit": float(draw.randrange(1_000, 100_000))}
        found.append(Sample(str(number), facts, draw.random() < 0.05 + 0.15 * months))
    return found


SPEC = CardSpec(
    code="MADE_UP",
    name="示例",
    version=1,
    role="CHALLENGER",
    trained_on="nothing real",
    read=lambda folder: iter(made_up()),
    attributes=[
        AttributeSpec(
            fact="bureau_overdue_months",
            more_is_better=False,
            grid=(1, 2, 3),
            words="逾期{range}",
            missing="无",
            unit="个月",
        ),
        AttributeSpec(
            fact="card_limit",
            more_is_better=True,
            grid=(20_000, 50_000, 80_000),
            words="额度{range}",
            missing="无",
            unit="元",
        ),
    ],
)


def test_the_same_data_give_the_same_sound_card() -> None:
    one, other = training.train(SPEC, made_up()), training.train(SPEC, made_up())
    assert one == other
    assert faults(scorecard_documents.card_of(one)) == []
    assert float(one["figures"]["held_out"]["gini"]) > 0.3
    months = next(each for each in one["attributes"] if each["fact"] == "bureau_overdue_months")
    assert [each["text"] for each in months["bins"]] == ["逾期0个月", "逾期1个月", "逾期2个月", "逾期3个月以上"]
    points = [each["points"] for each in months["bins"]]
    assert points == sorted(points, reverse=True)
    assert points[-1] == 0


def test_what_tells_nothing_beside_the_rest_is_dropped_and_named() -> None:
    backwards = [Sample(each.key, each.facts | {"card_limit": 50_000.0}, each.is_bad) for each in made_up()]
    document = training.train(SPEC, backwards)
    assert document["figures"]["dropped"] == ["card_limit"]


def test_weights_fall_where_bad_ones_are_many() -> None:
    found = groups([0, 0, 1, 1, 2, 2] * 20, [False] * 3 * 20 + [True] * 3 * 20, grid=(1, 2), more_is_better=False)
    assert weights(found) == sorted(weights(found), reverse=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_shipped_documents_are_those_of_the_specification(name: str) -> None:
    """What is shipped scores only numbers that the bank has, and nothing of sex, family or nationality."""
    document, spec = DOCUMENTS[name], CARDS[name]
    assert (document["code"], document["role"], document["trained_on"]) == (spec.code, spec.role, spec.trained_on)
    told = {each["fact"] for each in document["attributes"]}
    assert told | set(document["figures"]["dropped"]) == {each.fact for each in spec.attributes}
    assert all(CATALOGUE[fact].kind in NUMBERS for fact in told)
    assert not told & {"age", "occupation", "customer_kind"}


@pytest.mark.parametrize("name,figures", [("champion", "held_out"), ("challenger", "cross_validated")])
def test_the_page_on_scorecards_says_what_the_documents_hold(name: str, figures: str) -> None:
    page = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")
    found: dict[str, Any] = DOCUMENTS[name]["figures"][figures]
    for figure in (found["auc"], found["gini"], found["ks"]):
        assert figure in page
    for attribute in DOCUMENTS[name]["attributes"]:
        assert f"`{attribute['fact']}`" in page
