"""Registering what secures a loan (抵质押登记): after the contract, before the money.

The RM attends and records what the office certified; whether all is registered is a gate of the disbursement, looked
at again by the independent officer (个人贷款管理办法 2024).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotFound
from loans.leading import lead_only, touch
from loans.models import Collateral, LoanApplication
from loans.refusals import refuse
from loans.states import State
from loans.transitions import hold, subject_of
from organization.models import Staff

#: From the approval until the officer has paid.
OPEN_IN = (State.APPROVED, State.CONTRACTING, State.CONTRACTED)


@transaction.atomic
def register(
    application: LoanApplication,
    collateral_id: UUID,
    *,
    registration_no: str,
    office: str,
    registered_at: datetime,
    by: Staff,
) -> Collateral:
    """Record the certificate of registration.

    Raises NotFound, `not_in_charge` (403), `wrong_state_for_registration`, `already_registered` (409),
    `registered_in_future`, `registration_known` (422: the certificate stands for something else)."""
    held = hold(application.pk)
    lead_only(held, "loan.register_collateral", by)
    if held.state not in OPEN_IN:
        label = State(held.state).label
        raise Conflict("wrong_state_for_registration", f"当前状态“{label}”不能办理押品登记", state=held.state)
    row = Collateral.objects.select_for_update(of=("self",)).filter(pk=collateral_id, application=held).first()
    if row is None:
        raise NotFound("没有找到该押品")
    if row.registered_at is not None:
        raise Conflict("already_registered", "该押品已登记")
    if registered_at > clock.now():
        raise refuse("registered_in_future", "登记时间不能晚于现在", "registered_at")
    if Collateral.objects.filter(registration_no=registration_no).exists():
        raise refuse("registration_known", "该登记证明编号已用于其他押品", "registration_no")
    row.registration_no, row.registration_office = registration_no, office
    row.registered_at, row.registered_by = registered_at, by
    row.save(update_fields=["registration_no", "registration_office", "registered_at", "registered_by"])
    touch(held)
    audit.record(
        by=by,
        action="loan.register_collateral",
        subject=subject_of(held),
        collateral=str(row.pk),
        number=registration_no,
    )
    return row
