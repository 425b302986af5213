"""Deliveries beside the app: queued with the notice, sent by jobs, each attempt's outcome recorded.

A message is `client_ref` to the provider, which sends one reference once, at least for a while. So an attempt
whose outcome is unknown, because nobody answered or the worker died, may be repeated within that time and is
given up afterwards: the notice is in the app anyway, and telling once is better than telling twice.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from notifications import dispatch, gathering, manners, stops
from notifications.hours import next_midnight
from notifications.kinds import KINDS, Channel, Kind, Severity
from notifications.manners import HELD, Manner
from notifications.models import ChannelPause, Delivery, Notice
from notifications.models.delivery import new_client_ref
from notifications.preferences import Wishes
from notifications.refusals import ChannelRefused, Meaning
from notifications.ways import WAYS

logger = logging.getLogger(__name__)

RETRIES = 3
_Status = Delivery.Status
_HEARD = (_Status.SENT, _Status.DELIVERED, *Delivery.OPEN)


# --- Queueing -----------------------------------------------------------------------------------
def queue(notices: Iterable[Notice], wishes: Wishes) -> list[Delivery]:
    """Deliveries of notices just written, by the ways of their kinds and by the recipient's own wishes as far as they
    reach him, or where none does by the kind's fallback; each with what the manners decide, and its job."""
    reached = _Reached(notices, wishes)
    rows = [_row(notice, person, channel) for notice, person, channel in reached.ways_of_all()]
    dispatch.decide(rows, wishes)
    Delivery.objects.bulk_create(rows)
    for row in rows:
        dispatch.wake(row)
    return rows


class _Reached:
    """Whom each channel reaches, asked once for all notices and only where one of them may go that way."""

    def __init__(self, notices: Iterable[Notice], wishes: Wishes) -> None:
        self._wishes = wishes
        self._letters = [(notice, notice.stream.staff_id) for notice in notices if notice.stream.staff_id]
        self._people = {person for _, person in self._letters}
        self._by_channel: dict[Channel, set[UUID]] = {}

    def ways_of_all(self) -> Iterator[tuple[Notice, UUID, Channel]]:
        """Every notice with its person and each way that it goes."""
        for notice, person in self._letters:
            for channel in self._ways_of(KINDS[notice.kind], person):
                yield notice, person, channel

    def _ways_of(self, kind: Kind, person: UUID) -> list[Channel]:
        wanted = self._wishes.channels(person, kind)
        ways = [channel for channel in wanted if self._is_reached(person, channel)]
        if ways or kind.fallback is None or not self._is_reached(person, kind.fallback):
            return ways
        return [kind.fallback]

    def _is_reached(self, person: UUID, channel: Channel) -> bool:
        if channel not in self._by_channel:
            self._by_channel[channel] = WAYS[channel].reaches(self._people)
        return person in self._by_channel[channel]


def _row(notice: Notice, recipient: UUID, channel: Channel) -> Delivery:
    return Delivery(
        notice_id=notice.pk,
        notice_created_on=notice.created_on,
        recipient_id=recipient,
        channel=channel,
        kind=notice.kind,
        collapse_key=KINDS[notice.kind].collapse_key(notice.subject),
    )


# --- Sending ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Attempt:
    """One try at a delivery. `repeats_unknown`: an earlier one may have arrived without our knowing."""

    delivery: Delivery
    notice: Notice
    repeats_unknown: bool


def deliver(delivery_id: UUID) -> None:
    """Make one attempt at a delivery that is due, and record what became of it. Run twice, it arrives once.

    The call to the provider lies between two transactions: no lock is held while it thinks."""
    attempt = _begin(delivery_id)
    if attempt is None:
        return
    delivery = attempt.delivery
    try:
        number = WAYS[Channel(delivery.channel)].send(
            attempt.notice, recipient=delivery.recipient_id, reference=delivery.client_ref
        )
    except ChannelRefused as refusal:
        _refused(attempt, refusal)
    else:
        _accepted(attempt, number)


@transaction.atomic
def _begin(delivery_id: UUID) -> Attempt | None:
    """One attempt more, or None where the delivery is closed, not due yet, waits for others, or is no longer safe to
    repeat.

    From here on the outcome is unknown until it is recorded, also if this process dies."""
    delivery = _locked_open(delivery_id)
    if delivery is None or gathering.is_waiting(delivery):
        return None
    if _may_have_arrived_long_ago(delivery):
        _save(delivery, status=_Status.FAILED, outcome="unknown")
        return None
    notice = Notice.objects.get(pk=delivery.notice_id, created_on=delivery.notice_created_on)
    if stops.holds(delivery.channel, notice.kind):
        _save(delivery, status=_Status.PAUSED, outcome=stops.STOPPED, next_attempt_at=None)
        return None
    now = clock.now()
    due, is_paused = _due(now, delivery, notice.severity)
    if due > now:
        _postpone(delivery, due, is_paused=is_paused)
        return None
    said = gathering.said(delivery, notice)
    attempt = Attempt(delivery, said, repeats_unknown=delivery.unknown_since is not None)
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
    return _wall_clock() - delivery.unknown_since > WAYS[Channel(delivery.channel)].repeatable_for()


def _wall_clock() -> datetime:
    """A provider's minutes run by the wall clock, whatever business date a replay stands at."""
    return datetime.now(UTC)


# --- When ---------------------------------------------------------------------------------------
def _due(moment: datetime, delivery: Delivery, severity: str) -> tuple[datetime, bool]:
    """When a message may go, after the channel's pause and within the hours of its severity; whether it is the pause
    that it waits for."""
    pause = ChannelPause.objects.filter(channel=delivery.channel, until__gt=moment).first()
    window = manners.rules().windows[Severity(severity)]
    return window.next_open(pause.until if pause else moment), pause is not None


def _postpone(delivery: Delivery, due: datetime, *, is_paused: bool) -> None:
    """Take the delivery up again at `due`. Under a set clock (a replay) the time until then passes at once."""
    if is_paused:
        _save(delivery, status=_Status.PAUSED, next_attempt_at=due)
    elif delivery.manner in HELD:  # it carries others already, and must not be gathered again
        _save(delivery, status=_Status.PENDING, next_attempt_at=due)
    else:
        manner = delivery.manner or Manner.QUIET_HOURS
        _save(delivery, status=_Status.DEFERRED, manner=manner, next_attempt_at=due)
    _wake_at(delivery, due)


def _wake_at(delivery: Delivery, due: datetime) -> None:
    dispatch.wake_at(due, "notifications.deliver", delivery_id=str(delivery.pk))


# --- What became of an attempt ------------------------------------------------------------------
@transaction.atomic
def _accepted(attempt: Attempt, number: str) -> None:
    delivery = _locked_open(attempt.delivery.pk)
    if delivery is not None:
        _save(
            delivery,
            status=_Status.SENT,
            outcome="accepted",
            provider_message_id=number,
            sent_at=clock.now(),
            unknown_since=None,
        )


@transaction.atomic
def _refused(attempt: Attempt, refusal: ChannelRefused) -> None:
    delivery = _locked_open(attempt.delivery.pk)
    if delivery is None:
        return
    delivery.outcome = refusal.code[:40]
    if not refusal.may_have_arrived and not attempt.repeats_unknown:
        delivery.unknown_since = None  # a plain no: it certainly has not arrived
    _save(delivery, outcome=delivery.outcome, unknown_since=delivery.unknown_since)
    match refusal.meaning:
        case Meaning.UNREACHABLE:
            _give_up(delivery, _Status.UNREACHABLE)
        case Meaning.PAUSE_UNTIL_MIDNIGHT:
            _pause_until_midnight(delivery)
            due, is_paused = _due(clock.now(), delivery, attempt.notice.severity)
            _postpone(delivery, due, is_paused=is_paused)
        case Meaning.ALARM:
            _alarm(delivery, refusal)
            _give_up(delivery, _Status.FAILED)
        case _:
            _retry(delivery)


def _give_up(delivery: Delivery, status: Delivery.Status) -> None:
    """Close the delivery; what is urgent goes another way where it certainly did not arrive this way."""
    _save(delivery, status=status)
    if delivery.unknown_since is not None:
        return
    notice = Notice.objects.get(pk=delivery.notice_id, created_on=delivery.notice_created_on)
    other = KINDS[notice.kind].fallback
    if other is None or other == delivery.channel or not WAYS[other].reaches([delivery.recipient_id]):
        return
    ways_taken = Delivery.objects.filter(notice_id=delivery.notice_id)
    if ways_taken.filter(channel=other).exists() or ways_taken.filter(status__in=_HEARD).exists():
        return
    row = _row(notice, delivery.recipient_id, other)
    row.due_at = clock.now()
    row.save(force_insert=True)
    dispatch.wake(row)


def _retry(delivery: Delivery) -> None:
    if delivery.attempts > RETRIES:
        _give_up(delivery, _Status.FAILED)
        return
    minutes = parameters.integer(f"wechat.retry_{delivery.attempts}_minutes")
    due = clock.now() + timedelta(minutes=minutes)
    _save(delivery, status=_Status.PENDING, next_attempt_at=due)
    _wake_at(delivery, due)


def _pause_until_midnight(delivery: Delivery) -> None:
    until, channel = next_midnight(clock.now()), delivery.channel
    ChannelPause.objects.update_or_create(channel=channel, defaults={"until": until, "reason": delivery.outcome})
    audit.record(by=None, action="pause_channel", subject=f"channel/{channel}", until=until.isoformat())
    logger.error("the day's quota of %s is used up; the channel rests until midnight", channel)


def _alarm(delivery: Delivery, refusal: ChannelRefused) -> None:
    """Our mistake, or the account is barred: nobody is told by repeating, somebody has to look."""
    audit.record(
        by=None,
        action="delivery_failed",
        subject=f"delivery/{delivery.pk}",
        code=refusal.code,
        reason=refusal.reason[:200],
    )
    logger.error("%s refused delivery %s: %s", delivery.channel, delivery.pk, refusal)


# --- Going on, and again --------------------------------------------------------------------------
def take_up(delivery: Delivery) -> None:
    """Try a delivery that waited for a stop to be lifted."""
    _wake_at(delivery, clock.now())


def send_again(failed: Sequence[Delivery]) -> None:
    """Begin failed deliveries (locked) anew: under the old reference a provider may remember its no."""
    for delivery in failed:
        _save(
            delivery,
            status=_Status.PENDING,
            attempts=0,
            client_ref=new_client_ref(),
            outcome="",
            provider_message_id="",
            next_attempt_at=None,
            sent_at=None,
        )
        _wake_at(delivery, clock.now())


# --- What a provider tells later ----------------------------------------------------------------
@transaction.atomic
def settle(channel: Channel, number: str, *, arrived: bool, outcome: str, is_lost: bool = False) -> bool:
    """Record a provider's final word on the message that has its number; False where no delivery has it (yet).

    `is_lost`: the person cannot be reached that way any more. The first word counts."""
    sent = Delivery.objects.exclude(provider_message_id="").filter(channel=channel, provider_message_id=number)
    delivery = sent.select_for_update().first()
    if delivery is None:
        return False
    if delivery.status != _Status.SENT:
        return True
    if arrived:
        _save(delivery, status=_Status.DELIVERED, outcome=outcome, delivered_at=clock.now())
        return True
    _save(delivery, outcome=outcome[:40])
    if is_lost:
        WAYS[channel].lose(delivery.recipient_id, code=outcome)
    _give_up(delivery, _Status.UNREACHABLE if is_lost else _Status.FAILED)
    return True


def _save(delivery: Delivery, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=list(changes))
