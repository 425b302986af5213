"""Writing an event down, in the transaction of what happened, for all who subscribe to it."""

from collections.abc import Iterable

from aladdin import clock
from aladdin.jobs import wake
from notifications.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from notifications.webhooks.catalogue import EVENTS, Data, EventFault

DRAIN = "notifications.drain_webhook"


def emit(code: str, *, subject: str, data: Data) -> WebhookEvent | None:
    """Tell all subscribers of an event; None where nobody subscribes. `subject` orders: call it while the subject's
    row is locked. Raises EventFault, a programming fault, for an unknown event or data that its schema refuses."""
    event = EVENTS.get(code)
    if event is None:
        raise EventFault(f"no event is called {code}")
    event.checked(data, event.newest)
    subscribers = list(WebhookEndpoint.objects.filter(events__contains=[code]).exclude(state="GONE"))
    if not subscribers:
        return None
    written = WebhookEvent.objects.create(
        type=code, version=event.newest, subject=subject, data=data, occurred_at=clock.now()
    )
    deliver_to(subscribers, [written])
    return written


def deliver_to(endpoints: Iterable[WebhookEndpoint], events: Iterable[WebhookEvent], *, is_replay: bool = False) -> int:
    """Queue events for subscribers and wake their drains; how many deliveries."""
    events = list(events)
    rows = [
        WebhookDelivery(
            endpoint=endpoint, event=event, subject=event.subject, is_replay=is_replay, next_attempt_at=clock.now()
        )
        for endpoint in endpoints
        for event in events
    ]
    WebhookDelivery.objects.bulk_create(rows, batch_size=1000)
    for endpoint_id in {row.endpoint_id for row in rows}:
        wake(DRAIN, key=f"{DRAIN}|{endpoint_id}", endpoint_id=str(endpoint_id))
    return len(rows)
