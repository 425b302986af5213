"""PostgreSQL and Redis from their wheels, for a machine that has neither.

Only what the environment does not already name (`DATABASE_URL`, `REDIS_URL`) is started.
Both listen on 127.0.0.1 behind random passwords kept in the data folder, and speak TCP alone:
a folder of any depth works, where a Unix socket's path would end at 107 bytes.

PostgreSQL refuses to run as root. As root, both servers therefore run as an unprivileged user,
with data (and, where that user cannot reach them, copies of the binaries) it can get at.

    with embedded.services(Path("var"), durable=True) as env: ...
    python -m aladdin.embedded start|stop|env --data DIR [--fast]
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from aladdin.embedded.account import EmbeddedError, server_account, settle
from aladdin.embedded.memory import Memory, port_is_free
from aladdin.embedded.postgres import Postgres
from aladdin.embedded.redis_server import Redis

__all__ = ["EmbeddedError", "Services", "held", "port_is_free", "services"]

ADDRESSES = ("DATABASE_URL", "REDIS_URL")


class Services:
    """The servers of one data folder, as far as the environment does not name others."""

    def __init__(self, wanted: Path) -> None:
        account = server_account()
        self.data = settle(wanted, account)
        memory = Memory(self.data)
        self._servers: dict[str, Postgres | Redis] = {}
        if not os.environ.get("DATABASE_URL"):
            self._servers["DATABASE_URL"] = Postgres(self.data, account, memory)
        if not os.environ.get("REDIS_URL"):
            self._servers["REDIS_URL"] = Redis(self.data, account, memory)

    def start(self, *, durable: bool) -> None:
        """Start what is ours to start."""
        for server in self._servers.values():
            server.start(durable=durable)

    def stop(self) -> None:
        """Stop what is ours to stop."""
        for server in self._servers.values():
            server.stop()

    def erase(self) -> None:
        """Stop what is ours and delete all it keeps."""
        self.stop()
        for server in self._servers.values():
            shutil.rmtree(server.home, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether all that is ours runs."""
        return all(server.is_running() for server in self._servers.values())

    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL, given or ours."""
        given = {name: os.environ[name] for name in ADDRESSES if name not in self._servers}
        return given | {name: server.url for name, server in self._servers.items()}


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Be the only one to start and stop the servers of `data`; the hold dies with its process."""
    with (data / "embedded.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(f"the servers of {data} are in use by another run") from None
        yield


@contextlib.contextmanager
def services(data: Path, *, durable: bool, fresh: bool = False) -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis for as long as the block lasts; yields their addresses.

    `fresh` deletes their data first.

    Servers that an earlier run left behind (kill -9) are taken over. Raises EmbeddedError when
    another run holds the data folder, or a server does not start.
    """
    ours = Services(data)
    with held(ours.data):
        if fresh:
            ours.erase()
        try:
            ours.start(durable=durable)
            yield ours.environment()
        finally:
            ours.stop()
