"""Payments on their way to core banking: sent once, then asked for until the outcome is known. Runs in jobs."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from aladdin import clock
from aladdin.jobs import later
from loans import disbursement
from loans.gateways import core_banking
from loans.gateways.core_banking import Outcome, PaymentNotAccepted, PaymentReferenceReused, PaymentResult
from loans.models import Payment

P = Payment.State
#: Between two questions about one payment: longer each time, up to the last.
_PAUSES = (timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
#: An open payment of this age that no job asks about any more is taken up again.
_FORGOTTEN = timedelta(minutes=10)


def send(payment_id: UUID) -> None:
    """Send the order, unless it may have been sent before: then only ask what became of it."""
    if not _claim(payment_id):
        resolve(payment_id)
        return
    payment = _read(payment_id)
    _take_in(payment, _pay(payment), asked=0)


def resolve(payment_id: UUID, *, asked: int = 0) -> None:
    """Ask core banking what became of the payment. Only where it says that the order never arrived is it sent, under
    the same reference, for which it pays at most once."""
    payment = _read(payment_id)
    if payment.state not in (P.PENDING, P.UNKNOWN):
        return
    result = core_banking.query(payment.client_ref)
    if result is None:
        result = _pay(payment) if payment.state == P.UNKNOWN else PaymentResult(Outcome.UNKNOWN)
    _take_in(payment, result, asked=asked + 1)


def take_up_forgotten() -> int:
    """Let open payments be asked for again about which no job is waiting or at work; their number."""
    silent = Payment.objects.filter(state__in=disbursement.OPEN, sent_at__lt=clock.now() - _FORGOTTEN)
    forgotten = [payment for payment in silent if not _is_asked_about(payment)]
    for payment in forgotten:
        name = "loans.send_payment" if payment.state == P.SENT else "loans.resolve_payment"
        later(name, lock=disbursement.lock_of(payment), dedupe=f"forgotten:{payment.pk}", payment_id=str(payment.pk))
    return len(forgotten)


def _is_asked_about(payment: Payment) -> bool:
    at_hand = ProcrastinateJob.objects.filter(status__in=["todo", "doing"])
    return bool(at_hand.filter(lock=disbursement.lock_of(payment)).exists())


def _claim(payment_id: UUID) -> bool:
    """Whether this job is the first to send. From here on the outcome is unknown until core banking says: a crash
    between the call and its answer must not look like an order that was never sent."""
    with transaction.atomic():
        return bool(Payment.objects.filter(pk=payment_id, state=P.SENT).update(state=P.UNKNOWN))


def _read(payment_id: UUID) -> Payment:
    return Payment.objects.select_related("application__customer", "contract").get(pk=payment_id)


def _pay(payment: Payment) -> PaymentResult:
    """Raises PaymentReferenceReused: something else was paid under this reference, a person has to look."""
    try:
        return core_banking.pay(
            client_ref=payment.client_ref,
            amount=payment.amount,
            loan_account=payment.contract.contract_no,
            payee_name=payment.payee_name,
            payee_account=payment.payee_account,
            purpose=payment.application.get_purpose_display(),
        )
    except PaymentReferenceReused:
        raise
    except PaymentNotAccepted as refused:
        return PaymentResult(Outcome.FAILED, reason=refused.message)


def _take_in(payment: Payment, result: PaymentResult, *, asked: int) -> None:
    with transaction.atomic():
        settled = disbursement.settle(payment, result)
        if settled.state in disbursement.OPEN:
            later(
                "loans.resolve_payment",
                wait=_PAUSES[min(asked, len(_PAUSES) - 1)],
                lock=disbursement.lock_of(payment),
                payment_id=str(payment.pk),
                asked=asked,
            )
