"""Working days of the State Council, months that end where they should, and reporting periods."""

import calendar
import json
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"
_ONE_DAY = timedelta(days=1)


class Period(StrEnum):
    """A reporting period of figures and rankings."""

    DAY = "DAY"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


def is_working_day(day: date) -> bool:
    """Whether banks work: as the State Council announced, make-up days (调休) included.

    A year whose announcement is not in `aladdin/data/` counts Monday to Friday: see `known_years`.
    """
    if isinstance(day, datetime):
        raise TypeError("a working day is a business date, not a moment: see aladdin.clock.business_date")
    announced = _announced().get(day)
    return day.weekday() < calendar.SATURDAY if announced is None else announced


def next_working_day(day: date) -> date:
    """The first working day on or after `day`."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, or before it where `count` is negative.

    Nought gives the first working day on or after `day`.
    """
    if count == 0:
        return next_working_day(day)
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def known_years() -> frozenset[int]:
    """The years whose announcement is in `aladdin/data/`."""
    return frozenset(int(path.stem[-4:]) for path in _announcements())


def add_months(day: date, count: int, anchor_day: int | None = None) -> date:
    """The day `count` months later, on `anchor_day` or the last day of a month too short for it.

    A repayment day of 29 to 31 falls on the end of a short month and returns to its own day afterwards
    (domain 2.2), which needs the anchor: without it, it is the day of `day` itself.
    """
    anchor = day.day if anchor_day is None else anchor_day
    if not 1 <= anchor <= 31:
        raise ValueError("the anchor is a day of the month, 1 to 31")
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return date(years, month + 1, min(anchor, last))


def period_bounds(period: str, on: date) -> tuple[date, date]:
    """The first and the last day of the DAY, MONTH, QUARTER or YEAR that contains `on`.

    Raises:
        ValueError: no such period.
    """
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
    kind = Period(period)
    if kind is Period.DAY:
        return on, on
    length = months[kind]
    first = date(on.year, (on.month - 1) // length * length + 1, 1)
    last_month = first.month + length - 1
    return first, date(on.year, last_month, calendar.monthrange(on.year, last_month)[1])


def _announcements() -> list[Path]:
    return sorted(_DATA.glob("holiday-cn-*.json"))


@cache
def _announced() -> dict[date, bool]:
    """Each day that an announcement names, and whether banks work on it.

    One look-up for all files: the announcement of a year may name days of the December before.
    """
    return {
        date.fromisoformat(day["date"]): not day["isOffDay"]
        for path in _announcements()
        for day in json.loads(path.read_text(encoding="utf-8"))["days"]
    }
