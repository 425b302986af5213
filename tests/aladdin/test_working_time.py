"""Working time: nights, weekends and holidays take none of it, make-up days do."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.working_time import Hours, after, before, between, hours_on

HOURS = Hours(time(8, 30), time(17, 30))
DAY = 9 * 3600


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    "begin, end, seconds",
    [
        ("2026-01-05T09:00", "2026-01-05T11:00", 2 * 3600),
        ("2026-01-05T07:00", "2026-01-05T09:00", 1800),
        ("2026-01-05T17:00", "2026-01-06T09:00", 3600),
        ("2026-01-09T16:30", "2026-01-12T09:30", 2 * 3600),  # over a weekend
        ("2026-09-30T16:30", "2026-10-08T09:30", 2 * 3600),  # over the National Day holiday
        ("2026-10-10T09:00", "2026-10-10T10:00", 3600),  # a Saturday that is worked for it
        ("2026-01-10T09:00", "2026-01-11T18:00", 0),  # a weekend
        ("2026-01-05T11:00", "2026-01-05T09:00", 0),
        ("2026-01-05T00:00", "2026-01-10T00:00", 5 * DAY),
    ],
)
def test_working_seconds_between_two_moments(begin: str, end: str, seconds: int) -> None:
    assert between(at(begin), at(end), HOURS) == seconds


def test_when_so_much_of_it_will_have_passed() -> None:
    assert after(at("2026-01-09T16:30"), 2 * 3600, HOURS) == at("2026-01-12T09:30")
    assert after(at("2026-01-10T12:00"), 0, HOURS) == at("2026-01-12T08:30")
    assert before(at("2026-01-12T09:30"), 2 * 3600, HOURS) == at("2026-01-09T16:30")


_MOMENTS = st.integers(min_value=0, max_value=330 * 86_400).map(
    lambda seconds: at("2026-01-01T00:00") + timedelta(seconds=seconds)
)


@given(_MOMENTS, st.integers(min_value=1, max_value=30 * DAY))
def test_after_and_before_undo_between(begin: datetime, seconds: int) -> None:
    then = after(begin, seconds, HOURS)
    assert between(begin, then, HOURS) == seconds
    assert between(before(begin, seconds, HOURS), begin, HOURS) == seconds


@given(_MOMENTS, st.lists(st.integers(min_value=0, max_value=10**6), min_size=2, max_size=2))
def test_stays_add_up(begin: datetime, lengths: list[int]) -> None:
    middle = begin + timedelta(seconds=lengths[0])
    end = middle + timedelta(seconds=lengths[1])
    assert between(begin, middle, HOURS) + between(middle, end, HOURS) == between(begin, end, HOURS)


@pytest.mark.usefixtures("thresholds")
def test_the_hours_are_parameters() -> None:
    assert hours_on() == HOURS
    assert hours_on().seconds == DAY
