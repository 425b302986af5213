"""Saying no, for now or for good: back to the investigators for correction, or refused (否决).

Reviewers and approvers alike. A borrower who is refused must be told (个人贷款管理办法): `loans/borrower_notices.py`.
"""

from collections.abc import Sequence

from django.db import transaction

from aladdin.problems import RuleBroken
from loans import approval, authority, borrower_notices, committee, reason_catalogue
from loans.codes import ApprovalLevel, CommitteeOffice
from loans.models import ClosingReason, LoanApplication, ReturnItem, ReviewOpinion
from loans.reasons import ReturnReason, in_words
from loans.refusals import refuse
from loans.states import State
from loans.transitions import check_move, hold, move
from organization.models import Staff


@transaction.atomic
def return_for_correction(
    application: LoanApplication, *, by: Staff, reason_code: str, items: Sequence[str], note: str = "", step: str = ""
) -> LoanApplication:
    """Send the case back, to a named step of the product if one is named, with what is to be put right: each thing a
    line that has to be answered.

    Raises `no_authority_at_level` (403), `return_items_missing`, `step_not_of_product` (422), `transition_blocked`
    with `too_many_returns` (409)."""
    held = hold(application.pk)
    check_move(held, "return_for_correction", by)
    if not items:
        raise RuleBroken("return_items_missing", "请列明需要补充的事项", errors={"items": ["至少一项"]})
    if step and step not in held.product_version.steps:
        raise refuse("step_not_of_product", "该产品没有这个办理步骤", "step")
    reason = in_words(ReturnReason(reason_code), note)
    if held.state == State.IN_APPROVAL:
        _record(held, "RETURN", by, reason, reason_code)
    moved = move(held, "return_for_correction", by=by, reason=reason[:500], reason_code=reason_code)
    said = {"application": moved, "round": moved.returns, "step": step, "reason_code": reason_code}
    ReturnItem.objects.bulk_create([ReturnItem(**said, text=text) for text in items])
    return moved


@transaction.atomic
def reject(application: LoanApplication, *, by: Staff, reason_code: str, note: str) -> LoanApplication:
    """Refuse the loan, for a reason of the catalogue. Raises `no_authority_at_level` (403),
    `reviewer_may_not_reject`, `reason_unknown` (422)."""
    held = hold(application.pk)
    check_move(held, "reject", by)
    reason = in_words(reason_catalogue.chosen(reason_code, ClosingReason.Stage.REJECTION), note)
    if held.state == State.IN_APPROVAL:
        _record(held, "REJECT", by, reason, reason_code)
    else:
        _veto(held, by, reason)
    moved = move(held, "reject", by=by, reason=reason[:500], reason_code=reason_code)
    borrower_notices.refused(moved, reason_code)
    return moved


def _record(held: LoanApplication, decision: str, by: Staff, reason: str, reason_code: str) -> None:
    """The approver's no, from his own seat or one lent to him; before the committee only its chair sends back."""
    if decision == "RETURN" and held.approval_level == ApprovalLevel.COMMITTEE:
        committee.require_office(by, CommitteeOffice.CHAIR)
        committee.require_no_sitting(held)
        approval.record(held, decision, by=by, reason=reason, reason_code=reason_code)
        return
    seat = authority.seat(held, by)
    approval.record(
        held,
        decision,
        by=by,
        reason=f"{seat.on_behalf}{reason}",
        reason_code=reason_code,
        authority_limit=seat.limit,
        delegation=seat.delegation,
    )


def _veto(held: LoanApplication, by: Staff, reason: str) -> None:
    """A reviewer refuses only where the product lets him; else he recommends it to the approver."""
    if not held.product_version.reviewer_may_reject:
        raise RuleBroken("reviewer_may_not_reject", "本产品审查岗不能直接否决，请提交审批并建议否决")
    rejects = ReviewOpinion.Recommendation.REJECT
    ReviewOpinion.objects.create(application=held, by=by, recommendation=rejects, opinion=reason)
