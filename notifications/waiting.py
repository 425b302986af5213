"""What waited for a stop to be lifted, taken up again; what is still stopped goes back to waiting by itself."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from notifications import deliveries
from notifications.models import Delivery, Outlet, RobotMessage, SmsMessage
from notifications.robots import saying
from notifications.sms import sending as sms_sending
from notifications.stops import STOPPED
from notifications.webhooks import sending as webhook_sending

_AT_ONCE = 200
Wake = Callable[[Any], object]


def go_on(channel: str) -> int:
    """Take up everything of the channel that waits; how many. Run twice, nothing is sent twice."""
    if channel == Outlet.WEBHOOK:
        webhook_sending.sweep()
        return 0
    return sum(_wake_all(rows, wake) for rows, wake in _sources(channel))


def _sources(channel: str) -> list[tuple[QuerySet[Any], Wake]]:
    if channel == Outlet.ROBOT:
        return [(RobotMessage.objects.filter(status="PENDING"), saying.take_up)]
    found: list[tuple[QuerySet[Any], Wake]] = [
        (Delivery.objects.open().filter(channel=channel), deliveries.take_up),
    ]
    if channel == Outlet.SMS:
        found.append((SmsMessage.objects.open(), sms_sending.take_up))
    return found


def _wake_all(rows: QuerySet[Any], wake: Wake) -> int:
    count = 0
    while batch := _wake_some(rows, wake):
        count += batch
    return count


@transaction.atomic
def _wake_some(rows: QuerySet[Any], wake: Wake) -> int:
    waiting = rows.filter(outcome=STOPPED).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    batch = list(waiting[:_AT_ONCE])
    for row in batch:
        row.outcome = ""
        row.save(update_fields=["outcome"])
        wake(row)
    return len(batch)
