"""Levels of approval that sleep: first they are woken, with the next level and the managers told; then the case goes
up by itself."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction

from aladdin import clock, parameters, working_time
from loans import chain, notices
from loans.codes import ApprovalLevel
from loans.models import LoanApplication
from loans.states import State
from loans.transitions import hold, move
from organization.models import Staff
from organization.roles import Role

_HOUR = 3600


def wake_sleeping_levels() -> tuple[int, int]:
    """How many cases were told of, and how many went up. Run again it tells nobody twice."""
    told = sum(_tell(pk) for pk in _waiting("loan.approval_sleep_hours"))
    raised = sum(_raise(pk) for pk in _waiting("loan.approval_escalates_after_hours"))
    return told, raised


def _waiting(parameter: str) -> Iterator[UUID]:
    """Cases that wait longer in their level than so many working hours, the longest waiting first."""
    seconds = parameters.integer(parameter) * _HOUR
    mark = working_time.before(clock.now(), seconds, working_time.hours_on())
    asleep = LoanApplication.objects.filter(state=State.IN_APPROVAL, state_since__lte=mark)
    yield from list(asleep.order_by("state_since").values_list("pk", flat=True))


@transaction.atomic
def _tell(application_id: UUID) -> bool:
    """Remind who was asked, and let the next level and the managers know; whether anybody had not been told yet."""
    held = hold(application_id)
    if held.state != State.IN_APPROVAL:
        return False
    asked = [held.assignee] if held.assignee else chain.asked(held)
    told = {staff.pk: staff for staff in (*asked, *_next_level(held), *_managers(held, asked))}
    label = ApprovalLevel(held.approval_level or ApprovalLevel.OUTLET).label
    key = f"{held.approval_level}:{held.state_since.timestamp():.0f}"
    return notices.level_sleeps(held, told.values(), reason=f"{label}超过时限未处理", event_key=key)


def _next_level(held: LoanApplication) -> Iterable[Staff]:
    higher = chain.next_tier(held)
    if higher is None:
        return []
    level, held.approval_level = held.approval_level, higher.level
    try:
        return chain.asked(held)
    finally:
        held.approval_level = level


def _managers(held: LoanApplication, asked: Iterable[Staff]) -> Iterable[Staff]:
    """The managers of the branches where the case lies; of the application's own where nobody was asked."""
    branches = {staff.branch_id for staff in asked} or {held.branch_id}
    managers: Iterable[Staff] = Staff.objects.active().with_role(Role.BRANCH_MANAGER).filter(branch__in=branches)
    return managers


@transaction.atomic
def _raise(application_id: UUID) -> bool:
    """To the next level by the system; False at the top, or where somebody acted meanwhile."""
    held = hold(application_id)
    higher = chain.next_tier(held)
    seconds = parameters.integer("loan.approval_escalates_after_hours") * _HOUR
    waited = working_time.between(held.state_since, clock.now(), working_time.hours_on())
    if held.state != State.IN_APPROVAL or higher is None or waited < seconds:
        return False
    level = ApprovalLevel(held.approval_level or ApprovalLevel.OUTLET).label
    move(held, "escalate", by=None, reason=f"{level}超过时限未处理，系统上报", level=higher.level)
    return True
