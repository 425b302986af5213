"""Phones on the notice stream that do what docs/asyncapi.yaml asks of a client, and note what they are told."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

FIRST_WAIT, LONGEST_WAIT = 0.5, 3.0
"""Seconds before a lost line is tried again: doubled each time, and spread at random."""
_AT_ONCE = 100
_LINE: dict[str, Any] = {"proxy": None, "compression": None, "open_timeout": 30, "ping_interval": None}


@dataclass(frozen=True)
class Person:
    """Whose phone it is, and what it says in its hello."""

    staff_id: UUID
    device: str
    token: str


async def until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Whether something became so in time; looked at often enough to measure by."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.005)
    return True


class Phone:
    """One person's phone. `shown` holds each notice once it was shown: its id, what it is about, and the moment."""

    def __init__(self, person: Person, url: str) -> None:
        self.person = person
        self._url = url.replace("http://", "ws://", 1) + "/ws/v1/stream"
        self.epoch: str | None = None
        self.last = 0
        self.shown: list[tuple[str, str, float]] = []
        self.again = self.out_of_order = 0
        self.resets = self.connections = 0
        self.ended_at = 0.0
        self.close_code: int | None = None
        self.welcomed = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()

    async def live(self) -> None:
        """Stay connected until cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                async with connect(
                    self._url, proxy=None, compression=None, open_timeout=30, ping_interval=None
                ) as line:
                    await self._talk(line)
                    wait = FIRST_WAIT
            except (OSError, WebSocketException, TimeoutError):
                pass
            finally:
                self.ended_at = time.monotonic()
                if self.welcomed.is_set():
                    wait = FIRST_WAIT
                self.welcomed.clear()
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(2 * wait, LONGEST_WAIT)

    async def _talk(self, line: ClientConnection) -> None:
        place = {"stream": "me", "epoch": self.epoch, "since": self.last}
        told = {"type": "hello", "token": self.person.token, "device_id": self.person.device, "streams": [place]}
        await line.send(orjson.dumps(told).decode())
        self.connections += 1
        try:
            while True:
                await self._may_read.wait()
                await self._hear(line, orjson.loads(await line.recv()))
        finally:
            self.close_code = line.close_code

    async def _hear(self, line: ClientConnection, message: dict[str, Any]) -> None:
        match message["type"]:
            case "welcome":
                (place,) = message["streams"]
                self.epoch = place["epoch"]
                self.welcomed.set()
            case "notice":
                self._show(message)
                acknowledged = {"type": "ack", "stream": "me", "sequence": self.last}
                await line.send(orjson.dumps(acknowledged).decode())
            case "reset" | "resync":
                self.resets += 1

    def _show(self, notice: dict[str, Any]) -> None:
        """Nothing is dropped here: what is told twice is shown twice, and counted."""
        number = notice["sequence"]
        self.again += number <= self.last
        self.out_of_order += number > self.last + 1
        self.last = max(self.last, number)
        self.shown.append((notice["id"], notice["values"]["application_no"], time.monotonic()))

    async def stall(self, seconds: float) -> None:
        """The person's train is in a tunnel: nothing is taken from the line for a while."""
        self._may_read.clear()
        await asyncio.sleep(seconds)
        self._may_read.set()

    @property
    def is_stalled(self) -> bool:
        """Whether it takes nothing now."""
        return not self._may_read.is_set()


@asynccontextmanager
async def alive(people: Iterable[Person], url: str) -> AsyncIterator[list[Phone]]:
    """Everybody's phone, connected."""
    phones = [Phone(person, url) for person in people]
    tasks = []
    for begin in range(0, len(phones), _AT_ONCE):
        group = phones[begin : begin + _AT_ONCE]
        tasks += [asyncio.create_task(phone.live()) for phone in group]
        await asyncio.gather(*(phone.welcomed.wait() for phone in group))
    try:
        yield phones
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
