"""Sending text messages: a row with the business that asks for it, a job that hands it to the gateway.

An answer that was lost is never answered by sending again: the gateway is asked by our reference what it did, and
only what it has never heard of goes out once more. One-time codes are forgotten with the last attempt."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.crypto import blind_index
from aladdin.jobs import later
from aladdin.problems import Conflict, RuleBroken
from notifications import stops
from notifications.hours import Window
from notifications.kinds import Channel
from notifications.models import ChannelPause, SmsKind, SmsMessage, SmsOptOut
from notifications.models.delivery import new_client_ref
from notifications.sms import gateway, limits, opt_outs, templates, text
from notifications.sms.errors import BLACKLISTED, Meaning, SmsError
from notifications.sms.gateway import Fate

logger = logging.getLogger(__name__)

OF_A_DELIVERY = "delivery/"
"""How the reference of a message begins that carries a notice (`way.py`)."""
_Status = SmsMessage.Status
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


# --- Asking for one -----------------------------------------------------------------------------
@transaction.atomic
def send(*, mobile: str, template: str, values: Mapping[str, str], reference: str, wait: bool = False) -> SmsMessage:
    """Write a message to a number in the caller's transaction; a job sends it at once after the commit.

    `reference` names the event: again under the same one nothing more is sent. `wait`: nobody is waiting for it, so
    a service message keeps to the hours of the day; marketing always does, a one-time code never. A number that
    wants no marketing, or that the carrier bars, gets a row with status STOPPED.

    Raises RuleBroken (`sms_mobile_wrong`, `sms_values_wrong`), Conflict (`sms_template_missing`,
    `sms_reference_used`), TooOften (429 `sms_too_often`)."""
    if not is_mobile(mobile):
        raise RuleBroken("sms_mobile_wrong", "手机号码有误", errors={"mobile": ["手机号码有误"]})
    index = blind_index("mobile", mobile)
    known = SmsMessage.objects.select_related("template").filter(reference=reference).first()
    if known is not None:
        return _same(known, template, index)
    message = _written(mobile, index, template, values, reference=reference)
    message.may_wait = wait
    if stopped := opt_outs.stops(index, SmsKind(message.kind)):
        _close(message, _Status.STOPPED, stopped)
    elif message.kind == SmsKind.CODE:
        limits.require_room(index)
    SmsMessage.objects.bulk_create([message], ignore_conflicts=True)
    if message.status == _Status.PENDING:
        _wake(message)
    return _same(SmsMessage.objects.select_related("template").get(reference=reference), template, index)


def is_mobile(number: str) -> bool:
    """Whether it is a mobile number of the mainland."""
    return bool(_MOBILE.fullmatch(number))


def _written(mobile: str, index: str, code: str, values: Mapping[str, str], *, reference: str) -> SmsMessage:
    template = templates.current(code)
    said = templates.checked(template, values)
    message = SmsMessage(reference=reference, template=template, kind=template.kind, mobile_index=index)
    message.mobile, message.values = mobile, said
    message.segments = text.segments(templates.said(template, said))
    return message


def _same(known: SmsMessage, template: str, index: str) -> SmsMessage:
    if known.template.code != template or known.mobile_index != index:
        raise Conflict("sms_reference_used", "该业务标识已用于另一条短信")
    return known


# --- Sending ------------------------------------------------------------------------------------
def attempt(message_id: UUID) -> None:
    """Make one attempt at a message that is due, or find out what became of the one before.

    The call lies between two transactions: no lock is held while the gateway thinks."""
    message = _begin(message_id)
    if message is None:
        return
    if message.outcome == "asking":
        _find_out(message)
    else:
        _hand_over(message)


@transaction.atomic
def _begin(message_id: UUID) -> SmsMessage | None:
    """The message, marked as of unknown outcome from here on; None where it is closed or not due."""
    message = _locked_open(message_id)
    if message is None:
        return None
    now = clock.now()
    if message.unknown_since is not None:
        ask_at = message.unknown_since + timedelta(seconds=parameters.integer("sms.ask_after_seconds"))
        if ask_at > now:
            _postpone(message, ask_at)
            return None
        _save(message, outcome="asking", next_attempt_at=None)
        return message
    if _is_stale(message, now):
        _close(message, _Status.FAILED, "expired")
        message.save()
        return None
    if _has_to_wait(message, now):
        return None
    _save(message, attempts=message.attempts + 1, unknown_since=now, outcome="", next_attempt_at=None)
    return message


def _has_to_wait(message: SmsMessage, now: datetime) -> bool:
    """Note until when, or that its kind is stopped."""
    if stops.holds(Channel.SMS, message.template.code):
        _save(message, outcome=stops.STOPPED, next_attempt_at=None)
        return True
    if (due := _due(message, now)) > now:
        _postpone(message, due)
        return True
    return False


def _locked_open(message_id: UUID) -> SmsMessage | None:
    rows = SmsMessage.objects.open().select_for_update(of=("self",)).select_related("template")
    return rows.filter(pk=message_id).first()


def _is_stale(message: SmsMessage, now: datetime) -> bool:
    minutes = parameters.integer("sms.code_minutes")
    return message.kind == SmsKind.CODE and now - message.created_at >= timedelta(minutes=minutes)


def _due(message: SmsMessage, now: datetime) -> datetime:
    """When it may go: after the channel's pause, within the hours of its kind."""
    pause = ChannelPause.objects.filter(channel=Channel.SMS, until__gt=now).first()
    moment = pause.until if pause else now
    if message.kind == SmsKind.CODE or (message.kind == SmsKind.SERVICE and not message.may_wait):
        return moment
    hours = message.kind.lower()
    window = Window(parameters.integer(f"sms.{hours}_from_hour"), parameters.integer(f"sms.{hours}_until_hour"))
    return window.next_open(moment)


def _hand_over(message: SmsMessage) -> None:
    try:
        number = gateway.send(
            mobile=message.mobile,
            sign_name=message.template.sign_name,
            template=message.template.provider_code,
            values=message.values,
            reference=message.client_ref,
        )
    except SmsError as error:
        _refused(message.pk, error)
    else:
        settle(message.pk, Fate.UNDER_WAY, provider_message_id=number)


def _find_out(message: SmsMessage) -> None:
    """Ask the gateway; what it never heard of goes out again, and what it cannot say is asked again later."""
    try:
        known = gateway.ask(
            mobile=message.mobile, reference=message.client_ref, on=message.unknown_since or clock.now()
        )
    except SmsError as error:
        _retry(message.pk, error.code)
        return
    if known.fate is Fate.UNHEARD_OF:
        _send_again(message.pk)
    else:
        settle(message.pk, known.fate, code=known.code)


@transaction.atomic
def _send_again(message_id: UUID) -> None:
    message = _locked_open(message_id)
    if message is not None:
        _save(message, unknown_since=None, outcome="unheard_of")
        _wake(message)


# --- Going on, and again --------------------------------------------------------------------------
def take_up(message: SmsMessage) -> None:
    """Try a message that waited for a stop to be lifted."""
    _wake(message)


def send_again(failed: Sequence[SmsMessage]) -> None:
    """Begin failed messages (locked) anew, under a reference that the gateway has not refused."""
    for message in failed:
        _save(
            message,
            status=_Status.PENDING,
            attempts=0,
            client_ref=new_client_ref(),
            outcome="",
            provider_message_id="",
            sent_at=None,
        )
        _wake(message)


# --- What became of it --------------------------------------------------------------------------
@transaction.atomic
def settle(message_id: UUID, fate: Fate, *, code: str = "", provider_message_id: str = "") -> None:
    """Record what the gateway said of a message; the first final word counts."""
    message = SmsMessage.objects.select_for_update(of=("self",)).get(pk=message_id)
    if provider_message_id:
        message.provider_message_id = provider_message_id
    was_given_up = message.status == _Status.FAILED and message.outcome == "unknown"
    if message.status in (_Status.PENDING, _Status.SENT) or was_given_up:
        message.sent_at = message.sent_at or clock.now()
        message.unknown_since = message.next_attempt_at = None
        if fate is Fate.DELIVERED:
            message.delivered_at = clock.now()
            _close(message, _Status.DELIVERED, "delivered")
        elif fate is Fate.FAILED:
            _close(message, _Status.FAILED, code or "undelivered")
            _note_blacklisted(message, code)
        elif message.status == _Status.PENDING:
            _close(message, _Status.SENT, "accepted")
    message.save()


def _note_blacklisted(message: SmsMessage, code: str) -> None:
    if code in BLACKLISTED:
        opt_outs.note(message.mobile, reason=SmsOptOut.Reason.BLACKLISTED, source=code)


@transaction.atomic
def _refused(message_id: UUID, error: SmsError) -> None:
    """The gateway said no, or nothing."""
    message = _locked_open(message_id)
    if message is None:
        return
    message.outcome = error.code
    if error.may_have_arrived:
        message.save()
        _postpone(message, clock.now() + timedelta(seconds=parameters.integer("sms.ask_after_seconds")))
        return
    message.unknown_since = None  # a plain no: it certainly has not gone out
    message.save()
    match error.meaning:
        case Meaning.RETRY:
            _retry(message_id, error.code)
        case Meaning.TOO_OFTEN:
            _wait(message, timedelta(minutes=1), error.code)
        case Meaning.BALANCE:
            _rest(error)
            _postpone(message, _due(message, clock.now()))
        case Meaning.TEMPLATE:
            _alarm(message, error)
            templates.refuse(message.template, reason=error.reason or error.code, by=None)
            _fail(message, error.code)
        case Meaning.ALARM:
            _alarm(message, error)
            _fail(message, error.code)
        case Meaning.STOP:
            _fail(message, error.code)


@transaction.atomic
def _retry(message_id: UUID, code: str) -> None:
    """Again after 20, 40, 80 … seconds, so many times; an outcome that stays unknown is never sent again."""
    message = _locked_open(message_id)
    if message is None:
        return
    seconds = parameters.integer("sms.retry_seconds") * 2 ** max(message.attempts - 1, 0)
    _wait(message, timedelta(seconds=seconds), code)


def _wait(message: SmsMessage, pause: timedelta, code: str) -> None:
    is_unknown = message.unknown_since is not None
    if message.attempts > parameters.integer("sms.retries"):
        _fail(message, "unknown" if is_unknown else code)
        return
    if is_unknown:
        message.attempts += 1  # a question counts as well, so that an end is certain
    _save(message, outcome=code, attempts=message.attempts)
    _postpone(message, clock.now() + pause)


def _postpone(message: SmsMessage, due: datetime) -> None:
    """Take the message up again at `due`. Under a set clock (a replay) the time until then passes at once."""
    _save(message, next_attempt_at=due)
    wait = max(due - clock.now(), timedelta())
    if clock.set_moment() is None:
        _wake(message, wait=wait)
        return
    with clock.at(clock.now() + wait):
        _wake(message)


def _wake(message: SmsMessage, *, wait: timedelta | None = None) -> None:
    """A code that somebody waits for goes before what can wait."""
    priority = 10 if message.kind == SmsKind.CODE else 0
    later("notifications.send_sms", wait=wait, priority=priority, message_id=str(message.pk))


def _rest(error: SmsError) -> None:
    """The account is empty: try again now and then, and tell somebody."""
    until = clock.now() + timedelta(minutes=parameters.integer("sms.balance_pause_minutes"))
    ChannelPause.objects.update_or_create(channel=Channel.SMS, defaults={"until": until, "reason": error.code})
    audit.record(
        by=None, action="pause_channel", subject=f"channel/{Channel.SMS}", until=until.isoformat(), code=error.code
    )
    logger.error("the SMS gateway refuses for want of money; the channel rests: %s", error.code)


def _alarm(message: SmsMessage, error: SmsError) -> None:
    """Our mistake, or the account is barred: nobody is told by repeating, somebody has to look."""
    audit.record(by=None, action="sms_failed", subject=f"sms/{message.pk}", code=error.code, reason=error.reason[:200])
    logger.error("the SMS gateway refused message %s: %s", message.pk, error)


def _fail(message: SmsMessage, outcome: str) -> None:
    _close(message, _Status.FAILED, outcome)
    message.save()


def _close(message: SmsMessage, status: SmsMessage.Status, outcome: str) -> None:
    """No more sending; of a one-time code nothing stays. The delivery of a notice learns how it ended."""
    message.status, message.outcome, message.next_attempt_at = status, outcome[:60], None
    if message.kind == SmsKind.CODE:
        message.said_sealed = ""
    if message.reference.startswith(OF_A_DELIVERY) and status in (_Status.DELIVERED, _Status.FAILED):
        later("notifications.settle_sms", client_ref=message.client_ref, status=str(status), outcome=message.outcome)


def _save(message: SmsMessage, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(message, name, value)
    message.save(update_fields=list(changes))


# --- Forgetting ---------------------------------------------------------------------------------
def forget() -> int:
    """Numbers and texts past their days are wiped; that something was sent, and when, stays."""
    oldest = clock.now() - timedelta(days=parameters.integer("sms.content_days"))
    closed = SmsMessage.objects.exclude(status=_Status.PENDING).filter(created_at__lt=oldest)
    return closed.exclude(mobile_sealed="").update(mobile_sealed="", said_sealed="")
