"""Robots and what they said in their chats."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

MINUTE = 60.0
DEAF_SECONDS = 600.0
"""How long DingTalk hears nothing from a robot that was too fast."""


@dataclass(frozen=True)
class Robot:
    """A robot in a chat."""

    platform: str
    key: str
    secret: str = ""
    group: str = ""


@dataclass(frozen=True)
class Line:
    """Something a robot said."""

    platform: str
    key: str
    group: str
    title: str
    text: str
    said_at: float


@dataclass
class Chats:
    """All of it. Speed is counted by calls that were rightly signed, in memory only."""

    robots: dict[tuple[str, str], Robot] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    _calls: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    _deaf_until: dict[tuple[str, str], float] = field(default_factory=dict)

    def robot(self, platform: str, key: str) -> Robot | None:
        """The robot that has the key; while none was made, any key has one."""
        if not self.robots and key:
            return Robot(platform, key, "sandbox-secret", "群聊")
        return self.robots.get((platform, key))

    def is_too_fast(self, robot: Robot, now: float, *, a_minute: int, a_second: int = 0, deaf: bool = False) -> bool:
        """Count a call, and say whether it is one too many."""
        name = (robot.platform, robot.key)
        if self._deaf_until.get(name, 0.0) > now:
            return True
        recent = [at for at in self._calls[name] if at > now - MINUTE]
        self._calls[name] = [*recent, now]
        too_many = len(recent) >= a_minute or bool(a_second and sum(at > now - 1 for at in recent) >= a_second)
        if too_many and deaf:
            self._deaf_until[name] = now + DEAF_SECONDS
        return too_many

    def groups(self) -> dict[tuple[str, str], list[Line]]:
        """The chats, each with its lines, the latest chat first."""
        found: dict[tuple[str, str], list[Line]] = {}
        for line in reversed(self.lines):
            found.setdefault((line.platform, line.group), []).insert(0, line)
        for robot in self.robots.values():
            found.setdefault((robot.platform, robot.group), [])
        return found
