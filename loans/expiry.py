"""Approvals that nobody used in time."""

from django.db import transaction

from aladdin import clock
from loans import draws
from loans.models import LoanApplication
from loans.states import State
from loans.transitions import move

_WAITING = (State.APPROVED, State.CONTRACTING, State.CONTRACTED)


def expire_approvals() -> int:
    """End the cases whose approval is past its last day; the number of cases. One transaction each."""
    past = LoanApplication.objects.filter(state__in=_WAITING, approval_expires_on__lt=clock.today())
    return sum(_expire(pk) for pk in past.order_by("approval_expires_on").values_list("pk", flat=True))


@transaction.atomic
def _expire(application_id: object) -> bool:
    """False where somebody moved the case meanwhile, or holds it just now: then it is tomorrow's."""
    free = LoanApplication.objects.select_for_update(skip_locked=True, of=("self",))
    held = free.filter(pk=application_id, state__in=_WAITING).first()
    if held is None:
        return False
    last_day = held.approval_expires_on
    reason = f"批复有效期至{last_day:%Y-%m-%d}" if last_day else ""
    move(held, "expire_approval", by=None, reason=reason, reason_code="APPROVAL_EXPIRED")
    draws.end_with(held, by=None, reason="批复失效")
    return True
