"""How long each step usually takes, measured every night from the log; and the promise of a fast intake, kept or not.

All lengths are working seconds. The statements read the log itself: a year of 16,000 applications is a fifth of a
million rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from aladdin import clock, parameters
from loans.models import LoanApplication, StepPace
from loans.states import State
from organization.models import Staff

#: Intake runs from the acceptance to the file that is handed in.
_INTAKE = (State.ACCEPTED, State.ID_VERIFIED, State.CREDIT_AUTHORIZED, State.INVESTIGATING)

_MEASURE = """
INSERT INTO loans_steppace (product_id, branch_id, state, p50, p90, cases, measured_on)
SELECT product_id, branch_id, from_state,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds), count(*), %s
  FROM (SELECT a.product_id, a.branch_id, t.from_state, sum(t.working_seconds) AS seconds
          FROM loans_applicationtransition t JOIN loans_loanapplication a ON a.id = t.application_id
         WHERE t.at >= %s AND t.working_seconds IS NOT NULL AND t.from_state <> ''
           AND t.to_state <> ALL(%s)
         GROUP BY a.id, t.from_state) AS stay
 GROUP BY GROUPING SETS ((product_id, branch_id, from_state), (product_id, from_state), (from_state))
"""
#: A stay that ended because the case did tells nothing of how long the step takes.
_GAVE_UP = [str(state) for state in (State.WITHDRAWN, State.CANCELLED, State.APPROVAL_EXPIRED)]


@transaction.atomic
def measure() -> int:
    """Measure every step anew, over the days that the parameter says; the number of figures."""
    days = parameters.integer("loan.pace_days")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('loans.pace'))")
        StepPace.objects.all().delete()
        since = clock.now() - timedelta(days=days)
        cursor.execute(_MEASURE, [clock.today(), since, _GAVE_UP])
        return int(cursor.rowcount)


def of(application: LoanApplication, states: Iterable[State]) -> dict[State, tuple[int, int]]:
    """(p50, p90) of each state: of the product at the branch, else of the product, else of the bank; only from
    enough cases."""
    enough = parameters.integer("loan.pace_cases")
    rows = StepPace.objects.filter(state__in=list(states), cases__gte=enough)
    found: dict[State, tuple[int, int]] = {}
    for product, branch in (
        (None, None),
        (application.product_id, None),
        (application.product_id, application.branch_id),
    ):
        narrow = rows.filter(product=product, branch=branch)
        found |= {State(row.state): (row.p50, row.p90) for row in narrow}
    return found


# --- The promise ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Intake:
    """The intakes of one group: how many, p50 and p90 in working seconds, of it the bank's own time, and how many
    were within the promise."""

    group: str
    label: str
    cases: int
    p50: int
    p90: int
    bank_p50: int
    bank_p90: int
    within: int


#: How figures may be put together: SQL for the key and for what people read.
GROUPS: dict[str, tuple[str, str]] = {
    "bank": ("''", "'合计'"),
    "branch": ("branch.code", "branch.name"),
    "product": ("product.code", "product.name"),
    "rm": ("rm.employee_no", "rm.name"),
    "month": ("to_char(handed_in.day, 'YYYY-MM')", "to_char(handed_in.day, 'YYYY-MM')"),
    "week": ("to_char(handed_in.day, 'IYYY-\"W\"IW')", "to_char(handed_in.day, 'IYYY-\"W\"IW')"),
    "day": ("to_char(handed_in.day, 'YYYY-MM-DD')", "to_char(handed_in.day, 'YYYY-MM-DD')"),
}

_PROMISE = """
WITH handed_in AS (
  SELECT DISTINCT ON (t.application_id) t.application_id, t.id, (t.at AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM loans_applicationtransition t
   WHERE t.to_state = 'SUBMITTED' AND t.name = 'submit' AND t.at >= %s AND t.at < %s AND t.application_id IN ({visible})
   ORDER BY t.application_id, t.id
), intake AS (
  SELECT handed_in.application_id, handed_in.day, sum(t.working_seconds) AS seconds,
         coalesce(sum(t.working_seconds) FILTER (WHERE t.waited_for = 'BANK'), 0) AS bank_seconds
    FROM handed_in JOIN loans_applicationtransition t
      ON t.application_id = handed_in.application_id AND t.id <= handed_in.id AND t.from_state = ANY(%s)
   GROUP BY handed_in.application_id, handed_in.day
  HAVING count(*) = count(t.working_seconds)
)
SELECT {key}, {label}, count(*),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY handed_in.seconds),
       percentile_disc(0.9) WITHIN GROUP (ORDER BY handed_in.seconds),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY handed_in.bank_seconds),
       percentile_disc(0.9) WITHIN GROUP (ORDER BY handed_in.bank_seconds),
       count(*) FILTER (WHERE handed_in.seconds <= %s)
  FROM intake AS handed_in
  JOIN loans_loanapplication a ON a.id = handed_in.application_id
  JOIN loans_loanproduct product ON product.id = a.product_id
  JOIN organization_branch branch ON branch.id = a.branch_id
  JOIN organization_staff rm ON rm.id = a.investigator_id
 GROUP BY 1, 2 ORDER BY 1
"""


def promise() -> int:
    """Within how many working seconds an intake is to be done."""
    return parameters.integer("loan.intake_promise_minutes") * 60


def intakes(staff: Staff, *, group: str, first: date, last: date, **narrow: Any) -> list[Intake]:
    """Intakes handed in on business dates `first` to `last`, of cases within the person's sight, by group."""
    visible, params = _visible(staff, narrow)
    key, label = GROUPS[group]
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    statement = _PROMISE.format(visible=visible, key=key, label=label)
    with connection.cursor() as cursor:
        cursor.execute(statement, [begin, end, *params, list(_INTAKE), promise()])
        return [Intake(*row) for row in cursor.fetchall()]


def _visible(staff: Staff, narrow: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """The ids within sight as a part of a statement."""
    rows = LoanApplication.objects.visible_to(staff).filter(**narrow).order_by()
    statement, params = rows.values("pk").query.sql_with_params()
    return statement, tuple(params)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.SHANGHAI)


@dataclass(frozen=True)
class StepFigures:
    """How long cases stayed in one state, of those that left it in a period."""

    state: State
    cases: int
    p50: int
    p90: int
    waiting: str


_STEPS = """
SELECT from_state, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY working_seconds),
       percentile_disc(0.9) WITHIN GROUP (ORDER BY working_seconds), waited_for
  FROM loans_applicationtransition
 WHERE at >= %s AND at < %s AND from_state <> '' AND working_seconds IS NOT NULL
   AND application_id IN ({visible})
 GROUP BY from_state, waited_for
"""


def steps(staff: Staff, *, first: date, last: date, **narrow: Any) -> list[StepFigures]:
    """Step by step in the order of the procedure, of cases within the person's sight."""
    visible, params = _visible(staff, narrow)
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_STEPS.format(visible=visible), [begin, end, *params])
        rows = [StepFigures(State(row[0]), *row[1:]) for row in cursor.fetchall()]
    order = list(State)
    return sorted(rows, key=lambda row: (order.index(row.state), row.waiting))
