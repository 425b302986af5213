"""Leaving gently on a deployment: sockets are handed over one after another, not all thrown out at once.

On SIGTERM each connection is told at once when it will end (`restart`), is served until then, and is closed (1012).
The moments are spread, so that the other processes are reached by so many phones a second and not by all together.
Then the server gets the signal that it was sent. Other servers of one process, or a second SIGTERM, do not wait.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING
from weakref import WeakSet

from aladdin import health

if TYPE_CHECKING:
    from notifications.hub import Hub

logger = logging.getLogger(__name__)

HANDED_OVER_A_SECOND = 250
LONGEST = 8.0
"""Seconds; less than what a stop may take (`aladdin/launcher/children.py`, a pod's grace period)."""
_LAST_WORD = 0.2
"""Seconds for the last closing handshakes."""

_prepared: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def prepare(hub: Hub) -> None:
    """Once for the running loop: take SIGTERM before the server does. Only the main thread gets signals; a server in
    another (tests) is stopped in its own way."""
    loop = asyncio.get_running_loop()
    if loop in _prepared or threading.current_thread() is not threading.main_thread():
        return
    _prepared.add(loop)
    before = signal.getsignal(signal.SIGTERM)

    def asked(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, before)
        loop.call_soon_threadsafe(_begin, hub, number)

    signal.signal(signal.SIGTERM, asked)


def _begin(hub: Hub, number: int) -> None:
    health.leave("restart")
    seconds = spread(hub, asyncio.get_running_loop().time())
    logger.info("handing over sockets within %.1f s", seconds)
    asyncio.get_running_loop().call_later(seconds + _LAST_WORD, signal.raise_signal, number)


def spread(hub: Hub, now: float) -> float:
    """Give every listener its moment; the seconds within which all of them lie."""
    listeners = hub.listeners()
    seconds = min(len(listeners) / HANDED_OVER_A_SECOND, LONGEST)
    random.shuffle(listeners)
    for number, listener in enumerate(listeners, start=1):
        listener.leave(at=now + seconds * number / len(listeners))
    return seconds
