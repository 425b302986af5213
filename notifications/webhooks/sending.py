"""Draining what a subscriber has to hear: in order for each subject, again after failures, given up after days.

A row that is being sent is put off for as long as a call may take, so that a worker that dies over it loses nothing;
it may then be told twice, with the same id. A subscriber that fails again and again is left alone for a while (its
circuit is open): its messages wait and nobody else's do.
"""

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from aladdin import audit, clock
from aladdin.jobs import later, wake
from notifications import stops
from notifications.models import Outlet, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.webhooks.calls import SECONDS, Outcome, call
from notifications.webhooks.outbox import DRAIN

logger = logging.getLogger(__name__)

_Status, _State = WebhookDelivery.Status, WebhookEndpoint.State

#: Seconds between attempts: three days and a few hours in all, each made longer or shorter by up to a fifth.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
_LEASE = timedelta(seconds=4 * SECONDS)
_FAILURES_BEFORE_OPEN = 5
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_AT_ONCE = 50
_chance = random.SystemRandom()


def drain(endpoint_id: UUID) -> int:
    """Send what is due to one subscriber, until nothing is or a call fails; how many arrived."""
    arrived = 0
    for _ in range(_AT_ONCE):
        delivery = _take(endpoint_id)
        if delivery is None:
            return arrived
        outcome = call(delivery.endpoint, delivery.event)
        if not _record(delivery.pk, outcome):
            return arrived
        arrived += 1
    wake(DRAIN, key=f"{DRAIN}|{endpoint_id}", endpoint_id=str(endpoint_id))
    return arrived


def sweep() -> None:
    """Wake the drain of every subscriber with something due: what a crash or a pause has left lying."""
    due = WebhookDelivery.objects.filter(status=_Status.PENDING, next_attempt_at__lte=clock.now())
    active = due.filter(endpoint__state=_State.ACTIVE).order_by().values_list("endpoint_id", flat=True).distinct()
    for endpoint_id in active:
        wake(DRAIN, key=f"{DRAIN}|{endpoint_id}", endpoint_id=str(endpoint_id))


def send_again(given_up: Sequence[WebhookDelivery]) -> None:
    """Begin dead letters (locked) anew, under the ids that they had; what came after them has been told meanwhile."""
    for delivery in given_up:
        delivery.status, delivery.attempts, delivery.next_attempt_at = _Status.PENDING, 0, clock.now()
        delivery.save(update_fields=["status", "attempts", "next_attempt_at"])
    for endpoint_id in {delivery.endpoint_id for delivery in given_up}:
        wake(DRAIN, key=f"{DRAIN}|{endpoint_id}", endpoint_id=str(endpoint_id))


@transaction.atomic
def _take(endpoint_id: UUID) -> WebhookDelivery | None:
    """The next that is due and has nothing of its subject before it, put off until its call must have ended."""
    now = clock.now()
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    if endpoint.state != _State.ACTIVE or (endpoint.open_until is not None and endpoint.open_until > now):
        return None
    stopped = stops.stopped_kinds(Outlet.WEBHOOK)
    if "" in stopped:
        return None
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, status=_Status.PENDING)
    before = waiting.filter(subject=OuterRef("subject"), pk__lt=OuterRef("pk"))
    due = waiting.filter(~Exists(before), next_attempt_at__lte=now).exclude(event__type__in=stopped)
    delivery = due.select_for_update(skip_locked=True, of=("self",)).select_related("event").order_by("pk").first()
    if delivery is None:
        return None
    delivery.endpoint = endpoint
    delivery.attempts += 1
    delivery.next_attempt_at = now + _LEASE
    delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery


@transaction.atomic
def _record(delivery_id: int, outcome: Outcome) -> bool:
    """Write down what became of a call; whether it arrived."""
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=clock.now(),
        status=outcome.status,
        error=outcome.error,
        answer=outcome.answer,
        milliseconds=outcome.milliseconds,
    )
    delivery.outcome = outcome.code
    if outcome.is_delivered:
        delivery.status, delivery.delivered_at = _Status.DELIVERED, clock.now()
        endpoint.failures, endpoint.open_until = 0, None
    else:
        _put_off(delivery, outcome)
        _count_failure(endpoint, outcome)
    delivery.save(update_fields=["status", "delivered_at", "outcome", "next_attempt_at"])
    endpoint.save(update_fields=["state", "failures", "open_until"])
    return outcome.is_delivered


def _put_off(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Try again later, or after the last time give up: a dead letter, which can be replayed."""
    if delivery.attempts > len(WAITS):
        delivery.status = _Status.DEAD
        audit.record(by=None, action="webhook.give_up", subject=f"webhook-delivery/{delivery.pk}", outcome=outcome.code)
        logger.error("webhook delivery %s is given up: %s", delivery.pk, outcome.code)
        return
    wait = timedelta(seconds=WAITS[delivery.attempts - 1] * _chance.uniform(0.8, 1.2))
    wait = max(wait, outcome.pause or timedelta())
    delivery.next_attempt_at = clock.now() + wait
    later(DRAIN, wait=wait, endpoint_id=str(delivery.endpoint_id))


def _count_failure(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    endpoint.failures += 1
    if outcome.is_gone:
        endpoint.state = _State.GONE
        audit.record(by=None, action="webhook.gone", subject=f"webhook/{endpoint.pk}")
        logger.error("subscriber %s wants no more events", endpoint.name)
    elif endpoint.failures >= _FAILURES_BEFORE_OPEN:
        doubled = _FIRST_PAUSE * 2 ** min(endpoint.failures - _FAILURES_BEFORE_OPEN, 10)
        endpoint.open_until = clock.now() + min(doubled, _LONGEST_PAUSE)
