"""How the branch is doing: figures of the day and the month, the ranking, and the last thirty days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from aladdin.calendar import period_bounds
from organization.models import Branch
from performance.metrics import METRICS, Metric
from performance.models import LedgerEntry
from performance.ranking import Place, board
from performance.totals import totals

#: Figures on top of the page, in this order.
FIGURES = ("DEPOSIT_NET_INCREASE", "NEW_CUSTOMERS", "LOAN_DISBURSED", "LOAN_COUNT")
PLACES_SHOWN = 12
TREND_DAYS = 30
_YUAN_IN_WAN = 10_000


@dataclass(frozen=True)
class Figure:
    """One metric today and this month."""

    metric: Metric
    today: Decimal
    month: Decimal


@dataclass(frozen=True)
class Line:
    """One line of the ranking, with its length against the longest in percent."""

    place: Place
    length: int


def figures(branch: Branch, on: date) -> list[Figure]:
    """Today's and this month's sums of the branch and below."""
    today = totals(within=branch, period="DAY", on=on)
    month = totals(within=branch, period="MONTH", on=on)
    return [Figure(METRICS[code], today[code].value, month[code].value) for code in FIGURES]


def ranking(branch: Branch, *, metric: str, period: str, on: date) -> list[Line]:
    """The first lines of the ranking."""
    places = board(metric=metric, period=period, on=on, within=branch, limit=PLACES_SHOWN)
    longest = max((abs(place.value) for place in places), default=Decimal(0))
    return [Line(place, _percent(place.value, longest)) for place in places]


def _percent(value: Decimal, longest: Decimal) -> int:
    return round(100 * max(value, Decimal(0)) / longest) if longest else 0


def period_in_words(period: str, on: date) -> str:
    """The days of the period: 2026-11-25, or 2026-11-01 至 2026-11-30."""
    first, last = period_bounds(period, on)
    return f"{first}" if first == last else f"{first} 至 {last}"


def trend(branch: Branch, on: date) -> dict[str, Sequence[str | float]]:
    """Loans disbursed and net deposits a day over the last days, in 万元, for the chart."""
    first = on - timedelta(days=TREND_DAYS - 1)
    rows = (
        LedgerEntry.objects.filter(
            branch__path__startswith=branch.path,
            metric__in=("LOAN_DISBURSED", "DEPOSIT_NET_INCREASE"),
            business_date__range=(first, on),
        )
        .order_by()
        .values_list("metric", "business_date")
        .annotate(total=Sum("amount"))
    )
    sums = {(metric, day): total for metric, day, total in rows}
    days = [first + timedelta(days=number) for number in range(TREND_DAYS)]

    def line(metric: str) -> list[float]:
        return [float(round(sums.get((metric, day), Decimal(0)) / _YUAN_IN_WAN, 2)) for day in days]

    return {
        "days": [f"{day.month}月{day.day}日" for day in days],
        "loans": line("LOAN_DISBURSED"),
        "deposits": line("DEPOSIT_NET_INCREASE"),
    }
