"""The stop switch of a channel, or of one kind of message on it.

It is asked in the database before every attempt, so it holds at once in all processes. What is stopped is neither
lost nor tried: it waits, and goes on when the stop is lifted. Kinds are notices' kinds for WeChat, text messages and
mail, also templates of text messages, platforms of robots, and types of events for other systems.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from aladdin import audit, clock
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound, RuleBroken
from notifications.kinds import KINDS
from notifications.models import ChannelStop, Outlet, Platform, SmsTemplate
from notifications.sms.catalogue import CATALOGUE
from notifications.webhooks.catalogue import EVENTS
from organization.models import Staff

STOPPED = "stopped"
"""The outcome of what waits for a stop to be lifted."""


def kinds_of(channel: str) -> list[str]:
    """What may be stopped on a channel by itself."""
    match channel:
        case Outlet.ROBOT:
            return sorted(Platform.values)
        case Outlet.WEBHOOK:
            return sorted(EVENTS)
        case Outlet.SMS:
            return sorted({*KINDS, *CATALOGUE, *SmsTemplate.objects.values_list("code", flat=True)})
        case _:
            return sorted(KINDS)


# --- Turning it -----------------------------------------------------------------------------------
@transaction.atomic
def stop(*, channel: str, kind: str, reason: str, by: Staff) -> ChannelStop:
    """Stop a channel (`kind` empty) or one kind on it, from this moment. Raises `unknown_kind` (422),
    `channel_stopped` (409) where it is."""
    if kind and kind not in kinds_of(channel):
        raise RuleBroken("unknown_kind", "该通道没有这种消息", errors={"kind": ["该通道没有这种消息"]})
    try:
        with transaction.atomic():
            row = ChannelStop.objects.create(channel=channel, kind=kind, reason=reason, stopped_by=by)
    except IntegrityError:
        raise Conflict("channel_stopped", "已停用，无需重复操作") from None
    audit.record(by=by, action="channel.stop", subject=f"channel/{channel}", kind=kind, reason=reason)
    return row


@transaction.atomic
def lift(stop_id: UUID, *, by: Staff) -> ChannelStop:
    """Lift a stop: what waits goes on. Raises NotFound, `channel_not_stopped` (409)."""
    row = ChannelStop.objects.select_for_update().filter(pk=stop_id).first()
    if row is None:
        raise NotFound("没有找到该停用记录")
    if row.lifted_at is not None:
        raise Conflict("channel_not_stopped", "已恢复，无需重复操作")
    row.lifted_at, row.lifted_by = clock.now(), by
    row.save(update_fields=["lifted_at", "lifted_by"])
    audit.record(by=by, action="channel.lift", subject=f"channel/{row.channel}", kind=row.kind)
    later("notifications.go_on", channel=row.channel)
    return row


# --- Asking ---------------------------------------------------------------------------------------
def holds(channel: str, *kinds: str) -> bool:
    """Whether a message of one of these kinds must wait; asked within the transaction that notes that it waits.

    The stop's row is locked until then: who lifts it comes after, and finds everything that waits."""
    rows = ChannelStop.objects.select_for_update(no_key=True).filter(channel=channel, lifted_at__isnull=True)
    return bool(list(rows.filter(kind__in=["", *kinds]).values_list("pk", flat=True)))


def standing() -> QuerySet[ChannelStop]:
    """What is stopped now, the oldest first."""
    return ChannelStop.objects.filter(lifted_at__isnull=True).select_related("stopped_by").order_by("pk")


def stopped_kinds(channel: str) -> set[str]:
    """Which kinds of a channel are stopped now; the empty one is the whole channel."""
    rows = ChannelStop.objects.filter(channel=channel, lifted_at__isnull=True)
    return set(rows.values_list("kind", flat=True))
