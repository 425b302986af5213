"""Several messages as one: what waited together goes as one message with their number, the newest of them carrying
the others. Each of these says by which it went; a job that runs twice finds nothing left."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from aladdin import clock
from notifications import dispatch, notice_texts
from notifications.kinds import KINDS, Collapse, Kind, Severity, checked_values, kind_of
from notifications.manners import HELD, SUMMED_UP, Manner
from notifications.models import Delivery, Notice, Stream

_Status = Delivery.Status
_BURST, _DIGEST = "summary.burst", "summary.digest"
_LATE = timedelta(minutes=2)
"""How long after its moment something that waits counts as forgotten."""
MOST_SWEPT = 500


# --- Gathering -----------------------------------------------------------------------------------
@transaction.atomic
def gather(recipient: UUID, channel: str, collapse_key: str) -> Delivery | None:
    """Let what waits for this person go as one message; the delivery that carries it, None where nothing waits.

    `collapse_key` is empty for what is summed up. His stream is locked first, as whoever writes to him does, so that
    nothing is added meanwhile."""
    list(Stream.objects.select_for_update().filter(staff=recipient))
    rows = list(_waiting(recipient, channel, collapse_key).order_by("created_at", "pk").select_for_update())
    if not rows:
        return None
    carrier = rows.pop()
    for row in rows:
        row.status = _Status.BUNDLED if row.manner == Manner.BURST else _Status.DIGESTED
        row.carried_by, row.next_attempt_at = carrier, None
    Delivery.objects.bulk_update(rows, ["status", "carried_by", "next_attempt_at"])
    carrier.status, carrier.due_at, carrier.next_attempt_at = _Status.PENDING, clock.now(), None
    carrier.save(update_fields=["status", "due_at", "next_attempt_at"])
    dispatch.wake(carrier)
    return carrier


def _waiting(recipient: UUID, channel: str, collapse_key: str) -> QuerySet[Delivery]:
    held = Delivery.objects.filter(
        recipient=recipient, channel=channel, status=_Status.DEFERRED, next_attempt_at__lte=clock.now()
    )
    if collapse_key:
        return held.filter(manner=Manner.BURST, collapse_key=collapse_key)
    return held.filter(manner__in=SUMMED_UP)


def is_waiting(delivery: Delivery) -> bool:
    """Whether it waits to go together with others."""
    return delivery.status == _Status.DEFERRED and delivery.manner in HELD


def sweep() -> int:
    """Wake again whatever should have gone and did not, because its job was lost or cancelled; how many."""
    late = Delivery.objects.filter(status=_Status.DEFERRED, next_attempt_at__lt=clock.now() - _LATE)
    rows = list(late.order_by("next_attempt_at")[:MOST_SWEPT])
    for row in rows:
        if is_waiting(row):
            dispatch.wake_gathering(row)
        else:
            dispatch.wake_at(None, "notifications.deliver", dedupe=f"deliver|{row.pk}", delivery_id=str(row.pk))
    return len(rows)


# --- Saying --------------------------------------------------------------------------------------
def said(delivery: Delivery, notice: Notice) -> Notice:
    """What a delivery says: its notice, or one that stands for all that it carries (and is stored nowhere)."""
    if delivery.manner not in HELD:
        return notice
    carried = Delivery.objects.filter(
        recipient=delivery.recipient_id, channel=delivery.channel, carried_by=delivery
    ).values_list("kind", flat=True)
    kinds = [delivery.kind, *carried]
    if len(kinds) == 1:
        return notice
    return _burst(notice, len(kinds)) if delivery.manner == Manner.BURST else _digest(kinds)


def _burst(notice: Notice, count: int) -> Notice:
    """Several of one kind; about whom where all are about the same."""
    title = notice_texts.of_version(notice.kind, notice.template_version).filled(notice.values).title
    summary = _summary(kind_of(_BURST), {"what": title, "count": str(count)})
    summary.severity, summary.subject = notice.severity, notice.subject
    if kind_of(notice.kind).collapse == Collapse.SUBJECT and "customer" in notice.values:
        summary.values["customer"] = notice.values["customer"]
    return summary


def _digest(codes: Iterable[str]) -> Notice:
    counts = Counter(KINDS[code].title if code in KINDS else code for code in codes)
    parts = "、".join(f"{title} {count} 条" for title, count in counts.most_common())
    summary = _summary(kind_of(_DIGEST), {"count": str(counts.total()), "list": parts})
    summary.severity = Severity.DIGEST
    return summary


def _summary(kind: Kind, values: dict[str, str]) -> Notice:
    text = notice_texts.in_force([kind.code])[kind.code]
    written = checked_values(kind, values)
    filled = text.filled(written)
    return Notice(
        kind=kind.code,
        title=filled.title,
        body=filled.body,
        values=written,
        template_version=text.version,
        created_at=clock.now(),
    )
