"""Draws (提款) of a contract that is paid out in parts: which is next, what stands in its way, how it moves, and how
the rest of them ends.

The first draw goes the way of the application (`loans/disbursement.py`), the later ones have their own
(`loans/later_draws.py`). Whoever calls holds the application: one draw of a contract is in hand at a time.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django_fsm import TransitionNotAllowed, can_proceed

from aladdin import audit, clock
from aladdin.problems import Conflict, NotFound
from loans import notices
from loans.blocker import Blocker
from loans.draw_machine import LABELS, UNDER_WAY, DrawState
from loans.leading import touch
from loans.models import Contract, Draw, DrawTransition, LoanApplication
from loans.models.draw import DrawQuerySet
from loans.refusals import refuse
from loans.states import State
from loans.transitions import check_person, hold, subject_of

if TYPE_CHECKING:
    from organization.models import Staff


# --- Reading -------------------------------------------------------------------------------------
def next_of(contract: Contract | None) -> Draw | None:
    """The draw that comes next; None where the contract is paid out at once, or all is drawn."""
    return _of(contract).filter(state=DrawState.PLANNED).first()


def in_hand(contract: Contract | None) -> Draw | None:
    """The draw that is asked for or on its way; None where none is."""
    return _of(contract).filter(state__in=UNDER_WAY).first()


def _of(contract: Contract | None) -> DrawQuerySet:
    rows: DrawQuerySet = Draw.objects.select_for_update(of=("self",)).order_by("number")
    return rows.filter(contract=contract) if contract is not None and contract.draw_until is not None else rows.none()


def held(application: LoanApplication, draw_id: UUID) -> Draw:
    """The draw, locked. Raises NotFound."""
    rows = Draw.objects.select_for_update(of=("self",)).select_related("contract__application__customer")
    found: Draw | None = rows.filter(pk=draw_id, contract__application=application).first()
    if found is None:
        raise NotFound("没有找到该提款")
    return found


# --- What stands in the way ----------------------------------------------------------------------
def against(draw: Draw, *, evidence: str) -> Iterable[Blocker]:
    """Its day has come, the time for drawing is not over, and its condition is said to be met."""
    today, last = clock.today(), draw.contract.draw_until
    if draw.planned_on is not None and today < draw.planned_on:
        yield Blocker("draw_too_early", f"计划提款日为{draw.planned_on:%Y-%m-%d}，尚未到期", "draws")
    if last is not None and today > last:
        yield Blocker("draw_period_over", f"提款期已于{last:%Y-%m-%d}届满", "draws")
    if draw.condition and not evidence:
        yield Blocker("draw_condition_unmet", f"提款条件未落实：{draw.condition}", "evidence")


def require_none_under_way(draw: Draw) -> None:
    """Raise `draw_under_way` (409) while another draw of the contract is asked for or on its way."""
    if Draw.objects.filter(contract=draw.contract_id, state__in=UNDER_WAY).exclude(pk=draw.pk).exists():
        raise Conflict("draw_under_way", "本合同另有提款正在办理，请等待其结果")


def check(draw: Draw, name: str) -> None:
    """Raise `illegal_transition` (409) unless the draw's state has such an arrow."""
    if not can_proceed(getattr(draw, name)):
        raise _illegal(draw, name)


def _illegal(draw: Draw, name: str) -> Conflict:
    label = DrawState(draw.state).label
    return Conflict("illegal_transition", f"第{draw.number}次提款{label}，不能“{LABELS[name]}”", state=draw.state)


# --- Moving --------------------------------------------------------------------------------------
def move(
    application: LoanApplication,
    draw: Draw,
    name: str,
    *,
    by: "Staff | None",
    reason: str = "",
    reason_code: str = "",
    is_later: bool = False,
    **marks: Any,
) -> Draw:
    """Make the draw's move with its log; a later draw tells of it itself, the first one's is told with the
    application's. Raises `illegal_transition` (409)."""
    before = draw.state
    try:
        getattr(draw, name)(**marks)
    except TransitionNotAllowed:
        raise _illegal(draw, name) from None
    draw.state_since = clock.now()
    draw.version += 1
    draw.save()
    row = DrawTransition.objects.create(
        draw=draw,
        name=name,
        from_state=before,
        to_state=draw.state,
        by=by,
        reason=reason[:500],
        reason_code=reason_code,
    )
    said = {"draw": draw.number, "amount": str(draw.amount), "from": before, "to": draw.state, "reason": reason}
    audit.record(by=by, action=f"loan.{name}_draw", subject=subject_of(application), **said)
    if is_later:
        touch(application)
        notices.draw_moved(application, draw, row)
    return draw


# --- The rest ------------------------------------------------------------------------------------
@transaction.atomic
def cancel(
    application: LoanApplication, *, reason: str, evidence: str, by: "Staff", only: Sequence[UUID] = ()
) -> list[Draw]:
    """The customer does not want the rest, or these parts of it: the RM gives it up for him, with what shows his will.

    Raises `not_in_charge` (403), `first_draw_missing`, `no_draw_left` (409), `withdrawal_evidence_missing` (422),
    NotFound."""
    holding = hold(application.pk)
    check_person(holding, "request_disbursement", by)
    require_begun(holding)
    if not evidence:
        raise refuse("withdrawal_evidence_missing", "请填写客户放弃提款的依据（如书面申请、通话录音编号）", "evidence")
    rows = [held(holding, each) for each in only] or list(_left(holding))
    if not rows:
        raise Conflict("no_draw_left", "没有可取消的提款")
    said = f"{reason}（{evidence}）"
    return [move(holding, each, "cancel", by=by, reason=said, is_later=True) for each in rows]


def require_begun(application: LoanApplication) -> None:
    """Raise `first_draw_missing` (409) before the first draw was paid: until then the application itself moves."""
    if application.state != State.DISBURSED:
        raise Conflict("first_draw_missing", "首次提款尚未放款，请先办理首次提款", state=application.state)


def _left(application: LoanApplication) -> DrawQuerySet:
    """Those that no payment is on its way for."""
    rows = Draw.objects.select_for_update(of=("self",)).select_related("contract__application__customer")
    cancellable = (DrawState.PLANNED, DrawState.REQUESTED)
    found: DrawQuerySet = rows.filter(contract__application=application, state__in=cancellable)
    return found.order_by("number")


def end_with(application: LoanApplication, *, reason: str, by: "Staff | None") -> None:
    """The application ended before any money: none of its draws will come."""
    for draw in _left(application):
        move(application, draw, "cancel", by=by, reason=reason)


def lapse() -> int:
    """Cancel what was not drawn in time; the number of draws. One transaction for each application."""
    late = Draw.objects.filter(
        state__in=(DrawState.PLANNED, DrawState.REQUESTED),
        contract__draw_until__lt=clock.today(),
        contract__application__state=State.DISBURSED,
    )
    cases = late.order_by("contract__application").values_list("contract__application", flat=True).distinct()
    return sum(_lapse(pk) for pk in cases)


@transaction.atomic
def _lapse(application_id: UUID) -> int:
    """Nought where somebody holds the case just now: then it is tomorrow's."""
    free = LoanApplication.objects.select_for_update(skip_locked=True, of=("self",))
    holding = free.filter(pk=application_id, state=State.DISBURSED).first()
    if holding is None:
        return 0
    rows = list(_left(holding))
    for draw in rows:
        reason = f"提款期已于{draw.contract.draw_until:%Y-%m-%d}届满"
        move(holding, draw, "cancel", by=None, reason=reason, is_later=True)
    return len(rows)
