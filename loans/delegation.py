"""Lending one's seat at approval to another for some days (转授权)."""

from datetime import date

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotPermitted
from loans import authority
from loans.models import ApprovalDelegation
from loans.refusals import refuse
from notifications.notices import Message, notify_many
from organization.access import may, require
from organization.models import Staff


@transaction.atomic
def lend(*, to: Staff, first_day: date, last_day: date, reason: str, by: Staff) -> ApprovalDelegation:
    """The approver lends his seat. It never raises the other's limit, and neither's own cases are decided from it:
    that is seen to at every decision (`authority.seat`).

    Raises `delegate_unsuitable`, `delegation_backdated`, `delegation_too_long`, `no_authority_to_lend` (422)."""
    require(by, "loan.delegate")
    _check_days(first_day, last_day)
    if not authority.in_force(by).exists():
        raise refuse("no_authority_to_lend", "您没有可转授的审批授权", "to")
    if to.pk == by.pk or not may(to, "loan.approve") or not authority.in_force(to).exists():
        raise refuse("delegate_unsuitable", "受托人须为另一名在职且自身有审批授权的有权审批人", "to")
    row = ApprovalDelegation.objects.create(
        delegator=by, delegate=to, first_day=first_day, last_day=last_day, reason=reason
    )
    audit.record(by=by, action="loan.delegate", subject=subject_of(row), to=to.employee_no, until=f"{last_day}")
    _tell(row, "approval.delegated")
    return row


def _check_days(first_day: date, last_day: date) -> None:
    if first_day < clock.today():
        raise refuse("delegation_backdated", "转授权最早自今日起", "first_day")
    if last_day < first_day:
        raise refuse("delegation_ends_before_it_begins", "截止日不能早于起始日", "last_day")
    most = parameters.integer("loan.delegation_days")
    if (last_day - first_day).days >= most:
        raise refuse("delegation_too_long", f"转授权最长{most}天", "last_day")


@transaction.atomic
def revoke(row: ApprovalDelegation, *, by: Staff) -> ApprovalDelegation:
    """The lender takes his seat back. Raises `not_your_delegation` (403), `delegation_over` (409)."""
    require(by, "loan.delegate")
    held = ApprovalDelegation.objects.select_for_update().get(pk=row.pk)
    if held.delegator_id != by.pk:
        raise NotPermitted("not_your_delegation", "只有授权人本人可以撤销")
    if held.revoked_at is not None or held.last_day < clock.today():
        raise Conflict("delegation_over", "该转授权已结束")
    held.revoked_at = clock.now()
    held.save(update_fields=["revoked_at"])
    audit.record(by=by, action="loan.revoke_delegation", subject=subject_of(held))
    _tell(held, "approval.delegation_revoked")
    return held


def subject_of(row: ApprovalDelegation) -> str:
    """How audit and deep links name a delegation."""
    return f"approval-delegation/{row.pk}"


def _tell(row: ApprovalDelegation, kind: str) -> None:
    period = f"{row.first_day:%Y-%m-%d}至{row.last_day:%Y-%m-%d}"
    values = {"colleague": row.delegator.name, "period": period}
    message = Message(
        recipient=row.delegate, kind=kind, event_key=f"{kind}:{row.pk}", subject=subject_of(row), values=values
    )
    notify_many([message])
