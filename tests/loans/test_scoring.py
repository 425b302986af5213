"""A score is arithmetic with reasons: a better value never costs points, any facts have a score, and why is said."""

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.decision import measures, scorecard_documents
from loans.decision.scoring import Attribute, Band, Bin, Card, faults, score

SHIPPED = sorted((Path(scorecard_documents.__file__).parent / "scorecards").glob("*.json"))
CARDS = {path.stem: scorecard_documents.card_of(json.loads(path.read_text(encoding="utf-8"))) for path in SHIPPED}

values = st.one_of(st.none(), st.decimals(-(10**7), 10**7, places=2, allow_nan=False))


def facts_of(card: Card) -> st.SearchStrategy[dict[str, Decimal | None]]:
    return st.fixed_dictionaries({each.fact: values for each in card.attributes})


@pytest.mark.parametrize("name", CARDS)
def test_the_shipped_cards_are_sound(name: str) -> None:
    assert faults(CARDS[name]) == []


@pytest.mark.parametrize("name", CARDS)
@given(data=st.data())
def test_every_score_has_points_a_band_and_reasons(name: str, data: Any) -> None:
    card = CARDS[name]
    found = score(card, data.draw(facts_of(card)).__getitem__)
    assert card.base <= found.points <= card.most
    assert found.points == card.base + sum(each.found.points for each in found.contributions)
    assert found.band in card.bands
    assert [each.attribute.fact for each in found.contributions] != []
    assert all(each.found.text for each in found.contributions)
    assert all(one.lost >= other.lost for one, other in pairwise(found.contributions))


@pytest.mark.parametrize("name", CARDS)
@given(data=st.data())
def test_a_better_value_never_costs_points_nor_the_band(name: str, data: Any) -> None:
    """Monotone in each attribute, whatever the others are."""
    card = CARDS[name]
    facts = data.draw(facts_of(card))
    attribute = data.draw(st.sampled_from(card.attributes))
    one, other = sorted(data.draw(st.tuples(*[st.decimals(-(10**6), 10**6, places=2, allow_nan=False)] * 2)))
    worse, better = (one, other) if attribute.more_is_better else (other, one)
    low = score(card, (facts | {attribute.fact: worse}).__getitem__)
    high = score(card, (facts | {attribute.fact: better}).__getitem__)
    assert low.points <= high.points
    assert low.band.lowest <= high.band.lowest


@pytest.mark.parametrize("name", CARDS)
@given(data=st.data())
def test_what_would_change_it_does_change_it(name: str, data: Any) -> None:
    """Each improvement is reached by its bin's own edge and brings exactly what it says."""
    card = CARDS[name]
    facts = data.draw(facts_of(card))
    before = score(card, facts.__getitem__)
    for each in before.improvements:
        edge = each.reach.lower if each.attribute.more_is_better else each.reach.upper
        assert edge is not None
        reached = edge if each.attribute.more_is_better else edge - Decimal("0.01")
        after = score(card, (facts | {each.attribute.fact: reached}).__getitem__)
        assert after.points - before.points == each.gain > 0


def card(**changed: Any) -> Card:
    low, high = Bin(None, Decimal(1), 10, "少"), Bin(Decimal(1), None, 0, "多")
    said: dict[str, Any] = {
        "fact": "bureau_overdue_months",
        "more_is_better": False,
        "bins": (low, high),
        "missing": Bin(None, None, 5, "无"),
    }
    bands = (Band("B", "差", 0, ""), Band("A", "好", 305, ""))
    return Card(300, (Attribute(**(said | changed)),), changed.pop("bands", bands))


@pytest.mark.parametrize(
    "changed,fault",
    [
        ({"more_is_better": True}, "分值不单调"),
        ({"bins": (Bin(None, Decimal(1), 10, "少"), Bin(Decimal(2), None, 0, "多"))}, "分箱不连续"),
        ({"bins": (Bin(Decimal(0), None, 10, "少"),)}, "分箱未覆盖全部取值"),
        ({"bins": ()}, "分箱未覆盖全部取值"),
        ({"bins": (Bin(None, None, 10, ""),)}, "缺少说明"),
        ({"missing": Bin(None, None, 99, "无")}, "缺失值的分值超出范围"),
    ],
)
def test_an_unsound_card_says_why(changed: dict[str, Any], fault: str) -> None:
    assert any(fault in each for each in faults(card(**changed)))


def test_a_sound_card_scores_at_its_edges() -> None:
    def points(value: str | None) -> int:
        return score(card(), lambda fact: None if value is None else Decimal(value)).points

    assert [points(value) for value in ("0", "0.99", "1", "1.01", None)] == [310, 310, 300, 300, 305]
    assert score(card(), lambda fact: "three").points == 305, "what is no number counts as not known"


# --- Measures ------------------------------------------------------------------------------------
def test_the_measures_of_a_small_sample_by_hand() -> None:
    """Bad at 1, 2; good at 2, 3: of four pairs three and a half are in order; at 1 half the bad lie below, no good."""
    found = measures.separation([1, 2, 2, 3], [True, True, False, False])
    assert found is not None
    assert (found.auc, found.gini, found.ks) == (Decimal("0.875"), Decimal("0.75"), Decimal("0.5"))
    assert measures.separation([1, 2], [False, False]) is None


@given(
    pairs=st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=2, max_size=30).filter(
        lambda pairs: len({bad for _, bad in pairs}) == 2
    )
)
def test_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[int, bool]]) -> None:
    goods = [points for points, bad in pairs if not bad]
    bads = [points for points, bad in pairs if bad]
    won = sum(2 if good > wrong else good == wrong for good in goods for wrong in bads)
    found = measures.separation([points for points, _ in pairs], [bad for _, bad in pairs])
    assert found is not None
    assert abs(found.auc - Decimal(won) / (2 * len(goods) * len(bads))) <= Decimal("0.0001")


@given(counts=st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 1000), min_size=1))
def test_a_population_is_stable_against_itself_and_never_below_zero(counts: dict[str, int]) -> None:
    assert measures.stability(counts, counts) == 0
    assert measures.stability(counts, {"A": 1}) >= 0
