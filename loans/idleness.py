"""What the night does to intake: idle cases are cancelled, lost gates send a case back."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from aladdin import clock, parameters
from loans import gates, intake, obligors
from loans.models import LoanApplication
from loans.obligors import Obligor
from loans.states import INTAKE, State
from loans.transitions import hold

_GUARDED = (State.ID_VERIFIED, State.CREDIT_AUTHORIZED, State.INVESTIGATING)


def cancel_idle() -> int:
    """Cancel what nobody has touched for the idle days (domain 1.4); the number cancelled."""
    days = parameters.integer("loan.idle_days_before_cancellation")
    oldest = clock.now() - timedelta(days=days)
    cancelled = 0
    for application_id in _ids(state__in=(*INTAKE, State.RETURNED), updated_at__lt=oldest):
        with transaction.atomic():
            held = hold(application_id)
            if held.updated_at < oldest and held.state in (*INTAKE, State.RETURNED):
                intake.cancel(held, by=None, reason=f"超过{days}天未办理，系统自动撤销", reason_code="IDLE")
                cancelled += 1
    return cancelled


def recheck_gates() -> int:
    """Send back to acceptance what lost its identity check or its authorization; the number sent back."""
    sent_back = 0
    for application_id in _ids(state__in=_GUARDED):
        with transaction.atomic():
            held = hold(application_id)
            lost = _lost(held) if held.state in _GUARDED else ""
            if lost:
                intake.fall_back(held, reason=lost)
                sent_back += 1
    return sent_back


def _lost(held: LoanApplication) -> str:
    """Why the case has to go back, or nothing."""
    for blocker in (*gates.identity(held), *gates.identity_paper(held)):
        return blocker.detail
    if held.state == State.CREDIT_AUTHORIZED and any(_has_lost_consent(each) for each in obligors.of(held)):
        return "征信授权已过有效期或已撤销"
    return ""


def _has_lost_consent(obligor: Obligor) -> bool:
    """Nobody has asked the bureau about him yet, and nobody may any more."""
    asked = obligor.reports.exclude(state="RECEIVED").exists() or gates.report_of(obligor) is not None
    return not asked and gates.standing_authorization(obligor) is None


def _ids(**which: object) -> Iterator[UUID]:
    yield from list(LoanApplication.objects.filter(**which).order_by("pk").values_list("pk", flat=True))
