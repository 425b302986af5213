"""The work queues of the desks: query officer, reviewer, approver, disbursement officer.

A case lies at a desk until somebody takes it; then it is his until he lays it back, his manager gives it to a
colleague, or it moves on. Age is working time.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min, Q

from aladdin import audit, clock, working_time
from aladdin.problems import Conflict, NotPermitted
from loans import authority
from loans.codes import Desk
from loans.leading import touch
from loans.models import DeskAssignment, LoanApplication
from loans.models.application import LoanApplicationQuerySet
from loans.refusals import refuse
from loans.review import investigated_by
from loans.states import State
from loans.transitions import check_person, hold, subject_of
from organization.access import may, require
from organization.models import Staff
from organization.roles import Role

_HOUR = 3600


@dataclass(frozen=True)
class Place:
    """A desk: whose role works there, with which right, on cases in which states, and the move it makes in each."""

    role: Role
    action: str
    moves: dict[State, str]

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(self.moves)


DESKS: dict[Desk, Place] = {
    Desk.QUERY: Place(Role.CREDIT_QUERY_OFFICER, "loan.query_credit", {State.CREDIT_AUTHORIZED: "investigate"}),
    Desk.REVIEW: Place(
        Role.REVIEWER,
        "loan.review",
        {State.SUBMITTED: "take_up_review", State.UNDER_REVIEW: "pass_to_approval"},
    ),
    Desk.APPROVAL: Place(Role.APPROVER, "loan.approve", {State.IN_APPROVAL: "approve"}),
    Desk.DISBURSEMENT: Place(Role.DISBURSEMENT_OFFICER, "loan.disburse", {State.DISBURSING: "disburse"}),
}
DESK_OF: dict[State, Desk] = {state: desk for desk, place in DESKS.items() for state in place.moves}


# --- Looking -------------------------------------------------------------------------------------
def queue(staff: Staff, desk: Desk, whose: str) -> LoanApplicationQuerySet:
    """Cases of a desk within the person's sight: `mine`, `unassigned` (what he could take now), or the `branch`'s."""
    seen: LoanApplicationQuerySet = LoanApplication.objects.visible_to(staff)
    here = seen.filter(state__in=DESKS[desk].states)
    if whose == "mine":
        return here.filter(assignee=staff)
    if whose == "unassigned":
        return _takeable(here.filter(assignee=None), staff, desk)
    return here


def _takeable(lying: LoanApplicationQuerySet, staff: Staff, desk: Desk) -> LoanApplicationQuerySet:
    """Without the cases in which the person has another part, and at approval only those of his levels. A manager,
    who takes none himself, sees them all."""
    if not may(staff, DESKS[desk].action):
        return lying
    free = lying.exclude(investigated_by(staff))
    if desk == Desk.APPROVAL:
        return free.filter(approval_level__in=authority.levels_of(staff)).exclude(reviewer=staff)
    if desk == Desk.DISBURSEMENT:
        return free.exclude(reviewer=staff).exclude(approver=staff)
    return free


def desks_of(staff: Staff) -> list[Desk]:
    """The desks that this person works at; all of them for who watches over them."""
    held = [desk for desk, place in DESKS.items() if may(staff, place.action)]
    return held or list(DESKS)


@dataclass(frozen=True)
class DeskCount:
    """How many cases a desk has, by whose they are and by age, and since when the oldest waits."""

    desk: Desk
    mine: int
    unassigned: int
    branch: int
    older_than: dict[int, int]
    oldest_since: datetime | None


#: Working hours by which the ages of a queue are told apart.
AGES = (2, 4, 8, 24)


def counts(staff: Staff) -> list[DeskCount]:
    """The person's desks with their numbers."""
    hours, now = working_time.hours_on(), clock.now()
    marks = {age: working_time.before(now, age * _HOUR, hours) for age in AGES}
    return [_count(staff, desk, marks) for desk in desks_of(staff)]


def _count(staff: Staff, desk: Desk, marks: dict[int, datetime]) -> DeskCount:
    older = {f"older_{age}": Count("pk", filter=Q(state_since__lte=mark)) for age, mark in marks.items()}
    told = queue(staff, desk, "branch").aggregate(
        mine=Count("pk", filter=Q(assignee=staff)), branch=Count("pk"), oldest=Min("state_since"), **older
    )
    return DeskCount(
        desk=desk,
        mine=told["mine"],
        unassigned=queue(staff, desk, "unassigned").count(),
        branch=told["branch"],
        older_than={age: told[f"older_{age}"] for age in marks},
        oldest_since=told["oldest"],
    )


def older_than(working_hours: int) -> Q:
    """Cases that have waited at least so many working hours in their state."""
    mark = working_time.before(clock.now(), working_hours * _HOUR, working_time.hours_on())
    return Q(state_since__lte=mark)


# --- Taking --------------------------------------------------------------------------------------
@transaction.atomic
def take(application: LoanApplication, *, by: Staff) -> LoanApplication:
    """The person takes a case that lies at his desk. Raises `already_taken`, `not_at_a_desk` (409), and what would
    refuse him the work itself: `not_permitted`, `separation_of_duties`, `no_authority_at_level` (403)."""
    held = hold(application.pk)
    desk = _desk_of(held)
    if held.assignee_id is not None:
        whom = "您" if held.assignee_id == by.pk else "其他人员"
        raise Conflict("already_taken", f"该申请已由{whom}领取")
    _check_able(held, by)
    return _put(held, desk, DeskAssignment.Act.TAKE, by, by=by)


@transaction.atomic
def release(application: LoanApplication, *, reason: str, by: Staff) -> LoanApplication:
    """Whoever has the case lays it back. Raises `not_taken_by_you` (403), `review_begun` (409): a case under review
    goes on only to a colleague."""
    held = hold(application.pk)
    desk = _desk_of(held)
    require(by, DESKS[desk].action)
    if held.assignee_id != by.pk:
        raise NotPermitted("not_taken_by_you", "该申请不在您手中，不能退回队列")
    if held.state == State.UNDER_REVIEW:
        raise Conflict("review_begun", "审查已开始，如不能继续请由主管改派")
    return _put(held, desk, DeskAssignment.Act.RELEASE, None, by=by, reason=reason)


@transaction.atomic
def reassign(application: LoanApplication, *, to: Staff, reason: str, by: Staff) -> LoanApplication:
    """The manager gives the case to one of his people. Raises `not_suitable` (422) for who could not do the work,
    `already_in_hand` (409)."""
    held = hold(application.pk)
    require(by, "loan.reassign")
    desk = _desk_of(held)
    if held.assignee_id == to.pk:
        raise Conflict("already_in_hand", "该申请已在此人手中")
    _check_suitable(held, to)
    if held.state == State.UNDER_REVIEW:
        held.reviewer = to
    return _put(held, desk, DeskAssignment.Act.REASSIGN, to, by=by, reason=reason)


def _desk_of(held: LoanApplication) -> Desk:
    desk = DESK_OF.get(State(held.state))
    if desk is None:
        detail = f"当前状态“{State(held.state).label}”没有待办岗位"
        raise Conflict("not_at_a_desk", detail, state=held.state)
    return desk


def _check_able(held: LoanApplication, staff: Staff) -> None:
    """Raise NotPermitted unless the person could do the desk's work on this case."""
    state = State(held.state)
    require(staff, DESKS[DESK_OF[state]].action)
    check_person(held, DESKS[DESK_OF[state]].moves[state], staff)
    if state == State.IN_APPROVAL:
        authority.seat(held, staff)


def _check_suitable(held: LoanApplication, to: Staff) -> None:
    """As `_check_able` for the one who is to get the case, told to the manager."""
    mine, held.assignee_id, reviewer = held.assignee_id, None, held.reviewer_id
    try:
        if not to.is_active or not LoanApplication.objects.visible_to(to).filter(pk=held.pk).exists():
            raise NotPermitted("not_in_sight", "该员工看不到此申请")
        if held.state == State.UNDER_REVIEW:
            held.reviewer_id = to.pk
        _check_able(held, to)
    except NotPermitted as why:
        raise refuse("not_suitable", f"不能改派给该员工：{why.detail}", "to") from why
    finally:
        held.assignee_id, held.reviewer_id = mine, reviewer


def _put(
    held: LoanApplication, desk: Desk, act: DeskAssignment.Act, staff: Staff | None, *, by: Staff, reason: str = ""
) -> LoanApplication:
    """Into these hands, or back on the desk; on the record."""
    now = clock.now()
    held.assignee, held.assigned_at = staff, now if staff else None
    held.save(update_fields=["assignee", "assigned_at", "reviewer"])
    touch(held)
    DeskAssignment.objects.create(application=held, desk=desk, act=act, staff=staff, by=by, at=now, reason=reason[:200])
    to = staff.employee_no if staff else ""
    audit.record(by=by, action=f"loan.{act.lower()}", subject=subject_of(held), desk=desk, to=to, reason=reason)
    return held
