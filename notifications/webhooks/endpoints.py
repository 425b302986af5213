"""Keeping subscriptions: opening one, turning its secret, pausing it, trying it out, and playing the past again."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from aladdin import audit, clock, parameters
from aladdin.jobs import wake
from aladdin.problems import Conflict, NotFound, RuleBroken
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from notifications.webhooks.addresses import check_url
from notifications.webhooks.catalogue import EVENTS, TEST
from notifications.webhooks.outbox import DRAIN, deliver_to
from organization.models import Staff

_SECRET_BYTES = 32
MOST_REPLAYED = 10_000


@dataclass(frozen=True)
class Opened:
    """A subscription with the secret that is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def check_events(codes: Collection[str]) -> list[str]:
    """The events to subscribe to. Raises `unknown_event` (422)."""
    unknown = sorted(set(codes) - (set(EVENTS) - {TEST.code}))
    if unknown or not codes:
        detail = f"没有这些事件：{'、'.join(unknown)}" if unknown else "请至少订阅一种事件"
        raise RuleBroken("unknown_event", detail, errors={"events": [detail]})
    return sorted(set(codes))


@transaction.atomic
def subscribe(*, name: str, url: str, events: Collection[str], by: Staff, payload_version: int | None = None) -> Opened:
    """Open a subscription. Raises `webhook_url_refused`, `unknown_event` (422), `webhook_name_taken` (409)."""
    secret = _new_secret()
    endpoint = WebhookEndpoint(name=name, url=check_url(url), events=check_events(events), created_by=by)
    endpoint.payload_version = payload_version or max(EVENTS[code].newest for code in endpoint.events)
    endpoint.secret = secret
    try:
        with transaction.atomic():
            endpoint.save(force_insert=True)
    except IntegrityError:
        raise Conflict("webhook_name_taken", "已有同名订阅") from None
    audit.record(by=by, action="webhook.subscribe", subject=_subject(endpoint), url=url, events=endpoint.events)
    return Opened(endpoint, secret)


@transaction.atomic
def rotate(endpoint_id: UUID, *, by: Staff) -> Opened:
    """A new secret; for some hours (parameter) messages are signed with the former one too. Raises NotFound."""
    endpoint = locked(endpoint_id)
    hours = parameters.integer("webhook.former_secret_hours")
    endpoint.former_secret = endpoint.secret
    endpoint.former_secret_until = clock.now() + timedelta(hours=hours)
    endpoint.secret = secret = _new_secret()
    endpoint.version += 1
    endpoint.save()
    audit.record(by=by, action="webhook.rotate_secret", subject=_subject(endpoint))
    return Opened(endpoint, secret)


@transaction.atomic
def set_state(endpoint_id: UUID, state: WebhookEndpoint.State, *, by: Staff) -> WebhookEndpoint:
    """Pause a subscription, or take it up again: its circuit is closed and what waits is sent. Raises NotFound."""
    endpoint = locked(endpoint_id)
    endpoint.state, endpoint.failures, endpoint.open_until = state, 0, None
    endpoint.version += 1
    endpoint.save()
    audit.record(by=by, action="webhook.set_state", subject=_subject(endpoint), state=state)
    if state == WebhookEndpoint.State.ACTIVE:
        waiting = WebhookDelivery.objects.filter(endpoint=endpoint, status="PENDING")
        waiting.update(next_attempt_at=clock.now())
        wake(DRAIN, key=f"{DRAIN}|{endpoint.pk}", endpoint_id=str(endpoint.pk))
    return endpoint


@transaction.atomic
def try_out(endpoint_id: UUID, *, by: Staff) -> WebhookDelivery:
    """Send the test event to this subscriber alone. Raises NotFound, `webhook_not_active` (409)."""
    endpoint = locked(endpoint_id)
    if endpoint.state != WebhookEndpoint.State.ACTIVE:
        raise Conflict("webhook_not_active", "订阅未启用，不能发送测试事件")
    event = WebhookEvent.objects.create(
        type=TEST.code,
        version=TEST.newest,
        subject=_subject(endpoint),
        data={"message": "阿拉丁测试事件"},
        occurred_at=clock.now(),
    )
    deliver_to([endpoint], [event])
    audit.record(by=by, action="webhook.try_out", subject=_subject(endpoint))
    return endpoint.deliveries.get(event=event)


@transaction.atomic
def replay(endpoint_id: UUID, *, since: datetime, until: datetime, by: Staff, types: Collection[str] = ()) -> int:
    """Tell a subscriber once more what happened between two moments, in order; how many events.

    Raises NotFound, `replay_too_long` (422: more than 10,000 events)."""
    endpoint = locked(endpoint_id)
    wanted = check_events(types) if types else endpoint.events
    events = WebhookEvent.objects.filter(type__in=wanted, occurred_at__gte=since, occurred_at__lt=until)
    chosen = list(events.order_by("pk")[: MOST_REPLAYED + 1])
    if len(chosen) > MOST_REPLAYED:
        detail = f"该时段超过 {MOST_REPLAYED} 个事件，请缩短时段"
        raise RuleBroken("replay_too_long", detail, errors={"until": [detail]})
    deliver_to([endpoint], chosen, is_replay=True)
    said = {"since": since.isoformat(), "until": until.isoformat(), "events": len(chosen)}
    audit.record(by=by, action="webhook.replay", subject=_subject(endpoint), **said)
    return len(chosen)


def forget() -> None:
    """Remove events past the days for which they can be replayed, with their deliveries and log."""
    oldest = clock.now() - timedelta(days=parameters.integer("webhook.event_days"))
    settled = WebhookEvent.objects.filter(occurred_at__lt=oldest).exclude(deliveries__status="PENDING")
    settled.delete()


@transaction.atomic
def change(
    endpoint_id: UUID,
    *,
    by: Staff,
    url: str | None = None,
    events: Collection[str] | None = None,
    payload_version: int | None = None,
    state: str | None = None,
) -> WebhookEndpoint:
    """Change what is said of a subscription; what waits goes to the new address. Raises as `subscribe`, NotFound."""
    endpoint = locked(endpoint_id)
    endpoint.url = endpoint.url if url is None else check_url(url)
    endpoint.events = endpoint.events if events is None else check_events(events)
    endpoint.payload_version = payload_version or endpoint.payload_version
    endpoint.version += 1
    endpoint.save()
    said = {"url": url, "events": events and sorted(events), "payload_version": payload_version}
    changed = {name: value for name, value in said.items() if value is not None}
    if changed:
        audit.record(by=by, action="webhook.change", subject=_subject(endpoint), **changed)
    return endpoint if state is None else set_state(endpoint_id, WebhookEndpoint.State(state), by=by)


def found(endpoint_id: UUID) -> WebhookEndpoint:
    """The subscription. Raises NotFound."""
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("没有找到该订阅")
    return endpoint


def attempts(endpoint_id: UUID, number: int) -> QuerySet[WebhookAttempt]:
    """The calls of one delivery, in order. Raises NotFound."""
    delivery = found(endpoint_id).deliveries.filter(pk=number).first()
    if delivery is None:
        raise NotFound("没有找到该投递")
    return delivery.log.all()


def locked(endpoint_id: UUID) -> WebhookEndpoint:
    """The subscription, locked. Raises NotFound."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("没有找到该订阅")
    return endpoint


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _subject(endpoint: WebhookEndpoint) -> str:
    return f"webhook/{endpoint.pk}"
