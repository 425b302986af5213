"""Telling of the ranking: boards at once, people of their own moves, and not too often."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock, parameters
from aladdin.parameters import Parameter
from notifications.models import BoardEvent, Notice
from organization.models import Branch, Staff
from organization.roles import Role
from performance import ledger
from performance.announce import Present, announce, move_of
from performance.jobs import announce_held_back
from performance.models import LastRank, LedgerEntry
from tests.performance.builders import disburses, entry
from tests.world import Bank, hire

METRIC = "LOAN_DISBURSED"


@dataclass
class Day:
    """A working day on which people bring loans and the worker runs after each."""

    run_jobs: Callable[[], int]
    now: datetime = field(default=datetime(2026, 6, 10, 9, 30, tzinfo=clock.SHANGHAI))

    def brings(self, staff: Staff, amount: int, *, minutes: int = 1) -> None:
        """`minutes` later the person's loan is disbursed."""
        self.now += timedelta(minutes=minutes)
        with clock.at(self.now):
            disburses(staff, amount)
            self.run_jobs()

    def passes(self, minutes: int) -> None:
        """Time passes, and the five-minute sweep runs at its end."""
        self.now += timedelta(minutes=minutes)
        with clock.at(self.now):
            announce_held_back()


@pytest.fixture
def day(run_jobs: Callable[[], int]) -> Day:
    return Day(run_jobs)


def told(staff: Staff) -> list[str]:
    """The ranking notices that the person has, oldest first."""
    mine = Notice.objects.visible_to(staff).filter(kind="ranking.changed")
    return [notice.body for notice in mine.order_by("sequence")]


def moved(where: str, before: int, now: int) -> str:
    return f"您的贷款投放本月排名在{where}由第{before}名变为第{now}名。"


def boards() -> list[str]:
    """The names of the branches whose boards were told, in order."""
    names = {f"branch:{branch.pk}": branch.name for branch in Branch.objects.all()}
    return [names[key] for key in BoardEvent.objects.order_by("id").values_list("stream__key", flat=True)]


# --- People --------------------------------------------------------------------------------------------
def test_who_overtakes_and_who_is_overtaken_are_told(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    day.brings(bank.other_rm, 50)
    day.brings(bank.co_rm, 200)
    assert told(bank.co_rm) == [moved("廊坊分行", 3, 1)]
    assert told(bank.rm) == [moved("廊坊分行", 1, 2)]
    assert told(bank.other_rm) == [moved("广阳支行", 2, 3)]


def test_who_has_brought_nothing_this_month_is_told_nothing(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    day.brings(bank.other_rm, 50)
    assert told(bank.co_rm) == told(bank.stranger) == []


def test_the_first_figures_of_a_month_are_nobodys_move(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    day.brings(bank.other_rm, 200)
    day.now = datetime(2026, 7, 1, 9, 0, tzinfo=clock.SHANGHAI)
    day.brings(bank.rm, 1)
    assert told(bank.rm) == [moved("廊坊分行", 1, 2)]


def test_a_transfer_is_no_move(bank: Bank, day: Day) -> None:
    day.brings(bank.stranger, 500)
    day.brings(bank.rm, 100)
    bank.rm.branch = bank.west
    bank.rm.save()
    day.passes(5)
    assert told(bank.rm) == []
    day.brings(bank.rm, 900)
    assert told(bank.rm) == [moved("廊坊分行", 2, 1)]


def test_one_is_told_once_in_a_quarter_of_an_hour_and_then_of_all_at_once(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 1000)
    for staff, amount in [(bank.other_rm, 100), (bank.co_rm, 90), (bank.co_rm, 20)]:
        day.brings(staff, amount)
    assert told(bank.other_rm) == [moved("广阳支行", 2, 3)]
    fourth = hire(bank.east, Staff.Position.RM, Role.RM)
    day.brings(fourth, 500)
    assert len(told(bank.other_rm)) == 1
    day.passes(10)
    assert len(told(bank.other_rm)) == 1
    day.passes(5)
    assert told(bank.other_rm) == [moved("广阳支行", 2, 3), moved("广阳支行", 3, 4)]


def test_who_is_back_where_he_was_is_told_nothing(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 1000)
    for staff, amount in [(bank.other_rm, 100), (bank.co_rm, 110), (bank.other_rm, 20)]:
        day.brings(staff, amount)
    # 3 to 2 is held back for both; before the time is over they have changed places again
    day.brings(bank.co_rm, 50)
    day.passes(30)
    assert told(bank.other_rm) == [moved("广阳支行", 2, 3)]


def test_first_place_is_told_at_once(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    day.brings(bank.other_rm, 200)
    day.brings(bank.rm, 300)
    assert told(bank.rm) == [moved("廊坊分行", 1, 2), moved("廊坊分行", 2, 1)]


def test_the_gap_is_a_parameter(bank: Bank, day: Day) -> None:
    Parameter.objects.filter(code="performance.rank_notice_gap_minutes").update(value=0)
    day.brings(bank.rm, 1000)
    for staff, amount in [(bank.other_rm, 100), (bank.co_rm, 110), (bank.other_rm, 20)]:
        day.brings(staff, amount)
    assert told(bank.other_rm) == [moved("广阳支行", 2, 3), moved("广阳支行", 3, 2)]


def test_telling_again_tells_nothing_new(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    day.brings(bank.other_rm, 200)
    before = (Notice.objects.count(), BoardEvent.objects.count())
    with clock.at(day.now):
        assert announce(METRIC) == 0
    assert (Notice.objects.count(), BoardEvent.objects.count()) == before


def test_metrics_are_told_apart(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    with clock.at(day.now):
        ledger.post([entry(bank.other_rm, 1, metric="NEW_CUSTOMERS")])
        day.run_jobs()
        ledger.post([entry(bank.rm, 2, metric="NEW_CUSTOMERS")])
        day.run_jobs()
    assert told(bank.rm) == ["您的新增客户本月排名在廊坊分行由第2名变为第1名。"]


def test_what_is_posted_into_a_past_month_wakes_nobody(bank: Bank, run_jobs: Callable[[], int]) -> None:
    disburses(bank.rm, 100, business_date=clock.today().replace(day=1) - timedelta(days=1))
    assert run_jobs() == 0
    assert not LastRank.objects.exists()


def test_postings_in_a_burst_are_announced_once(bank: Bank, run_jobs: Callable[[], int]) -> None:
    for amount in (1, 2, 3):
        disburses(bank.rm, amount)
    assert run_jobs() == 1


# --- Boards --------------------------------------------------------------------------------------------
def test_the_boards_of_the_branch_and_all_above_it_move(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    assert sorted(boards()) == sorted(["总行", "廊坊分行", "广阳支行"])
    payload = BoardEvent.objects.filter(kind="ranking_changed").values_list("payload", flat=True).distinct().get()
    assert payload == {"metric": METRIC, "period": "MONTH", "period_start": "2026-06-01"}


def test_boards_move_with_the_figure_even_where_no_rank_does(bank: Bank, day: Day) -> None:
    day.brings(bank.stranger, 100)
    BoardEvent.objects.all().delete()
    day.brings(bank.stranger, 100)
    assert sorted(boards()) == sorted(["总行", "廊坊分行", "安次支行"])


def test_a_reversal_moves_the_boards(bank: Bank, day: Day) -> None:
    day.brings(bank.rm, 100)
    BoardEvent.objects.all().delete()
    with clock.at(day.now):
        ledger.reverse(LedgerEntry.objects.get(), reason="放款冲正", by=bank.manager)
        day.run_jobs()
    assert "广阳支行" in boards()


# --- Which move is worth telling -----------------------------------------------------------------------
def present(**now: Any) -> Present:
    as_it_is: dict[str, Any] = {
        "staff_id": None, "branch_id": None, "path": "", "branch_name": "支行", "city_name": "分行",
        "value": Decimal(1), "entries": 1, "sub_branch_rank": 5, "branch_rank": 30,
    }  # fmt: skip
    return Present(**as_it_is | now)


@pytest.mark.parametrize(
    "now, told_of",
    [
        ({}, None),
        ({"sub_branch_rank": 4}, ("支行", 5, 4)),
        ({"branch_rank": 25}, None),
        ({"branch_rank": 10}, ("分行", 30, 10)),
        ({"sub_branch_rank": 1, "branch_rank": 2}, ("支行", 5, 1)),
        ({"sub_branch_rank": 1, "branch_rank": 1}, ("分行", 30, 1)),
        ({"sub_branch_rank": 4, "entries": 0}, None),
    ],
)
def test_one_move_is_chosen(now: dict[str, int], told_of: tuple[str, int, int] | None) -> None:
    move = move_of(present(**now), LastRank(sub_branch_rank=5, branch_rank=30), places_told=10)
    assert (move and (move.where, move.before, move.now)) == told_of


def test_every_threshold_of_the_room_is_shipped(thresholds: None) -> None:
    assert parameters.integer("performance.rank_notice_gap_minutes") == 15
    assert parameters.integer("performance.branch_places_told") == 10
