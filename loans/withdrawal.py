"""The customer takes his application back, any time before the money moves: told by his RM with what shows it, or
by himself over his link."""

from typing import TYPE_CHECKING

from django.db import transaction

from loans import blockers, draws, reason_catalogue
from loans.codes import ToldBy
from loans.machine import MOVES
from loans.models import ClosingReason, LoanApplication, Withdrawal
from loans.refusals import refuse
from loans.states import State
from loans.transitions import check_move, check_person, hold, move

if TYPE_CHECKING:
    from organization.models import Staff


def is_possible(application: LoanApplication) -> bool:
    """Whether there is something to take back, and neither has money moved nor is it on its way."""
    if application.state == State.DISBURSING and blockers.of_file(application, "refuse_disbursement"):
        return False
    may_move = application.state == State.DISBURSING or application.state in MOVES["withdraw"].sources
    return may_move and not blockers.of_file(application, "withdraw")


@transaction.atomic
def withdraw(
    application: LoanApplication,
    *,
    by: "Staff",
    reason: str,
    told_by: str = ToldBy.IN_PERSON,
    evidence: str = "",
    reason_code: str = "",
) -> LoanApplication:
    """By the RM, for the customer. What shows the customer's will is asked for as soon as the case was taken up.

    Raises `not_in_charge` (403), `withdrawal_evidence_missing`, `withdrawal_by_link`, `reason_unknown` (422),
    `illegal_transition`, `transition_blocked` with `money_has_moved` (409)."""
    held = hold(application.pk)
    check_person(held, "withdraw", by)
    if held.state == State.DISBURSING:
        _take_back_the_request(held)
    check_move(held, "withdraw", by)
    if told_by == ToldBy.LINK:
        raise refuse("withdrawal_by_link", "通过链接撤回须由客户本人操作", "told_by")
    if held.state != State.DRAFT and not evidence:
        raise refuse("withdrawal_evidence_missing", "请填写客户撤回的依据（如书面申请、通话录音编号）", "evidence")
    if reason_code:
        reason_catalogue.chosen(reason_code, ClosingReason.Stage.WITHDRAWAL)
    return _end(held, by=by, reason=reason, told_by=told_by, evidence=evidence, reason_code=reason_code)


@transaction.atomic
def by_customer(application: LoanApplication, *, reason: str, evidence: str) -> LoanApplication:
    """By the customer himself: `evidence` names his confirmed link. Raises as `withdraw`."""
    held = hold(application.pk)
    if held.state == State.DISBURSING:
        _take_back_the_request(held)
    return _end(held, by=None, reason=reason, told_by=ToldBy.LINK, evidence=evidence)


def _take_back_the_request(held: LoanApplication) -> None:
    """While no payment was sent the request for the money is given back first. Raises `transition_blocked` (409)."""
    move(held, "refuse_disbursement", by=None, reason="客户撤回申请，放款申请退回")


def _end(
    held: LoanApplication, *, by: "Staff | None", reason: str, told_by: str, evidence: str, reason_code: str = ""
) -> LoanApplication:
    move(held, "withdraw", by=by, reason=reason, reason_code=reason_code)
    draws.end_with(held, by=by, reason=f"客户撤回申请：{reason}")
    Withdrawal.objects.create(application=held, told_by=told_by, evidence=evidence[:200], reason=reason[:300], by=by)
    return held
