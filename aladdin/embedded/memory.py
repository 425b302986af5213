"""What one data folder remembers between starts: passwords and ports."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
START_SECONDS = 60.0
LOG_LINES = 15


class Memory:
    """Passwords and ports of one data folder, in `embedded.json`, readable by its owner alone."""

    def __init__(self, data: Path) -> None:
        self._file = data / "embedded.json"
        self._facts: dict[str, Any] = {}
        if self._file.exists():
            self._facts = json.loads(self._file.read_text())

    def secret(self, name: str) -> str:
        """The password called `name`, made on first use."""
        if name not in self._facts:
            self.set(name, secrets.token_hex(20))
        return str(self._facts[name])

    def get(self, name: str) -> Any:
        """What was set last, or None."""
        return self._facts.get(name)

    def set(self, name: str, fact: Any) -> None:
        """Write through a new file, so that a crash leaves the old or the new one."""
        self._facts[name] = fact
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self._facts))
        fresh.replace(self._file)

    def port(self, name: str) -> int:
        """The port used last time if it is free, else another free one."""
        last = self._facts.get(name)
        if last is None or not port_is_free(HOST, last):
            self.set(name, _some_free_port())
        return int(self._facts[name])


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with contextlib.suppress(OSError), socket.create_server((host, port)):
        return True
    return False


def _some_free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(is_so: Callable[[], bool], *, seconds: float = START_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def log_end(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
