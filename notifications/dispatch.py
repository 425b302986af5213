"""Whether a message leaves the app at once: deciding it by the manners, for many messages in few questions.

Decided while the streams of the people are locked (`notices.notify_many`), so two writers never both count to the
last message that a cap or a burst still lets pass.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aladdin import clock
from aladdin.jobs import later
from notifications import manners
from notifications.kinds import KINDS, Channel, Kind, Severity
from notifications.manners import HELD, SUMMED_UP, Fate, Past, Rules, Verdict
from notifications.models import Delivery
from notifications.preferences import Wishes

_Status = Delivery.Status
_STATUS = {
    Fate.SEND: _Status.PENDING,
    Fate.WAIT: _Status.DEFERRED,
    Fate.HOLD: _Status.DEFERRED,
    Fate.DROP: _Status.SUPPRESSED,
}
_NOT_HAD = (_Status.SUPPRESSED, _Status.BUNDLED, _Status.DIGESTED)


def decide(rows: Sequence[Delivery], wishes: Wishes) -> None:
    """Give each new delivery its status, the moment at which it is due, and why."""
    if not rows:
        return
    moment, rules = clock.now(), manners.rules()
    had = _Had(rows, moment, rules)
    for row in rows:
        kind, channel = KINDS[row.kind], Channel(row.channel)
        mode = wishes.mode(row.recipient_id, kind, channel.value)
        verdict = manners.decide(kind, channel, mode, had.past(row, kind, moment), moment, rules)
        _put(row, verdict)
        had.add(row, verdict)


def _put(row: Delivery, verdict: Verdict) -> None:
    row.status = _STATUS[verdict.fate]
    row.manner = verdict.manner or ""
    row.due_at = verdict.due
    if row.status == _Status.DEFERRED:
        row.next_attempt_at = verdict.due


# --- What people have had ------------------------------------------------------------------------
@dataclass(frozen=True)
class _Message:
    collapse_key: str
    due: datetime
    is_held: bool
    is_urgent: bool


class _Had:
    """What the people of some deliveries have had or will have by the same channels, today and later."""

    def __init__(self, rows: Collection[Delivery], moment: datetime, rules: Rules) -> None:
        self._rules = rules
        self._messages: defaultdict[tuple[UUID, str], list[_Message]] = defaultdict(list)
        longest = timedelta(minutes=max(burst.minutes for burst in rules.bursts.values()))
        since = min(clock.midnight(clock.business_date(moment)), moment - longest)
        known = Delivery.objects.filter(
            recipient__in={row.recipient_id for row in rows},
            channel__in={row.channel for row in rows},
            due_at__gte=since,
        ).exclude(status__in=_NOT_HAD)
        fields = known.values_list("recipient_id", "channel", "kind", "collapse_key", "due_at", "status", "manner")
        for person, channel, kind, key, due, status, manner in fields:
            if due is None or (status == _Status.DEFERRED and manner in HELD):
                continue
            self._messages[person, channel].append(_Message(key, due, manner in HELD, _is_urgent(kind)))

    def past(self, row: Delivery, kind: Kind, moment: datetime) -> Past:
        """As `manners.decide` asks for it."""
        due = manners.due_at(kind, moment, self._rules)
        begin = due - timedelta(minutes=self._rules.bursts[kind.severity].minutes)
        messages = self._messages[row.recipient_id, row.channel]
        lately = [
            each.due
            for each in messages
            if each.collapse_key == row.collapse_key and not each.is_held and begin < each.due <= due
        ]
        day = clock.business_date(due)
        that_day = sum(not each.is_urgent and clock.business_date(each.due) == day for each in messages)
        return Past(lately=len(lately), burst_began=min(lately, default=None), that_day=that_day)

    def add(self, row: Delivery, verdict: Verdict) -> None:
        """Count a message that was just decided."""
        if verdict.fate in {Fate.SEND, Fate.WAIT}:
            message = _Message(row.collapse_key, verdict.due, is_held=False, is_urgent=_is_urgent(row.kind))
            self._messages[row.recipient_id, row.channel].append(message)


def _is_urgent(code: str) -> bool:
    kind = KINDS.get(code)
    return kind is not None and kind.severity == Severity.CRITICAL


# --- Waking --------------------------------------------------------------------------------------
def wake(row: Delivery) -> None:
    """See to it that a new delivery is sent, or gathered with others, when it is due."""
    if row.status == _Status.SUPPRESSED:
        return
    if row.status == _Status.DEFERRED and row.manner in HELD:
        wake_gathering(row)
    else:
        wake_at(row.next_attempt_at, "notifications.deliver", delivery_id=str(row.pk))


def wake_gathering(row: Delivery) -> None:
    """One job for all that wait together until one moment."""
    key = "" if row.manner in SUMMED_UP else row.collapse_key
    due = row.next_attempt_at or clock.now()
    dedupe = f"gather|{row.recipient_id}|{row.channel}|{key}|{due:%Y%m%d%H%M%S}"
    wake_at(
        due,
        "notifications.gather",
        dedupe=dedupe,
        recipient_id=str(row.recipient_id),
        channel=row.channel,
        collapse_key=key,
    )


def wake_at(due: datetime | None, name: str, *, dedupe: str | None = None, **arguments: Any) -> None:
    """Defer a job to a moment, or to now. Under a set clock (a replay) the time until then passes at once."""
    if due is None or due <= clock.now():
        later(name, dedupe=dedupe, **arguments)
    elif clock.set_moment() is None:
        later(name, wait=due - clock.now(), dedupe=dedupe, **arguments)
    else:
        with clock.at(due):
            later(name, dedupe=dedupe, **arguments)
