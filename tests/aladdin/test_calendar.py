"""Working days as announced, months that clamp and return, and reporting periods."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.calendar import (
    Period,
    add_months,
    add_working_days,
    is_working_day,
    known_years,
    next_working_day,
    period_bounds,
)

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "day,works",
    [
        (date(2026, 1, 1), False),  # 元旦, a Thursday
        (date(2026, 1, 4), True),  # a Sunday made up
        (date(2026, 2, 14), True),  # a Saturday made up for 春节
        (date(2026, 2, 17), False),  # 春节
        (date(2026, 10, 7), False),  # 国庆节
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday made up
        (date(2026, 3, 7), False),  # a plain Saturday
        (date(2026, 3, 9), True),  # a plain Monday
    ],
)
def test_a_known_year_follows_the_announcement(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_the_year_has_its_working_days() -> None:
    """261 weekdays of 2026, less 19 taken off, plus 6 made up."""
    assert 2026 in known_years()
    first, last = period_bounds(Period.YEAR, date(2026, 5, 5))
    year = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert sum(is_working_day(day) for day in year) == 248


def test_an_unknown_year_counts_monday_to_friday() -> None:
    assert 1994 not in known_years()
    assert is_working_day(date(1994, 10, 3))  # a Monday in the week of 国庆节
    assert not is_working_day(date(1994, 10, 8))  # a Saturday


def test_a_moment_is_no_business_date() -> None:
    with pytest.raises(TypeError, match="business date"):
        is_working_day(datetime(2026, 1, 4, tzinfo=UTC))


def test_after_the_long_holiday_comes_the_eighth() -> None:
    assert next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)
    assert next_working_day(date(2026, 10, 8)) == date(2026, 10, 8)
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)  # the made-up Saturday counts
    assert add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 8)
    assert add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)


@given(days_of_2026, st.integers(-40, 40).filter(bool))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    reached = add_working_days(day, count)
    low, high = sorted((day, reached))
    between = [low + timedelta(days=n) for n in range((high - low).days + 1)]
    assert is_working_day(reached)
    assert sum(is_working_day(other) for other in between if other != day) == abs(count)


def test_a_repayment_day_of_31_clamps_and_returns() -> None:
    day = date(2026, 1, 31)
    walked = [day := add_months(day, 1, anchor_day=31) for _ in range(4)]
    assert walked == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert add_months(date(2027, 12, 30), 2) == date(2028, 2, 29)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


@given(days, st.integers(-300, 300), st.integers(1, 31))
def test_months_land_on_the_anchor_or_the_end_of_the_month(day: date, count: int, anchor: int) -> None:
    later = add_months(day, count, anchor)
    assert (later.year - day.year) * 12 + later.month - day.month == count
    assert later.day == anchor or (later.day < anchor and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize("anchor", [0, 32])
def test_an_anchor_is_a_day_of_the_month(anchor: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        add_months(date(2026, 1, 1), 1, anchor)


@pytest.mark.parametrize(
    "period,first,last",
    [
        ("DAY", date(2028, 2, 10), date(2028, 2, 10)),
        ("MONTH", date(2028, 2, 1), date(2028, 2, 29)),
        ("QUARTER", date(2028, 1, 1), date(2028, 3, 31)),
        ("YEAR", date(2028, 1, 1), date(2028, 12, 31)),
    ],
)
def test_a_period_has_its_first_and_last_day(period: str, first: date, last: date) -> None:
    assert period_bounds(period, date(2028, 2, 10)) == (first, last)


@given(days, st.sampled_from(Period))
def test_periods_cover_every_day_once(day: date, period: Period) -> None:
    first, last = period_bounds(period, day)
    assert first <= day <= last
    assert period_bounds(period, first) == period_bounds(period, last) == (first, last)
    assert period_bounds(period, last + timedelta(days=1))[0] == last + timedelta(days=1)


def test_a_week_is_no_period() -> None:
    with pytest.raises(ValueError, match="WEEK"):
        period_bounds("WEEK", date(2028, 2, 10))
