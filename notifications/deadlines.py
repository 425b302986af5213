"""What has to be done by when: kinds of notices that ask for something say within how many working hours.

Rooms call `done` where their work is done; whoever lets a deadline pass has his manager told
(`notifications/escalation.py`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from aladdin import clock, parameters, working_time
from aladdin.jobs import later
from notifications import marks
from notifications.kinds import KINDS, Kind
from notifications.models import Deadline, Notice, NoticeEvent

_HOUR = 3600


def put(written: Iterable[tuple[NoticeEvent, Notice]]) -> None:
    """Deadlines of notices just written, where their kinds ask for something."""
    rows = [
        _deadline(event, notice, kind, person)
        for event, notice in written
        if (kind := KINDS[notice.kind]).act_within and (person := notice.stream.staff_id)
    ]
    if rows:
        Deadline.objects.bulk_create(rows)


def _deadline(event: NoticeEvent, notice: Notice, kind: Kind, recipient: UUID) -> Deadline:
    seconds = parameters.integer(kind.act_within) * _HOUR
    return Deadline(
        notice_id=notice.pk,
        notice_created_on=notice.created_on,
        recipient_id=recipient,
        kind=notice.kind,
        subject=notice.subject,
        event_key=event.event_key,
        act_by=working_time.after(notice.created_at, seconds, working_time.hours_on()),
    )


# --- Done ----------------------------------------------------------------------------------------
@transaction.atomic(savepoint=False)
def done(subject: str, kinds: Collection[str]) -> int:
    """What these kinds of notices asked for about this subject is done, whoever did it: no manager is told any more,
    and a job writes on the notices when it was. How many deadlines that settles."""
    open_ones = Deadline.objects.open().filter(subject=subject, kind__in=kinds).order_by("pk")
    rows = list(open_ones.select_for_update())
    _settle(rows)
    if rows:
        later("notifications.stamp_acted", notices=[[str(row.notice_id), f"{row.notice_created_on}"] for row in rows])
    return len(rows)


@transaction.atomic(savepoint=False)
def acted(notice_id: UUID) -> None:
    """Somebody marked a notice as acted on: of all who were asked for the same, one is enough."""
    mine = Deadline.objects.filter(notice_id=notice_id).first()
    if mine is not None:
        asked = Deadline.objects.open().filter(event_key=mine.event_key).order_by("pk")
        _settle(list(asked.select_for_update()))


def _settle(rows: Sequence[Deadline]) -> None:
    Deadline.objects.filter(pk__in=[row.pk for row in rows]).update(settled_at=clock.now())


@transaction.atomic
def stamp_acted(notice_id: UUID, created_on: date) -> None:
    """Write on a notice that what it asked for is done, and let its person's devices know; the first stamp counts."""
    place = Notice.objects.filter(pk=notice_id, created_on=created_on)
    if place.filter(acted_at__isnull=True).update(acted_at=clock.now()):
        notice = place.select_related("stream").get()
        marks.note(notice.stream, [notice.sequence])
