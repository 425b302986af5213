"""Conditions precedent (放款前提条件): rows of the approval that are met with evidence and confirmed by another person
before the money moves."""

from typing import TYPE_CHECKING

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotFound, NotPermitted
from loans.leading import lead_only, touch
from loans.models import ApprovalDecision, ConditionPrecedent, LoanApplication
from loans.states import State
from loans.transitions import check_person, hold, subject_of
from organization.access import require

if TYPE_CHECKING:
    from organization.models import Staff

#: From the approval on, until the money was paid.
_MET_IN = (State.APPROVED, State.CONTRACTING, State.CONTRACTED, State.DISBURSING)


def lay_down(decision: ApprovalDecision) -> None:
    """Make a row of each line of the approval's conditions."""
    lines = [line.strip() for line in decision.conditions.splitlines() if line.strip()]
    ConditionPrecedent.objects.bulk_create(
        ConditionPrecedent(application_id=decision.application_id, decision=decision, number=number, text=line[:300])
        for number, line in enumerate(lines, 1)
    )


@transaction.atomic
def meet(application: LoanApplication, condition_id: int, *, evidence: str, by: "Staff") -> ConditionPrecedent:
    """The RM in charge says how a condition was met, anew where it was not confirmed yet.

    Raises `not_in_charge` (403), `not_to_be_met_now`, `condition_confirmed` (409), NotFound."""
    held = hold(application.pk)
    lead_only(held, "loan.request_disbursement", by)
    row = _row(held, condition_id)
    if row.confirmed_at is not None:
        raise Conflict("condition_confirmed", "该条件已确认，不能更改")
    row.evidence, row.met_by, row.met_at = evidence[:500], by, clock.now()
    row.save()
    return _on_record(held, row, "meet_condition", by)


def meet_all(held: LoanApplication, *, evidence: str, by: "Staff") -> None:
    """One word about all conditions that are still open, said with the request for the money."""
    now = clock.now()
    held.conditions_precedent.filter(met_at__isnull=True).update(met_at=now, met_by=by, evidence=evidence[:500])


@transaction.atomic
def confirm(application: LoanApplication, condition_id: int, *, by: "Staff") -> ConditionPrecedent:
    """An officer without any other part in the case confirms that a condition is met.

    Raises `separation_of_duties` (403), `condition_not_met`, `condition_confirmed` (409), NotFound."""
    held = hold(application.pk)
    row = _row(held, condition_id)
    _check_officer(held, row, by)
    if row.met_at is None:
        raise Conflict("condition_not_met", "客户经理尚未说明该条件的落实情况")
    if row.confirmed_at is not None:
        raise Conflict("condition_confirmed", "该条件已确认")
    row.confirmed_by, row.confirmed_at = by, clock.now()
    row.save()
    return _on_record(held, row, "confirm_condition", by)


@transaction.atomic
def reopen(application: LoanApplication, condition_id: int, *, reason: str, by: "Staff") -> ConditionPrecedent:
    """An officer finds a condition not met: the RM has to say it anew. Raises as `confirm`."""
    held = hold(application.pk)
    row = _row(held, condition_id)
    _check_officer(held, row, by)
    if row.met_at is None:
        raise Conflict("condition_not_met", "客户经理尚未说明该条件的落实情况")
    row.met_at = row.met_by = row.confirmed_at = row.confirmed_by = None
    row.evidence = ""
    row.save()
    return _on_record(held, row, "reopen_condition", by, reason=reason)


def _check_officer(held: LoanApplication, row: ConditionPrecedent, by: "Staff") -> None:
    require(by, "loan.disburse")
    check_person(held, "disburse", by)
    if by.pk == row.met_by_id or held.approval_decisions.filter(by=by).exists():
        raise NotPermitted("separation_of_duties", "落实条件或参与审批的人员不得确认放款条件")


def _row(held: LoanApplication, condition_id: int) -> ConditionPrecedent:
    row = held.conditions_precedent.filter(pk=condition_id).first()
    if row is None:
        raise NotFound("没有找到该放款条件")
    if held.state not in _MET_IN:
        detail = f"当前状态“{State(held.state).label}”不能办理放款条件"
        raise Conflict("not_to_be_met_now", detail, state=held.state)
    return row


def _on_record(
    held: LoanApplication, row: ConditionPrecedent, action: str, by: "Staff", **said: str
) -> ConditionPrecedent:
    touch(held)
    audit.record(by=by, action=f"loan.{action}", subject=subject_of(held), condition=row.pk, **said)
    return row
