"""Interest of months and of days, each amount rounded half up to the fen (domain 2.1)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aladdin.money import fen
from loans.repayment.conventions import DayCount


@dataclass(frozen=True)
class Part:
    """A part of a year, exactly: so many of so many."""

    count: int
    per_year: int


MONTH = Part(1, 12)


def interest_of(amount: Decimal, annual_rate_percent: Decimal, part: Part) -> Decimal:
    """Interest of a part of a year. Divided last, so that half a fen is known for what it is."""
    return fen(amount * annual_rate_percent * part.count / (100 * part.per_year))


def interest_of_month(amount: Decimal, annual_rate_percent: Decimal) -> Decimal:
    """Interest of one whole month: a twelfth of the year's."""
    return interest_of(amount, annual_rate_percent, MONTH)


def interest_of_days(amount: Decimal, annual_rate_percent: Decimal, days: int, days_a_year: int = 360) -> Decimal:
    """Interest of actual days at a 360th (or a 365th) of the year's rate a day (银发〔2005〕129号).

    The day of disbursement counts, the day of repayment does not (算头不算尾): `days` is the difference of
    the two dates.
    """
    return interest_of(amount, annual_rate_percent, Part(days, days_a_year))


def days_a_year(day_count: DayCount) -> int:
    """By how many the year's rate is divided for a day."""
    return 365 if day_count is DayCount.ACTUAL_365 else 360


def part_of_year(day_count: DayCount, begins_on: date, ends_on: date, whole_months: int) -> Part:
    """The time between two dates as a part of a year; `whole_months` is nought where they are no whole months."""
    if whole_months and day_count in (DayCount.MONTH_360, DayCount.THIRTY_360):
        return Part(whole_months, 12)
    if day_count is DayCount.THIRTY_360:
        return Part(days_30(begins_on, ends_on), 360)
    return Part((ends_on - begins_on).days, days_a_year(day_count))


def days_30(begins_on: date, ends_on: date) -> int:
    """Days between two dates where every month has thirty: a 31st counts as the 30th (30E/360)."""
    months = (ends_on.year - begins_on.year) * 12 + ends_on.month - begins_on.month
    return months * 30 + min(ends_on.day, 30) - min(begins_on.day, 30)
