"""Ranks: standard competition ranking over the people in scope, equals in a documented order, distances right."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organization.models import Branch, Staff
from organization.people import leave
from organization.roles import Role
from performance import ledger, ranking
from performance.metrics import UnknownMetric
from performance.ranking import RankingScope
from tests.performance.builders import disburses, entry, on
from tests.world import Bank, hire

DAY = date(2026, 6, 10)


def table(within: Branch, period: str = "MONTH", day: date = DAY) -> list[tuple[int, int, str, Decimal]]:
    places = ranking.board(metric="LOAN_DISBURSED", period=period, on=day, within=within)
    return [(place.rank, place.tied, place.name, place.value) for place in places]


def test_equals_share_a_rank_and_the_next_is_left_out(bank: Bank) -> None:
    disburses(bank.rm, 300, **on(2026, 6, 1))
    disburses(bank.other_rm, 200, **on(2026, 6, 3))
    disburses(bank.co_rm, 200, **on(2026, 6, 2))
    assert table(bank.city) == [
        (1, 1, "王小明", Decimal(300)),
        (2, 2, "李小红", Decimal(200)),
        (2, 2, "张伟", Decimal(200)),
        (4, 1, "陈陌", Decimal(0)),
    ]


def test_among_equals_who_was_there_earlier_stands_first_then_the_lower_number(bank: Bank) -> None:
    disburses(bank.other_rm, 100, **on(2026, 6, 2))
    disburses(bank.rm, 100, **on(2026, 6, 2))
    disburses(bank.co_rm, 60, **on(2026, 6, 1))
    disburses(bank.co_rm, 40, **on(2026, 6, 3))
    assert [name for _, _, name, _ in table(bank.east)] == ["王小明", "张伟", "李小红"]


def test_a_loss_ranks_below_nothing(bank: Bank) -> None:
    ledger.post([entry(bank.rm, -5, metric="DEPOSIT_NET_INCREASE", **on(2026, 6, 1))])
    places = ranking.board(metric="DEPOSIT_NET_INCREASE", period="MONTH", on=DAY, within=bank.east)
    assert [(place.rank, place.name) for place in places] == [(1, "李小红"), (1, "张伟"), (3, "王小明")]


def test_each_period_has_its_own_table(bank: Bank) -> None:
    disburses(bank.rm, 1, **on(2026, 6, 10))
    disburses(bank.rm, 2, **on(2026, 6, 9))
    disburses(bank.rm, 4, **on(2026, 5, 9))
    disburses(bank.rm, 8, **on(2026, 1, 9))
    values = [table(bank.east, period)[0][3] for period in ("DAY", "MONTH", "QUARTER", "YEAR")]
    assert values == [1, 3, 7, 15]
    assert table(bank.east, "MONTH", date(2026, 7, 1))[0][3] == 0


def test_only_active_relationship_managers_within_the_scope_are_ranked(bank: Bank) -> None:
    hire(bank.east, Staff.Position.TEAM_LEAD, Role.TEAM_LEAD, name="队长")
    leave(bank.co_rm, by=None)
    assert {name for _, _, name, _ in table(bank.east)} == {"王小明", "张伟"}
    assert {name for _, _, name, _ in table(bank.west)} == {"陈陌"}
    assert {name for _, _, name, _ in table(bank.head)} == {"王小明", "张伟", "陈陌"}
    assert ranking.counted(bank.head) == 3


def test_who_has_moved_is_ranked_where_he_is_now_with_all_he_brought(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 6, 1))
    bank.rm.branch = bank.west
    bank.rm.save()
    disburses(bank.rm, 10, **on(2026, 6, 2))
    assert table(bank.west)[0] == (1, 1, "王小明", Decimal(110))
    assert "王小明" not in {name for _, _, name, _ in table(bank.east)}


def test_a_page_of_the_table(bank: Bank) -> None:
    disburses(bank.rm, 3, **on(2026, 6, 1))
    disburses(bank.stranger, 2, **on(2026, 6, 1))
    page = ranking.board(metric="LOAN_DISBURSED", period="MONTH", on=DAY, within=bank.head, limit=1, skip=1)
    assert [(place.rank, place.name) for place in page] == [(2, "陈陌")]


def test_a_fault_of_the_caller_is_told(bank: Bank) -> None:
    with pytest.raises(UnknownMetric):
        ranking.board(metric="LUCK", period="MONTH", on=DAY, within=bank.head)
    with pytest.raises(ValueError, match="WEEK"):
        ranking.board(metric="LOAN_COUNT", period="WEEK", on=DAY, within=bank.head)


# --- Standing ------------------------------------------------------------------------------------------
def standing(staff: Staff, within: Branch) -> ranking.Standing:
    found = ranking.standing(staff, metric="LOAN_DISBURSED", period="MONTH", on=DAY, within=within)
    assert found is not None
    return found


def test_a_standing_tells_the_distance_to_both_sides(bank: Bank) -> None:
    disburses(bank.rm, 300, **on(2026, 6, 1))
    disburses(bank.other_rm, 300, **on(2026, 6, 1))
    disburses(bank.co_rm, "199.50", **on(2026, 6, 1))
    own = standing(bank.co_rm, bank.city)
    assert (own.place.rank, own.place.tied, own.counted) == (3, 1, 4)
    assert own.ahead == ranking.Neighbour(rank=1, tied=2, value=Decimal(300), distance=Decimal("100.50"))
    assert own.behind == ranking.Neighbour(rank=4, tied=1, value=Decimal(0), distance=Decimal("199.50"))


def test_nobody_is_ahead_of_the_first_nor_behind_the_last(bank: Bank) -> None:
    assert (standing(bank.rm, bank.city).ahead, standing(bank.rm, bank.city).behind) == (None, None)
    disburses(bank.rm, 1, **on(2026, 6, 1))
    assert standing(bank.rm, bank.city).ahead is None
    assert standing(bank.stranger, bank.city).behind is None


def test_who_is_not_ranked_has_no_standing(bank: Bank) -> None:
    asked = {"metric": "LOAN_DISBURSED", "period": "MONTH", "on": DAY}
    assert ranking.standing(bank.manager, within=bank.head, **asked) is None  # type: ignore[arg-type]  # mixed values
    assert ranking.standing(bank.rm, within=bank.west, **asked) is None  # type: ignore[arg-type]  # mixed values


def test_the_unit_one_is_ranked_in(bank: Bank) -> None:
    units = [ranking.unit_of(bank.rm, scope) for scope in RankingScope]
    assert units == [bank.east, bank.city, bank.head]
    bank.rm.branch = bank.head
    assert ranking.unit_of(bank.rm, RankingScope.BRANCH) == bank.head


# --- Against the definition ----------------------------------------------------------------------------
@pytest.fixture
def crowd(bank: Bank) -> list[Staff]:
    """Nine RMs in two sub-branches."""
    hired = [
        hire(branch, Staff.Position.RM, Role.RM) for branch in (bank.east, bank.west, bank.west, bank.east, bank.west)
    ]
    return [bank.rm, bank.co_rm, bank.other_rm, bank.stranger, *hired]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 3)), min_size=9, max_size=9))
def test_ranks_obey_the_definition(
    bank: Bank,
    crowd: list[Staff],
    rolled_back: Callable[[], AbstractContextManager[None]],
    results: list[tuple[int, int]],
) -> None:
    """A plain ranking in Python: one more than the number of people with a better value."""
    first = on(2026, 6, 1)["occurred_at"]
    reached = {}
    with rolled_back():
        for staff, (value, hours) in zip(crowd, results, strict=True):
            if value:
                reached[staff.pk] = first + timedelta(hours=hours)
                ledger.post([entry(staff, value, business_date=DAY, occurred_at=reached[staff.pk])])
        places = ranking.board(metric="LOAN_DISBURSED", period="MONTH", on=DAY, within=bank.city)
        standings = {staff.pk: standing(staff, bank.city) for staff in crowd}
    values = {staff.pk: Decimal(value) for staff, (value, _) in zip(crowd, results, strict=True)}
    numbers = {staff.pk: staff.employee_no for staff in crowd}
    never = first + timedelta(days=999)
    order = sorted(values, key=lambda pk: (-values[pk], reached.get(pk, never), numbers[pk]))
    assert [place.staff_id for place in places] == order
    for place in places:
        others = [value for pk, value in values.items() if pk != place.staff_id]
        better, worse = [v for v in others if v > place.value], [v for v in others if v < place.value]
        assert place.rank == 1 + len(better)
        assert place.tied == 1 + len(others) - len(better) - len(worse)
        own = standings[place.staff_id]
        assert own.place == place
        assert own.counted == len(crowd)
        assert (own.ahead.distance if own.ahead else None) == (min(better) - place.value if better else None)
        assert (own.behind.distance if own.behind else None) == (place.value - max(worse) if worse else None)
