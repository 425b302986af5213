"""Telling people: one event makes one numbered notice, and what follows from it, in the writer's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from aladdin import clock
from aladdin.problems import NotFound
from notifications import alerts, deadlines, deliveries, doorbell, marks, notice_texts, streams
from notifications.kinds import check_subject, checked_values, kind_of
from notifications.models import Notice, NoticeEvent, Stream
from notifications.notice_texts import Text
from notifications.preferences import Wishes
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Message:
    """What to tell one person; the arguments of `notify`."""

    recipient: Staff
    kind: str
    event_key: str
    subject: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


# --- Telling ------------------------------------------------------------------------------------
def notify(
    *, recipient: Staff, kind: str, event_key: str, subject: str = "", values: Mapping[str, str] | None = None
) -> Notice | None:
    """Tell one person of one event; None where he was already told of it (`event_key` is unique per person).

    Call it last in the transaction: his stream stays locked until commit. Raises NoticeFault, a programming
    fault, for an unknown kind or a value that is missing, unknown or wrong."""
    message = Message(recipient=recipient, kind=kind, event_key=event_key, subject=subject, values=values or {})
    written = notify_many([message])
    return written[0] if written else None


def notify_many(messages: Iterable[Message]) -> list[Notice]:
    """Tell several people at once, or one of several events; returns the notices that were new, in order.

    Streams are locked in one order whatever the order of the messages, so that two writers never wait for each
    other in a circle. The number of statements does not grow with the messages, but for one job for each that
    leaves the bank."""
    messages = list(messages)
    if not messages:
        return []
    texts = notice_texts.in_force(message.kind for message in messages)
    written = [(message, _written(message, texts[message.kind])) for message in messages]
    with transaction.atomic():
        locked = streams.lock_people(message.recipient for message, _ in written)
        wishes = Wishes(locked)
        notices = _numbered(written, locked, wishes)
        if notices:
            deliveries.queue(notices, wishes)
            doorbell.ring_on_commit({notice.stream.key: notice.stream.last_sequence for notice in notices})
    return notices


def _written(message: Message, text: Text) -> Notice:
    """The notice, still without a place in its stream."""
    kind = kind_of(message.kind)
    values = checked_values(kind, message.values)
    said = text.filled(values)
    return Notice(
        kind=kind.code,
        severity=kind.severity,
        title=said.title,
        body=said.body,
        subject=check_subject(kind, message.subject),
        values=values,
        template_version=text.version,
    )


def _numbered(written: list[tuple[Message, Notice]], locked: Mapping[UUID, Stream], wishes: Wishes) -> list[Notice]:
    """Give those that are news the next numbers of their (locked) streams, and store them."""
    events = []
    notices = []
    told = _already_told(locked.values(), {message.event_key for message, _ in written})
    for message, notice in written:
        stream = locked[message.recipient.pk]
        if (stream.pk, message.event_key) in told:
            continue
        told.add((stream.pk, message.event_key))
        stream.last_sequence += 1
        notice.stream, notice.sequence = stream, stream.last_sequence
        events.append(_event(message, notice))
        notices.append(notice)
    if notices:
        alerts.mark(notices, wishes)
        streams.save_numbers({notice.stream for notice in notices})
        NoticeEvent.objects.bulk_create(events)
        Notice.objects.bulk_create(notices)
        deadlines.put(zip(events, notices, strict=True))
    return notices


def _event(message: Message, notice: Notice) -> NoticeEvent:
    return NoticeEvent(
        stream=notice.stream,
        event_key=message.event_key,
        sequence=notice.sequence,
        created_on=notice.created_on,
    )


def _already_told(among: Iterable[Stream], event_keys: set[str]) -> set[tuple[int, str]]:
    # The streams are locked and every writer locks them first: nobody adds to this meanwhile.
    known = NoticeEvent.objects.filter(stream__in=list(among), event_key__in=event_keys)
    return set(known.values_list("stream_id", "event_key"))


# --- Reading ------------------------------------------------------------------------------------
def unread(staff: Staff) -> QuerySet[Notice]:
    """What the person has not read yet."""
    return Notice.objects.visible_to(staff).filter(read_at__isnull=True)


def count_unread(staff: Staff) -> dict[str, int]:
    """How many of each severity the person has not read."""
    rows = unread(staff).order_by().values_list("severity").annotate(count=Count("pk"))
    return dict(rows)


def read(notice_id: UUID, *, by: Staff) -> Notice:
    """Mark one of one's own notices as read; again does nothing. Raises NotFound."""
    return _mark(notice_id, by=by, columns=["read_at"])


@transaction.atomic
def act(notice_id: UUID, *, by: Staff) -> Notice:
    """Mark what a notice asked for as done, and the notice as read. Raises NotFound."""
    notice = _mark(notice_id, by=by, columns=["read_at", "acted_at"])
    deadlines.acted(notice.pk)
    return notice


@transaction.atomic
def _mark(notice_id: UUID, *, by: Staff, columns: list[str]) -> Notice:
    notice = Notice.objects.visible_to(by).select_related("stream").filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("没有找到该通知")
    # With the date, so that one partition is looked into; the first mark counts, also among two devices.
    place = Notice.objects.filter(pk=notice.pk, created_on=notice.created_on)
    now = clock.now()
    changed = sum(place.filter(**{f"{column}__isnull": True}).update(**{column: now}) for column in columns)
    if changed:
        marks.note(notice.stream, [notice.sequence])
    found = place.values(*columns).get()
    for column in columns:
        setattr(notice, column, found[column])
    return notice


@transaction.atomic
def read_all(*, by: Staff, up_to: int) -> int:
    """Mark everything up to a number as read; the count of those that were not."""
    rows = unread(by).filter(sequence__lte=up_to).order_by("sequence").select_for_update(of=("self",))
    sequences = list(rows.values_list("sequence", flat=True))
    if sequences:
        stream = Stream.objects.get(staff=by)
        unread(by).filter(sequence__in=sequences).update(read_at=clock.now())
        marks.note(stream, sequences)
    return len(sequences)
