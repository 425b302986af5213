"""The hours in which a notice may ring somebody's private phone."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from aladdin.clock import SHANGHAI
from notifications.hours import Window, next_midnight

moments = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
windows = st.tuples(st.integers(0, 22), st.integers(1, 24)).filter(lambda hours: hours[0] < hours[1])


@given(moments, windows)
def test_what_is_sent_is_sent_within_the_hours(moment: datetime, hours: tuple[int, int]) -> None:
    due = Window(*hours).next_open(moment)
    assert hours[0] <= due.astimezone(SHANGHAI).hour < hours[1]
    assert due >= moment
    assert (due - moment).total_seconds() <= 24 * 3600


@given(moments, windows)
def test_within_the_hours_nothing_waits(moment: datetime, hours: tuple[int, int]) -> None:
    due = Window(*hours).next_open(moment)
    assert (due == moment) == (hours[0] <= moment.astimezone(SHANGHAI).hour < hours[1])


def test_the_evening_waits_for_the_morning() -> None:
    late = datetime(2026, 11, 24, 21, 0, tzinfo=SHANGHAI)
    assert Window(8, 21).next_open(late) == datetime(2026, 11, 25, 8, 0, tzinfo=SHANGHAI)
    assert Window(7, 22).next_open(late) == late


def test_the_small_hours_wait_for_the_same_morning() -> None:
    early = datetime(2026, 11, 24, 3, 30, tzinfo=SHANGHAI)
    assert Window(8, 21).next_open(early) == datetime(2026, 11, 24, 8, 0, tzinfo=SHANGHAI)


@given(moments)
def test_a_new_day_begins_at_midnight_in_shanghai(moment: datetime) -> None:
    due = next_midnight(moment).astimezone(SHANGHAI)
    assert (due.hour, due.minute) == (0, 0)
    assert 0 < (due - moment).total_seconds() <= 24 * 3600
