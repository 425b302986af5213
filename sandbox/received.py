"""What the stand-ins received and what they answered, for tests and for whoever looks for a fault."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

KEPT = 20_000
_SECRETS = {"access_token", "secret", "key", "sign"}


class ReceivedLog:
    """The latest calls, oldest first; secrets are starred."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def note(self, **entry: Any) -> None:
        """Add a line."""
        self._entries.append(entry)

    def lines(self, *, provider: str = "", operation: str = "") -> list[dict[str, Any]]:
        """Lines of one provider and operation; empty means any."""
        return [
            entry
            for entry in self._entries
            if provider in ("", entry["provider"]) and operation in ("", entry["operation"])
        ]

    def clear(self) -> None:
        """Forget every line."""
        self._entries.clear()


def readable(body: bytes) -> Any:
    """A body as JSON where it is JSON, else as text."""
    try:
        content = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return starred(content) if isinstance(content, dict) else content


def starred(content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` with its secrets hidden."""
    return {name: "***" if name in _SECRETS else value for name, value in content.items()}
