"""What a branch manager sees in the morning: figures, ranking, pipeline, what is overdue, who did what.

Everything is of one branch and what lies below it, read through the same functions as the API.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from aladdin import clock, parameters
from aladdin.calendar import period_bounds
from loans.models import ApplicationTransition, LoanApplication
from loans.states import IN_FLIGHT, OWNER, State
from organization.models import Branch, Staff
from performance.metrics import METRICS, Metric
from performance.models import LedgerEntry
from performance.ranking import Place, board
from performance.totals import totals
from postloan import checks

#: Figures on top of the page, in this order.
FIGURES = ("DEPOSIT_NET_INCREASE", "NEW_CUSTOMERS", "LOAN_DISBURSED", "LOAN_COUNT")
LINES_SHOWN = 12
TREND_DAYS = 30


@dataclass(frozen=True)
class Figure:
    """One metric today and this month."""

    metric: Metric
    today: Decimal
    month: Decimal


@dataclass(frozen=True)
class Line:
    """One line of the ranking, with its length against the first's in percent."""

    place: Place
    share: int


@dataclass(frozen=True)
class Step:
    """One state of the pipeline; `owner` is whose turn it is."""

    state: State
    owner: str
    count: int
    amount: Decimal
    oldest: datetime | None
    stuck: int


@dataclass(frozen=True)
class Late:
    """Something that waits too long: what, whose, since when."""

    what: str
    whose: str
    detail: str
    days: int


@dataclass(frozen=True)
class Event:
    """One move of one application."""

    at: datetime
    who: str
    what: str
    application_no: str
    to_state: State


def figures(branch: Branch, on: date) -> list[Figure]:
    """Today's and this month's sums."""
    today = totals(within=branch, period="DAY", on=on)
    month = totals(within=branch, period="MONTH", on=on)
    return [Figure(METRICS[code], today[code].value, month[code].value) for code in FIGURES]


def ranking(branch: Branch, *, metric: str, period: str, on: date) -> list[Line]:
    """The first lines of the ranking."""
    places = board(metric=metric, period=period, on=on, within=branch, limit=LINES_SHOWN)
    top = max((abs(place.value) for place in places), default=Decimal(0))
    return [Line(place, int(100 * max(place.value, Decimal(0)) / top) if top else 0) for place in places]


def pipeline(branch: Branch, now: datetime) -> list[Step]:
    """Applications on their way, by state in the order of the procedure; states without any are left out."""
    stuck_before = now - timedelta(hours=parameters.integer("console.stuck_after_hours"))
    rows = {
        row["state"]: row
        for row in _applications(branch)
        .filter(state__in=IN_FLIGHT)
        .order_by()
        .values("state")
        .annotate(count=Count("id"), total=Coalesce(Sum("amount"), Decimal(0)))
    }
    waits = _waits(branch, stuck_before)
    return [
        Step(state, OWNER[state].label, rows[state]["count"], rows[state]["total"], *waits[state])
        for state in State
        if state in rows
    ]


def _waits(branch: Branch, stuck_before: datetime) -> dict[str, tuple[datetime, int]]:
    waits: dict[str, tuple[datetime, int]] = {}
    since = _applications(branch).filter(state__in=IN_FLIGHT).order_by("state_since")
    for state, moment in since.values_list("state", "state_since"):
        oldest, stuck = waits.get(state, (moment, 0))
        waits[state] = (oldest, stuck + (moment < stuck_before))
    return waits


def late(branch: Branch, on: date, now: datetime) -> list[Late]:
    """Post-loan checks past their day, then applications that have stood still too long; the longest first."""
    found = [
        Late(
            "贷后检查逾期",
            check.executor.name,
            f"{check.get_kind_display()} · 借据 {check.loan_account.account_no}",
            (on - check.due_on).days,
        )
        for check in checks.overdue(within=branch).select_related("executor", "loan_account")[:LINES_SHOWN]
    ]
    stuck_before = now - timedelta(hours=parameters.integer("console.stuck_after_hours"))
    stuck = (
        _applications(branch)
        .filter(state__in=IN_FLIGHT, state_since__lt=stuck_before)
        .select_related("investigator")
        .order_by("state_since")
    )
    found += [
        Late(
            "进件停滞",
            row.investigator.name,
            f"{row.application_no} · {State(row.state).label}",
            (on - clock.business_date(row.state_since)).days,
        )
        for row in stuck[:LINES_SHOWN]
    ]
    return sorted(found, key=lambda item: -item.days)[:LINES_SHOWN]


def events(branch: Branch) -> list[Event]:
    """The latest moves of applications."""
    moves = (
        ApplicationTransition.objects.filter(application__branch__path__startswith=branch.path)
        .select_related("application", "by")
        .order_by("-id")[:8]
    )
    return [
        Event(
            move.at,
            move.by.name if isinstance(move.by, Staff) else "系统",
            State(move.to_state).label,
            move.application.application_no,
            State(move.to_state),
        )
        for move in moves
    ]


def trend(branch: Branch, on: date) -> dict[str, list[str | float]]:
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
    days = [first + timedelta(days=n) for n in range(TREND_DAYS)]

    def line(metric: str) -> list[str | float]:
        return [float(round(sums.get((metric, day), Decimal(0)) / 10_000, 2)) for day in days]

    return {
        "days": [f"{day.month}-{day.day}" for day in days],
        "loans": line("LOAN_DISBURSED"),
        "deposits": line("DEPOSIT_NET_INCREASE"),
    }


def _applications(branch: Branch) -> QuerySet[LoanApplication]:
    return LoanApplication.objects.filter(branch__path__startswith=branch.path)


def period_label(period: str, on: date) -> str:
    """The period in words, e.g. 2026-11-01 至 2026-11-30."""
    first, last = period_bounds(period, on)
    return f"{first}" if first == last else f"{first} 至 {last}"
