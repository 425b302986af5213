"""How long a case stayed in each step and with whom, who has it now, and when it will be through.

Everything is read from the log of moves; lengths are working seconds, the customer's time apart from the bank's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from aladdin import clock, working_time
from loans import blockers, pace, waiting
from loans.blocker import Blocker
from loans.codes import Waiting
from loans.machine import MOVES
from loans.models import ApplicationTransition, LoanApplication
from loans.next_steps import FORWARD
from loans.states import IN_FLIGHT, OWNER, State
from organization.models import Staff


@dataclass(frozen=True)
class Span:
    """One stay in one state: with whom it was, and for how long. `until` is None for the present one."""

    state: State
    since: datetime
    until: datetime | None
    waiting: Waiting
    who: Staff | None
    working_seconds: int


@dataclass(frozen=True)
class Forecast:
    """When the case will be through if it goes as usual (half of the cases), and if it goes slowly (one in ten).

    `unmeasured` are the steps ahead of which the log says nothing yet; with any of them there are no dates."""

    usual: datetime | None
    slow: datetime | None
    unmeasured: list[State]


@dataclass(frozen=True)
class CaseClock:
    """The clock of one case, as a customer asking on the phone would be told."""

    state: State
    holder: Staff | None
    holder_role: str
    waiting: Waiting | None
    missing: Sequence[Blocker]
    spans: list[Span]
    bank_seconds: int
    customer_seconds: int
    forecast: Forecast | None


def of(application: LoanApplication) -> CaseClock:
    """Who has the case, why, what is missing, how long it took so far and when it will be through."""
    hours = working_time.hours_on()
    stays = spans(application, hours)
    state = State(application.state)
    in_flight = state in IN_FLIGHT
    return CaseClock(
        state=state,
        holder=holder(application) if in_flight else None,
        holder_role=OWNER[state].label,
        waiting=stays[-1].waiting if in_flight else None,
        missing=blockers.of_file(application, FORWARD[state]) if in_flight else [],
        spans=stays,
        bank_seconds=_total(stays, Waiting.BANK),
        customer_seconds=_total(stays, Waiting.CUSTOMER),
        forecast=_forecast(application, stays[-1], hours) if in_flight else None,
    )


def holder(application: LoanApplication) -> Staff | None:
    """In whose hands the case is; None where it lies at a desk and nobody has taken it."""
    state = State(application.state)
    if OWNER[state] == "RM":
        return application.investigator
    return application.assignee


def spans(application: LoanApplication, hours: working_time.Hours) -> list[Span]:
    """Stay after stay from the log, the present one last. What is ended has no present one."""
    log = list(application.transitions.select_related("by").order_by("id"))
    past = [_past(earlier, later, application, hours) for earlier, later in pairwise(log)]
    return past if application.closed_at and past else [*past, _present(application, hours)]


def _past(
    earlier: ApplicationTransition,
    later: ApplicationTransition,
    application: LoanApplication,
    hours: working_time.Hours,
) -> Span:
    """Rows of before the clocks were kept are measured now, by today's hours."""
    state = State(earlier.to_state)
    measured = later.working_seconds
    return Span(
        state=state,
        since=earlier.at,
        until=later.at,
        waiting=Waiting(later.waited_for or waiting.waited_for(application, state)),
        who=later.by,
        working_seconds=working_time.between(earlier.at, later.at, hours) if measured is None else measured,
    )


def _present(application: LoanApplication, hours: working_time.Hours) -> Span:
    state, since = State(application.state), application.state_since
    spent = working_time.between(since, clock.now(), hours)
    return Span(state, since, None, waiting.waited_for(application, state), holder(application), spent)


def _total(stays: Iterable[Span], whose: Waiting) -> int:
    return sum(stay.working_seconds for stay in stays if stay.waiting == whose)


# --- When it will be through ---------------------------------------------------------------------
def ahead(state: State) -> list[State]:
    """The states from this one to the money, by the way forward."""
    path = []
    while state in FORWARD:
        path.append(state)
        state = MOVES[FORWARD[state]].target
    return path


def _forecast(application: LoanApplication, present: Span, hours: working_time.Hours) -> Forecast:
    path = ahead(present.state)
    known = pace.of(application, path)
    unmeasured = [state for state in path if state not in known]
    if unmeasured:
        return Forecast(None, None, unmeasured)
    usual, slow = (
        max(known[present.state][which] - present.working_seconds, 0) + sum(known[state][which] for state in path[1:])
        for which in (0, 1)
    )
    now = clock.now()
    return Forecast(working_time.after(now, usual, hours), working_time.after(now, slow, hours), [])
