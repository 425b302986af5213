"""What a contract says about counting: days, holidays, and which instalment takes what rounding leaves over."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class DayCount(StrEnum):
    """How time becomes a part of a year (银发〔2005〕129号 names the three legal ways; domain 2.1)."""

    MONTH_360 = "MONTH_360"
    """Whole months at a twelfth of the year's rate, odd days by their real number at a 360th."""
    THIRTY_360 = "THIRTY_360"
    """Every month has thirty days, the year 360: odd days are counted that way too (30E/360)."""
    ACTUAL_360 = "ACTUAL_360"
    """Real days at a 360th."""
    ACTUAL_365 = "ACTUAL_365"
    """Real days at a 365th, leap years too."""


class Holidays(StrEnum):
    """What becomes of a due date on which banks do not work."""

    NONE = "NONE"
    """It stays."""
    NEXT_WORKING_DAY = "NEXT_WORKING_DAY"
    """It moves to the next working day (节假日顺延)."""


class Remainder(StrEnum):
    """Which instalment takes the fen that rounding leaves over."""

    FIRST = "FIRST"
    LAST = "LAST"


class InterestBetween(StrEnum):
    """When interest is due between the months in which a seasonal plan brings principal."""

    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    """In March, June, September and December."""
    WITH_PRINCIPAL = "WITH_PRINCIPAL"


@dataclass(frozen=True)
class Conventions:
    """`day_count` None is the custom of the repayment method. Where `interest_follows`, interest runs to the day
    to which a due date moved; else to the date that the contract names."""

    day_count: DayCount | None = None
    holidays: Holidays = Holidays.NONE
    interest_follows: bool = False
    remainder: Remainder = Remainder.LAST


@dataclass(frozen=True)
class Group:
    """Some instalments of a stepped plan (阶梯还款): equal payments that bring so much of the loan, in percent.

    The last group has whatever instalments are left, whatever its number says."""

    instalments: int
    principal_percent: Decimal


@dataclass(frozen=True)
class Plan:
    """What stepped and seasonal repayment need besides: the groups; the months (1 to 12) that bring principal."""

    groups: tuple[Group, ...] = ()
    payment_months: tuple[int, ...] = ()
    interest_between: InterestBetween = InterestBetween.MONTHLY
