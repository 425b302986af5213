"""Draws after the first (后续提款): the RM asks for each with its vouchers, an independent officer releases it, core
banking pays it under a reference of its own. The application stays paid out all the while."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from loans import blockers, disbursement, draws
from loans.blocker import Blocker
from loans.codes import Stage
from loans.decision import support
from loans.draw_machine import DrawState
from loans.models import Draw, LoanApplication, Payment
from loans.models.draw import DrawQuerySet
from loans.reasons import RefusalReason, in_words
from loans.review import free_for, investigated_by
from loans.states import State
from loans.transitions import check_person, hold
from organization.models import Staff


@transaction.atomic
def request(application: LoanApplication, draw_id: UUID, *, evidence: str, use_of_last: str, by: Staff) -> Draw:
    """The RM asks for a draw: `evidence` names the vouchers for its use and how its condition was met, `use_of_last`
    how the money drawn before was used.

    Raises `not_in_charge` (403), `first_draw_missing`, `illegal_transition`, `draw_under_way`, `transition_blocked`
    with `draw_too_early`, `draw_period_over`, `draw_evidence_missing`, `use_of_last_draw_missing`, what the hard
    rules find and what else is missing (409), NotFound."""
    held = hold(application.pk)
    check_person(held, "request_disbursement", by)
    draws.require_begun(held)
    draw = draws.held(held, draw_id)
    draws.check(draw, "request")
    draws.require_none_under_way(draw)
    said = _unsaid(evidence, use_of_last)
    disbursement.require_none(held, "申请提款", [*_against(held, draw, evidence), *said])
    draws.move(
        held,
        draw,
        "request",
        by=by,
        reason=evidence,
        is_later=True,
        requester=by,
        evidence=evidence,
        use_of_last=use_of_last,
    )
    support.keep(held, Stage.DISBURSEMENT, by=by)
    return draw


def _unsaid(evidence: str, use_of_last: str) -> Iterable[Blocker]:
    """What the contract asks for with every draw but the first."""
    if not evidence:
        yield Blocker("draw_evidence_missing", "请填写本次提款的用途凭证", "evidence")
    if not use_of_last:
        yield Blocker("use_of_last_draw_missing", "请说明前次提款的使用情况", "use_of_last")


def _against(held: LoanApplication, draw: Draw, evidence: str) -> list[Blocker]:
    found = blockers.of_later_draw(held)
    return [*found, *disbursement.against_paying(held, draw.contract, draw, evidence=evidence)]


def queue(staff: Staff) -> DrawQuerySet:
    """Later draws that wait for this officer: in his scope, no part of his own in the case."""
    cases = LoanApplication.objects.filter(free_for(staff), state=State.DISBURSED).exclude(investigated_by(staff))
    mine = cases.exclude(reviewer=staff).exclude(approval_decisions__by=staff)
    waiting: DrawQuerySet = Draw.objects.visible_to(staff).filter(
        state=DrawState.REQUESTED, contract__application__in=mine
    )
    return waiting


@transaction.atomic
def release(application: LoanApplication, draw_id: UUID, *, by: Staff) -> Payment:
    """An officer without any part in the case checks again and releases the draw; with it he confirms that its
    condition is met.

    Raises `separation_of_duties` (403), `payment_under_way`, `illegal_transition`, `transition_blocked` (409),
    NotFound."""
    held = hold(application.pk)
    check_person(held, "disburse", by)
    disbursement.require_independent(held, by)
    draws.require_begun(held)
    draw = draws.held(held, draw_id)
    disbursement.require_no_open_payment(held)
    draws.check(draw, "release")
    disbursement.require_none(
        held, "放款", [*_against(held, draw, draw.evidence), *blockers.conditions_are_confirmed(held)]
    )
    draws.move(held, draw, "release", by=by, is_later=True, officer=by)
    return disbursement.order(held, draw.contract, by, draw)


@transaction.atomic
def refuse(application: LoanApplication, draw_id: UUID, *, by: Staff, reason_code: str, note: str = "") -> Draw:
    """The officer gives the request back; the RM may ask again. Raises `separation_of_duties` (403),
    `illegal_transition` (409), NotFound."""
    held = hold(application.pk)
    check_person(held, "refuse_disbursement", by)
    disbursement.require_independent(held, by)
    draws.require_begun(held)
    draw = draws.held(held, draw_id)
    reason = in_words(RefusalReason(reason_code), note)[:500]
    return draws.move(held, draw, "refuse", by=by, reason=reason, reason_code=reason_code, is_later=True)
