"""One hub in each socket process: hears the doorbell for all its sockets, and looks for itself twice a second.

The doorbell (Redis) makes it quick; the look makes it sure: lost messages, a flushed, hung or absent Redis delay a
notice by half a second and no more. The same look finds sign-ins that ended, within the second that they may outlive
their withdrawal, and rights that changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
from typing import Any, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from notifications import boards, doorbell, draining
from notifications.models import Stream
from notifications.sign_ins import SignIn, Standing, standing

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

LOOK_EVERY = 0.5
"""Seconds between two looks at the database."""
LONGEST_PAUSE = 2.0
"""Seconds at most between two attempts to reach Redis."""

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="socket-database")


def in_database(work: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`work` on one of the few threads that speak to the database for this process's sockets."""
    on_thread: Callable[P, Awaitable[R]] = database_sync_to_async(work, thread_sensitive=False, executor=_threads)
    return on_thread


@dataclass(frozen=True)
class Head:
    """How far a stream goes: epoch (None: not told), last number, last mark, how far a device has received."""

    epoch: UUID | None = None
    sequence: int = -1
    marks: int = -1
    acknowledged: int = -1

    def joined(self, news: Head) -> Head:
        """The furthest of both; another epoch replaces what was known."""
        if self.epoch is not None and news.epoch not in (None, self.epoch):
            return news
        return Head(
            self.epoch or news.epoch,
            max(self.sequence, news.sequence),
            max(self.marks, news.marks),
            max(self.acknowledged, news.acknowledged),
        )


_RUNG = [each.name for each in fields(Head)][1:]


_NOTHING = Head()


class Listener:
    """What one socket is waiting for: news in its streams, and the end of its sign-in."""

    def __init__(self, sign_in: SignIn, keys: Iterable[str]) -> None:
        self.sign_in, self.keys = sign_in, frozenset(keys)
        self.bell = asyncio.Event()
        self.is_over = False
        self.has_other_rights = False
        self.leaves_at: float | None = None
        """By the loop's clock: when the server ends this connection, since it restarts."""
        self.heads: dict[str, Head] = {}

    def head(self, key: str) -> Head:
        """What was heard of a stream."""
        return self.heads.get(key, _NOTHING)

    def hear(self, key: str, news: Head) -> None:
        """Ring where the stream has grown or has another epoch."""
        known = self.head(key)
        joined = known.joined(news)
        if joined == known:
            return
        self.heads[key] = joined
        self.bell.set()

    def leave(self, at: float) -> None:
        """The server restarts: say goodbye now, and part at that moment of the loop's clock."""
        self.leaves_at = at
        self.bell.set()

    def hear_of_sign_in(self, found: Standing) -> None:
        """Ring where the sign-in ended or brings other rights than before."""
        self.is_over = self.sign_in in found.ended
        self.has_other_rights = self.sign_in in found.changed
        if self.is_over or self.has_other_rights:
            self.bell.set()


class Hub:
    """Listeners of one event loop, its one subscription and its one look-out."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._feeds: dict[tuple[str, UUID], boards.Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def listening(self, listener: Listener) -> AsyncIterator[None]:
        """Wake the listener while inside; the hub runs while anybody listens."""
        for key in listener.keys:
            self._listeners[key].add(listener)
        draining.prepare(self)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._look())]
        try:
            yield
        finally:
            self._leave(listener)
            if not self._listeners:
                await self._rest()

    def _leave(self, listener: Listener) -> None:
        for key in listener.keys:
            self._listeners[key].discard(listener)
            if not self._listeners[key]:
                del self._listeners[key]
                self._feeds = {place: feed for place, feed in self._feeds.items() if place[0] != key}

    async def _rest(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def listeners(self) -> list[Listener]:
        """Everybody who listens here."""
        return list({each for group in self._listeners.values() for each in group})

    def feed(self, stream: Stream, begin: int) -> boards.Feed:
        """The board's events, shared by everybody who watches it here."""
        place = (stream.key, stream.epoch)
        return self._feeds.setdefault(place, boards.Feed(stream, in_database(boards.read_events), begin))

    def _tell(self, key: str, head: Head) -> None:
        for listener in self._listeners.get(key, ()):
            listener.hear(key, head)

    # --- The doorbell ----------------------------------------------------------------------------
    async def _hear(self) -> None:
        pause = 0.1
        while True:
            # The time-out that redis-py sets by itself would end a quiet subscription after five seconds.
            client = redis.asyncio.Redis.from_url(
                settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=1, socket_keepalive=True
            )
            try:
                async with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(doorbell.channel())
                    pause = 0.1
                    async for message in subscription.listen():
                        self._rung(message)
            except (RedisError, OSError) as error:
                logger.warning("hub: no doorbell (%s); looking every half second", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _rung(self, message: Mapping[str, Any]) -> None:
        try:
            heads = orjson.loads(message["data"])
            for key, news in heads.items():
                told: Mapping[str, int] = {"sequence": news} if isinstance(news, int) else news
                self._tell(str(key), Head(None, *(int(told.get(name, -1)) for name in _RUNG)))
        except (ValueError, TypeError, AttributeError):
            logger.warning("hub: a ring that says nothing")

    # --- The look --------------------------------------------------------------------------------
    async def _look(self) -> None:
        look = in_database(_look_around)
        while True:
            listeners = self.listeners()
            with suppress(DatabaseError):  # it comes back, or the sockets find out by themselves
                heads, found = await look(list(self._listeners), [each.sign_in for each in listeners])
                for key, head in heads.items():
                    self._tell(key, head)
                for listener in listeners:
                    listener.hear_of_sign_in(found)
            await asyncio.sleep(LOOK_EVERY)


def _look_around(keys: list[str], sign_ins: list[SignIn]) -> tuple[dict[str, Head], Standing]:
    rows = Stream.objects.filter(key__in=keys).values_list(
        "key", "epoch", "last_sequence", "marks__last", "marks__acknowledged", "marks__epoch"
    )
    heads = {
        key: Head(epoch, sequence, marks or 0, (acknowledged or 0) if of_epoch == epoch else 0)
        for key, epoch, sequence, marks, acknowledged, of_epoch in rows
    }
    return heads, standing(sign_ins)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """This process's hub: one for each event loop, of which a server has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
