"""Interest of a month and of days, each amount rounded half up to the fen (domain 2.1)."""

from decimal import Decimal

from aladdin.money import fen


def interest_of_month(amount: Decimal, annual_rate_percent: Decimal) -> Decimal:
    """Interest of one whole month: a twelfth of the year's."""
    return fen(amount * annual_rate_percent / (100 * 12))


def interest_of_days(amount: Decimal, annual_rate_percent: Decimal, days: int) -> Decimal:
    """Interest of actual days at a 360th of the year's rate a day (银发〔2005〕129号).

    The day of disbursement counts, the day of repayment does not (算头不算尾): `days` is the difference of
    the two dates.
    """
    return fen(amount * annual_rate_percent * days / (100 * 360))
