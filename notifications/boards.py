"""Who may watch which board, and the board events that a process reads once for all its watchers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from uuid import UUID

from aladdin.api.rendering import dumps
from notifications.models import BoardEvent, Stream
from notifications.streams import BRANCH
from organization import access
from organization.models import Branch, Staff
from organization.scope import sees_branch

PAGE = 100
KEPT = 500


def may_watch(staff: Staff, key: str) -> bool:
    """Whether the person may watch the board `branch:<id>`: whoever may read performance figures, for every branch
    within his scope and, a relationship manager too, for the branch he works in: ranking is made for him.

    What does not exist may not be watched either, so the two look alike."""
    branch = _branch_of(key)
    if branch is None or not access.may(staff, "performance.read"):
        return False
    return branch.pk == staff.branch_id or sees_branch(staff, branch)


def _branch_of(key: str) -> Branch | None:
    if not key.startswith(BRANCH):
        return None
    try:
        branch: Branch | None = Branch.objects.filter(pk=UUID(key.removeprefix(BRANCH))).first()
    except ValueError:
        return None
    return branch


# --- Events -------------------------------------------------------------------------------------
Event = tuple[int, str]
"""A number and the message as it goes to every watcher."""


def read_events(stream: Stream, after: int) -> list[Event]:
    """The next events after a number, in order, at most a page."""
    rows = BoardEvent.objects.filter(stream=stream, sequence__gt=after).order_by("sequence")[:PAGE]
    return [(row.sequence, _message(stream, row)) for row in rows]


def oldest_kept(stream: Stream) -> int | None:
    """The lowest number that still is there; None where there is none."""
    return BoardEvent.objects.filter(stream=stream).order_by("sequence").values_list("sequence", flat=True).first()


def _message(stream: Stream, row: BoardEvent) -> str:
    return dumps(
        {
            "type": "board",
            "stream": stream.key,
            "epoch": stream.epoch,
            "sequence": row.sequence,
            "kind": row.kind,
            "payload": row.payload,
            "created_at": row.created_at,
        }
    ).decode()


class Feed:
    """The latest events of one board, read from the database once for all watchers of a process."""

    def __init__(self, stream: Stream, read: Callable[[Stream, int], Awaitable[list[Event]]], begin: int) -> None:
        self._stream, self._read = stream, read
        self._last = begin
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._reading = asyncio.Lock()

    async def after(self, sequence: int, *, upto: int) -> list[Event]:
        """The events after `sequence`, which lie in memory, or read by one for all; a page at most from further
        back. `upto` is the number that the doorbell told."""
        async with self._reading:
            while self._last < upto and (read := await self._read(self._stream, self._last)):
                self._events.extend(read)
                self._last = read[-1][0]
        if self._events and self._events[0][0] <= sequence + 1:
            return [event for event in self._events if event[0] > sequence]
        return await self._read(self._stream, sequence)
