"""Working time: how long the bank was at work between two moments, and when so much of it will have passed.

A night, a weekend and a public holiday take no working time, a make-up day (调休) does. All lengths are in seconds.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from aladdin import clock, parameters
from aladdin.calendar import is_working_day

_ONE_DAY = timedelta(days=1)
#: Nothing that is measured lasts longer; a moment in a wrong century must not count for hours.
_MOST_DAYS = 4000


@dataclass(frozen=True)
class Hours:
    """The bank's business hours on a working day, as times of the day in Shanghai."""

    opens: time
    closes: time

    @property
    def seconds(self) -> int:
        """The length of a working day."""
        return _seconds_into_the_day(self.closes) - _seconds_into_the_day(self.opens)

    def of(self, day: date) -> tuple[datetime, datetime]:
        """When the bank opens and closes on this day, if it does."""
        begin = datetime.combine(day, self.opens, tzinfo=clock.SHANGHAI)
        return begin, datetime.combine(day, self.closes, tzinfo=clock.SHANGHAI)


def hours_on(day: date | None = None) -> Hours:
    """The business hours in force on a date (today unless told). Raises ParameterMissing."""
    found = parameters.several("working_time.opens", "working_time.closes", on=day)
    return Hours(_time_of(found["working_time.opens"]), _time_of(found["working_time.closes"]))


def between(begin: datetime, end: datetime, hours: Hours) -> int:
    """Working seconds from `begin` to `end` (both aware); nought where `end` is not later."""
    if end <= begin:
        return 0
    first, last = clock.business_date(begin), clock.business_date(end)
    days = min((last - first).days, _MOST_DAYS)
    return sum(_within(first + number * _ONE_DAY, begin, end, hours) for number in range(days + 1))


def after(begin: datetime, seconds: int, hours: Hours) -> datetime:
    """The first moment at which so many working seconds have passed since `begin`, in UTC."""
    day, left = clock.business_date(begin), max(seconds, 0)
    for _ in range(_MOST_DAYS):
        if is_working_day(day):
            opens, closes = hours.of(day)
            start = max(opens, begin)
            there = max(int((closes - start).total_seconds()), 0)
            if there > 0 and left <= there:
                return (start + timedelta(seconds=left)).astimezone(begin.tzinfo)
            left -= there
        day += _ONE_DAY
    return begin + _MOST_DAYS * _ONE_DAY


def before(end: datetime, seconds: int, hours: Hours) -> datetime:
    """The last moment since which so many working seconds have passed until `end`: what began no later is at least
    so old."""
    day, left = clock.business_date(end), max(seconds, 0)
    for _ in range(_MOST_DAYS):
        if is_working_day(day):
            opens, closes = hours.of(day)
            stop = min(closes, end)
            there = max(int((stop - opens).total_seconds()), 0)
            if there > 0 and left <= there:
                return (stop - timedelta(seconds=left)).astimezone(end.tzinfo)
            left -= there
        day -= _ONE_DAY
    return end - _MOST_DAYS * _ONE_DAY


def _within(day: date, begin: datetime, end: datetime, hours: Hours) -> int:
    if not is_working_day(day):
        return 0
    opens, closes = hours.of(day)
    return max(int((min(closes, end) - max(opens, begin)).total_seconds()), 0)


def _time_of(hour: Decimal) -> time:
    minutes = int(hour * 60)
    return time(minutes // 60, minutes % 60)


def _seconds_into_the_day(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60
