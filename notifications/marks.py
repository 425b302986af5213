"""What a person's devices have in common: which notices are read or done, and how far one of them has received.

Each change to what is read or done takes the next number of the person's marks, under their lock; a notice carries
the number of its latest change. So a device that asks for "after mark N" learns of every change once, whoever made it
and through whichever door, and two changes to one notice come as its latest state.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import connection

from aladdin import clock
from notifications import doorbell
from notifications.models import Marks, Notice, NoticeEvent, Stream

PAGE = 100


# --- Writing ------------------------------------------------------------------------------------
def note(stream: Stream, sequences: Collection[int]) -> int:
    """These notices of the (person's) stream were just read or done, in the current transaction; the mark's number."""
    Marks.objects.bulk_create([Marks(stream=stream)], ignore_conflicts=True)
    marks = Marks.objects.select_for_update().get(pk=stream.pk)
    marks.last += 1
    marks.save(update_fields=["last"])
    NoticeEvent.objects.filter(stream=stream, sequence__in=sequences).update(mark=marks.last)
    doorbell.ring_on_commit({stream.key: {"marks": marks.last}})
    return marks.last


#: The device's place never goes back within an epoch, nor does the person's; nothing is written where nothing moves.
_ACKNOWLEDGE = """
WITH said (stream_id, device, epoch, sequence, at) AS (
    VALUES (%s::bigint, %s::varchar, %s::uuid, %s::bigint, %s::timestamptz)
), device AS (
    INSERT INTO notifications_acknowledgement AS a (stream_id, device, epoch, sequence, at)
    SELECT stream_id, device, epoch, sequence, at FROM said
    ON CONFLICT (stream_id, device) DO UPDATE
    SET epoch = excluded.epoch, sequence = excluded.sequence, at = excluded.at
    WHERE a.epoch <> excluded.epoch OR a.sequence < excluded.sequence
    RETURNING 1
)
INSERT INTO notifications_marks AS m (stream_id, last, epoch, acknowledged)
SELECT stream_id, 0, epoch, sequence FROM said WHERE EXISTS (SELECT FROM device)
ON CONFLICT (stream_id) DO UPDATE SET epoch = excluded.epoch, acknowledged = excluded.acknowledged
WHERE m.epoch IS DISTINCT FROM excluded.epoch OR m.acknowledged < excluded.acknowledged
RETURNING acknowledged
"""


def acknowledge(stream: Stream, *, device: str, sequence: int) -> None:
    """A device of the stream's owner has everything up to `sequence`; his other devices hear of it."""
    with connection.cursor() as cursor:
        cursor.execute(_ACKNOWLEDGE, [stream.pk, device, stream.epoch, sequence, clock.now()])
        moved = cursor.fetchone()
    if moved is not None:
        doorbell.ring_on_commit({stream.key: {"acknowledged": moved[0]}})


# --- Reading ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Standing:
    """Where a person's marks stand: the number of the last change, and how far one of his devices has received."""

    last: int = 0
    acknowledged: int = 0


def standing(stream: Stream) -> Standing:
    """Where they stand now."""
    marks = Marks.objects.filter(pk=stream.pk).first()
    if marks is None:
        return Standing()
    return Standing(marks.last, marks.acknowledged if marks.epoch == stream.epoch else 0)


class Changed(TypedDict):
    """A notice whose state changed, as it is now."""

    id: UUID
    sequence: int
    read_at: datetime | None
    acted_at: datetime | None


def after(stream: Stream, number: int) -> tuple[int, list[Changed]]:
    """The notices that changed after a mark, at most a page of marks, in order; the mark up to which that is all."""
    changed = NoticeEvent.objects.filter(stream=stream, mark__gt=number).order_by("mark")
    marks = [mark for mark in changed.values_list("mark", flat=True)[:PAGE] if mark is not None]
    if not marks:
        return number, []
    places = dict(changed.filter(mark__lte=marks[-1]).values_list("sequence", "created_on"))
    rows = Notice.objects.filter(stream=stream, sequence__in=places, created_on__in=set(places.values()))
    return marks[-1], [
        Changed(id=row.pk, sequence=row.sequence, read_at=row.read_at, acted_at=row.acted_at)
        for row in rows.order_by("sequence")
    ]
