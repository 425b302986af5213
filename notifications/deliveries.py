"""Deliveries beside the app: queued with the notice, sent by jobs, each attempt's outcome recorded.

A message is `client_ref` to the provider, which sends one reference once within about ten minutes. So an attempt
whose outcome is unknown, because nobody answered or the worker died, may be repeated within that time and is
given up afterwards: the notice is in the app anyway, and telling once is better than telling twice.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from notifications.hours import next_midnight, window_of
from notifications.kinds import KINDS, Channel
from notifications.models import ChannelPause, Delivery, Notice, WeChatBinding
from notifications.wechat import bindings, client, texts
from notifications.wechat.errors import NO_ANSWER, Meaning, WeChatError

logger = logging.getLogger(__name__)

RETRIES = 3
_Status = Delivery.Status


# --- Queueing -----------------------------------------------------------------------------------
def queue(notices: Iterable[Notice]) -> list[Delivery]:
    """Deliveries of notices just written, to recipients who are bound and reachable; each with its job."""
    leaving = [notice for notice in notices if Channel.WECHAT in KINDS[notice.kind].channels]
    recipients = {notice.stream.staff_id for notice in leaving}
    reachable = set(WeChatBinding.objects.reachable().filter(staff__in=recipients).values_list("staff", flat=True))
    rows = [
        Delivery(
            notice_id=notice.pk,
            notice_created_on=notice.created_on,
            recipient_id=notice.stream.staff_id,
            channel=Channel.WECHAT,
        )
        for notice in leaving
        if notice.stream.staff_id in reachable
    ]
    Delivery.objects.bulk_create(rows)
    for row in rows:
        later("notifications.deliver_wechat", delivery_id=str(row.pk))
    return rows


# --- Sending ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Attempt:
    """One try at a delivery. `repeats_unknown`: an earlier one may have arrived without our knowing."""

    delivery: Delivery
    notice: Notice
    repeats_unknown: bool


def deliver(delivery_id: UUID) -> None:
    """Make one attempt at a delivery that is due, and record what became of it. Run twice, it arrives once.

    The call to WeChat lies between two transactions: no lock is held while a provider thinks."""
    attempt = _begin(delivery_id)
    if attempt is None:
        return
    binding = WeChatBinding.objects.reachable().filter(staff=attempt.delivery.recipient_id).first()
    if binding is None:
        _unbound(attempt)
        return
    try:
        msgid = client.send_template(
            openid=binding.openid,
            template_id=texts.template_id(),
            data=texts.fields(attempt.notice),
            client_msg_id=attempt.delivery.client_ref,
        )
    except WeChatError as error:
        _refused(attempt, binding, error)
    else:
        _accepted(attempt, msgid)


@transaction.atomic
def _begin(delivery_id: UUID) -> Attempt | None:
    """One attempt more, or None where the delivery is closed, not due yet, or no longer safe to repeat.

    From here on the outcome is unknown until it is recorded, also if this process dies."""
    delivery = _locked_open(delivery_id)
    if delivery is None:
        return None
    if _may_have_arrived_long_ago(delivery):
        _save(delivery, status=_Status.FAILED, outcome="unknown")
        return None
    notice = Notice.objects.get(pk=delivery.notice_id, created_on=delivery.notice_created_on)
    now = clock.now()
    due = _due(now, notice.severity)
    if due > now:
        _postpone(delivery, due)
        return None
    attempt = Attempt(delivery, notice, repeats_unknown=delivery.unknown_since is not None)
    _save(
        delivery,
        attempts=delivery.attempts + 1,
        status=_Status.PENDING,
        next_attempt_at=None,
        unknown_since=delivery.unknown_since or _wall_clock(),
    )
    return attempt


def _locked_open(delivery_id: UUID) -> Delivery | None:
    return Delivery.objects.open().select_for_update().filter(pk=delivery_id).first()


def _may_have_arrived_long_ago(delivery: Delivery) -> bool:
    if delivery.unknown_since is None:
        return False
    limit = timedelta(minutes=parameters.integer("wechat.repeat_within_minutes"))
    return _wall_clock() - delivery.unknown_since > limit


def _wall_clock() -> datetime:
    """WeChat's ten minutes run by the wall clock, whatever business date a replay stands at."""
    return datetime.now(UTC)


# --- When ---------------------------------------------------------------------------------------
def _due(moment: datetime, severity: str) -> datetime:
    """When a message may go: after the channel's pause, within the hours of its severity."""
    pause = ChannelPause.objects.filter(channel=Channel.WECHAT, until__gt=moment).first()
    return window_of(severity).next_open(pause.until if pause else moment)


def _postpone(delivery: Delivery, due: datetime) -> None:
    """Take the delivery up again at `due`. Under a set clock (a replay) the time until then passes at once."""
    paused = ChannelPause.objects.filter(channel=delivery.channel, until__gt=clock.now()).exists()
    _save(delivery, status=_Status.PAUSED if paused else _Status.PENDING, next_attempt_at=due)
    if clock.set_moment() is None:
        later("notifications.deliver_wechat", wait=due - clock.now(), delivery_id=str(delivery.pk))
        return
    with clock.at(due):
        later("notifications.deliver_wechat", delivery_id=str(delivery.pk))


# --- What became of an attempt ------------------------------------------------------------------
@transaction.atomic
def _accepted(attempt: Attempt, msgid: int) -> None:
    delivery = _locked_open(attempt.delivery.pk)
    if delivery is not None:
        _save(
            delivery,
            status=_Status.SENT,
            outcome="accepted",
            provider_message_id=str(msgid),
            sent_at=clock.now(),
            unknown_since=None,
        )


@transaction.atomic
def _unbound(attempt: Attempt) -> None:
    delivery = _locked_open(attempt.delivery.pk)
    if delivery is not None:
        _save(delivery, status=_Status.UNREACHABLE, outcome="not_bound")


@transaction.atomic
def _refused(attempt: Attempt, binding: WeChatBinding, error: WeChatError) -> None:
    delivery = _locked_open(attempt.delivery.pk)
    if delivery is None:
        return
    delivery.outcome = "no_answer" if error.errcode == NO_ANSWER else str(error.errcode)
    if not error.may_have_arrived and not attempt.repeats_unknown:
        delivery.unknown_since = None  # a plain no: it certainly has not arrived
    _save(delivery, outcome=delivery.outcome, unknown_since=delivery.unknown_since)
    match error.meaning:
        case Meaning.UNREACHABLE:
            bindings.mark_unreachable(binding, code=delivery.outcome)
            _save(delivery, status=_Status.UNREACHABLE)
        case Meaning.PAUSE_UNTIL_MIDNIGHT:
            _pause_until_midnight(reason=delivery.outcome)
            _postpone(delivery, _due(clock.now(), attempt.notice.severity))
        case Meaning.ALARM:
            _save(delivery, status=_Status.FAILED)
            _alarm(delivery, error)
        case _:
            _retry(delivery)


def _retry(delivery: Delivery) -> None:
    if delivery.attempts > RETRIES:
        _save(delivery, status=_Status.FAILED)
        return
    minutes = parameters.integer(f"wechat.retry_{delivery.attempts}_minutes")
    _postpone(delivery, clock.now() + timedelta(minutes=minutes))


def _pause_until_midnight(*, reason: str) -> None:
    until = next_midnight(clock.now())
    ChannelPause.objects.update_or_create(channel=Channel.WECHAT, defaults={"until": until, "reason": reason})
    audit.record(by=None, action="pause_channel", subject=f"channel/{Channel.WECHAT}", until=until.isoformat())
    logger.error("WeChat's daily quota is used up; the channel rests until midnight")


def _alarm(delivery: Delivery, error: WeChatError) -> None:
    """Our mistake, or the account is barred: nobody is told by repeating, somebody has to look."""
    audit.record(
        by=None,
        action="delivery_failed",
        subject=f"delivery/{delivery.pk}",
        code=error.errcode,
        reason=error.reason[:200],
    )
    logger.error("WeChat refused delivery %s: %s", delivery.pk, error)


# --- What WeChat tells later --------------------------------------------------------------------
@transaction.atomic
def settle(*, msgid: str, status: str) -> bool:
    """Record WeChat's result (TEMPLATESENDJOBFINISH) of a message; False where no delivery has that number (yet)."""
    sent = Delivery.objects.exclude(provider_message_id="").filter(channel=Channel.WECHAT, provider_message_id=msgid)
    delivery = sent.select_for_update().first()
    if delivery is None:
        return False
    if delivery.status != _Status.SENT:
        return True
    if status == "success":
        _save(delivery, status=_Status.DELIVERED, outcome="success", delivered_at=clock.now())
    elif "user block" in status:
        _save(delivery, status=_Status.UNREACHABLE, outcome="user_block")
        bindings.mark_recipient_unreachable(delivery.recipient_id, code="user_block")
    else:
        _save(delivery, status=_Status.FAILED, outcome="system_failed")
    return True


def _save(delivery: Delivery, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=list(changes))
