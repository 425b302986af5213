"""What is on its way, what waits too long, and what happened last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from aladdin import clock
from loans.models import ApplicationTransition, LoanApplication
from loans.states import IN_FLIGHT, OWNER, State
from organization.models import Staff
from organization.roles import Role
from postloan.models import PostLoanCheck, PostLoanCheckQuerySet

LATE_SHOWN = 12
EVENTS_SHOWN = 9


@dataclass(frozen=True)
class Step:
    """One state of the pipeline: whose turn it is, how many wait, since when the longest, how many too long."""

    state: State
    owner: Role
    count: int
    amount: Decimal
    oldest: datetime
    stuck: int


@dataclass(frozen=True)
class Late:
    """Something that waits too long: what, which, at whose desk it lies, whose customer, for how many days."""

    what: str
    detail: str
    waits_for: str
    rm: str
    days: int


@dataclass(frozen=True)
class LateWork:
    """How much waits too long, and the longest waiting of it."""

    checks: int
    stuck: int
    longest: list[Late]


@dataclass(frozen=True)
class Event:
    """One move of one application."""

    at: datetime
    who: str
    state: State
    application_no: str
    product: str
    amount: Decimal | None


def pipeline(applications: QuerySet[LoanApplication], *, stuck_before: datetime) -> list[Step]:
    """Applications on their way, by state in the order of the procedure; states without any are left out."""
    by_state = (
        applications.filter(state__in=IN_FLIGHT)
        .order_by()
        .values("state")
        .annotate(
            number=Count("pk"),
            total=Sum(Coalesce("approved_amount", "amount", Decimal(0))),
            oldest=Min("state_since"),
            stuck=Count("pk", filter=Q(state_since__lt=stuck_before)),
        )
    )
    rows = {row["state"]: row for row in by_state}
    return [_step(state, rows[state]) for state in State if state in rows]


def _step(state: State, row: Mapping[str, Any]) -> Step:
    return Step(state, OWNER[state], row["number"], row["total"], row["oldest"], row["stuck"])


def late(checks: PostLoanCheckQuerySet, applications: QuerySet[LoanApplication], *, stuck_before: datetime) -> LateWork:
    """Post-loan checks past their day and applications that have stood still too long; the longest first."""
    stuck = applications.filter(state__in=IN_FLIGHT, state_since__lt=stuck_before).select_related(
        "product", "investigator", "reviewer", "disbursement_officer"
    )
    longest = [_late_check(check) for check in checks[:LATE_SHOWN]]
    longest += [_stuck(application) for application in stuck.order_by("state_since")[:LATE_SHOWN]]
    longest.sort(key=lambda item: -item.days)
    return LateWork(checks.count(), stuck.count(), longest[:LATE_SHOWN])


def _late_check(check: PostLoanCheck) -> Late:
    detail = f"借据 {check.loan_account.account_no} · {check.get_kind_display()} · {check.get_status_display()}"
    days = (clock.today() - check.due_on).days
    return Late("贷后检查逾期", detail, check.executor.name, check.executor.name, days)


def _stuck(application: LoanApplication) -> Late:
    detail = f"{application.application_no} · {application.product.name} · {State(application.state).label}"
    days = (clock.now() - application.state_since).days
    return Late("进件停滞", detail, _waits_for(application), application.investigator.name, days)


def _waits_for(application: LoanApplication) -> str:
    """The person whose turn it is; the role where nobody has taken the case up yet."""
    role = OWNER[State(application.state)]
    person: Staff | None = {
        Role.RM: application.investigator,
        Role.REVIEWER: application.reviewer,
        Role.DISBURSEMENT_OFFICER: application.disbursement_officer,
    }.get(role)
    return person.name if person else str(role.label)


def events(applications: QuerySet[LoanApplication]) -> list[Event]:
    """The latest moves of these applications."""
    moves = (
        ApplicationTransition.objects.filter(application__in=applications.order_by().values("pk"))
        .select_related("application__product", "by")
        .order_by("-id")[:EVENTS_SHOWN]
    )
    return [_event(move) for move in moves]


def _event(move: ApplicationTransition) -> Event:
    application = move.application
    return Event(
        move.at,
        move.by.name if move.by else "系统",
        State(move.to_state),
        application.application_no,
        application.product.name,
        application.amount,
    )
