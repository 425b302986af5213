"""What one socket follows: a place in the person's stream or on a board, and how to read on from there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from notifications import boards, marks
from notifications.models import Notice, Stream
from notifications.protocol import ME, Wanted, message
from notifications.streams import board_stream, person_stream
from organization.models import Staff

PAGE = 100

Event = boards.Event
ReadOn = Callable[["Subscription"], Awaitable[list[Event]]]


class NotPermitted(Exception):
    """A stream that is not this person's to follow, or does not exist."""


@dataclass
class Subscription:
    """A followed stream: `position` is the last number that was sent, `due` the last that there is."""

    name: str
    stream: Stream
    position: int
    due: int
    is_reset: bool = False
    #: Of one's own stream: the last change to what is read that was told, and how far a device is known to be.
    marks: int = 0
    head_of_marks: int = 0
    acknowledged: int = 0

    @property
    def is_board(self) -> bool:
        return self.stream.kind == Stream.Kind.BOARD

    def place(self) -> dict[str, object]:
        """Where the stream stands, for `reset` and `resync`."""
        return {"stream": self.name, "epoch": self.stream.epoch, "sequence": self.due}

    def opening(self) -> dict[str, object]:
        """Where the stream stands, for `welcome`; one's own with the marks of all devices."""
        if self.is_board:
            return self.place()
        return self.place() | {"marks": self.head_of_marks, "acknowledged": self.acknowledged}


def subscribe(staff_id: UUID, wanted: tuple[Wanted, ...]) -> list[Subscription]:
    """The subscriptions that a client asked for. Raises NotPermitted."""
    staff = Staff.objects.select_related("branch").get(pk=staff_id)
    return [_subscription(each, _stream(staff, each.stream)) for each in wanted]


def may_still_watch(staff_id: UUID, names: list[str]) -> bool:
    """Whether the person may (still) watch all these boards."""
    staff = Staff.objects.select_related("branch").get(pk=staff_id)
    return all(boards.may_watch(staff, name) for name in names)


def _stream(staff: Staff, name: str) -> Stream:
    if name == ME:
        return person_stream(staff)
    if not boards.may_watch(staff, name):
        raise NotPermitted(name)
    return board_stream(name)


def _subscription(wanted: Wanted, stream: Stream) -> Subscription:
    """Read on from where the client is; begin anew (`reset`) where its numbers are not ours."""
    head = stream.last_sequence
    found = Subscription(wanted.stream, stream, head, head)
    if wanted.since is not None:
        found.is_reset = wanted.epoch not in (None, stream.epoch) or wanted.since > head
        found.is_reset = found.is_reset or _is_forgotten(stream, wanted.since)
        found.position = head if found.is_reset else wanted.since
    if stream.kind == Stream.Kind.PERSON:
        now = marks.standing(stream)
        knows = wanted.marks is not None and not found.is_reset and wanted.marks <= now.last
        found.marks = wanted.marks if wanted.marks is not None and knows else now.last
        found.head_of_marks, found.acknowledged = now.last, now.acknowledged
    return found


def _is_forgotten(stream: Stream, since: int) -> bool:
    """Whether the board's events after `since` are partly deleted already."""
    if stream.kind != Stream.Kind.BOARD or since == stream.last_sequence:
        return False
    oldest = boards.oldest_kept(stream)
    return oldest is None or oldest > since + 1


def read_notices(stream: Stream, after: int) -> list[Event]:
    """The person's next notices after a number, in order, at most a page."""
    rows = Notice.objects.after(stream, after, limit=PAGE)
    return [(row.sequence, _notice(stream, row)) for row in rows]


def read_marks(stream: Stream, after: int) -> tuple[int, list[str]]:
    """What was read and done after a mark: up to which mark, and the messages that say it; the last of them names the
    mark, so that whoever is cut off between two hears all of it again."""
    upto, changed = marks.after(stream, after)
    pages = [changed[begin : begin + PAGE] for begin in range(0, len(changed), PAGE)]
    return upto, [
        message("marks", stream=ME, marks=upto if page is pages[-1] else after, notices=page) for page in pages
    ]


def _notice(stream: Stream, row: Notice) -> str:
    return message(
        "notice",
        stream=ME,
        epoch=stream.epoch,
        sequence=row.sequence,
        id=row.pk,
        kind=row.kind,
        severity=row.severity,
        title=row.title,
        body=row.body,
        subject=row.subject,
        link=row.link,
        alert=row.alert,
        values=row.values,
        created_at=row.created_at,
        read_at=row.read_at,
        acted_at=row.acted_at,
    )
