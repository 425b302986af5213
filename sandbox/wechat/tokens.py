"""Access tokens of the two doors, which know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

TIME_TO_LIVE = 7200.0
RENEWED_WITHIN = 300.0
"""Seconds before its end from which a stable token is succeeded by a new one."""
FORCED_APART = 30.0
FORCED_A_DAY = 20
STABLE, PLAIN = "stable", "plain"


@dataclass(frozen=True)
class AccessToken:
    """One token; times in seconds since 1970."""

    value: str
    door: str
    issued_at: float
    expires_at: float
    forced: bool = False
    dead_from: float = float("inf")
    """When a newer one killed it."""


class Tokens:
    """All tokens given out, and the current one of each door."""

    def __init__(self) -> None:
        self._given: dict[str, AccessToken] = {}
        self._current: dict[str, str] = {}

    def add(self, token: AccessToken) -> None:
        """Make `token` the current one of its door and let its predecessor end.

        A stable one that was merely renewed lets it live on to its natural end."""
        before = self.current(token.door)
        if before and (token.door == PLAIN or token.forced):
            self._given[before.value] = replace(before, dead_from=token.issued_at)
        self._given[token.value] = token
        self._current[token.door] = token.value

    def current(self, door: str) -> AccessToken | None:
        """The latest token of a door."""
        value = self._current.get(door)
        return self._given[value] if value else None

    def stands(self, now: float) -> AccessToken | None:
        """The stable token that is still given out at `now`; None where it is time for a new one."""
        token = self.current(STABLE)
        if token is None or now >= token.expires_at - min(RENEWED_WITHIN, self._life(token) / 2):
            return None
        return token

    def error(self, value: str, now: float) -> int:
        """0 for a good token, else 41001 (none), 42001 (expired) or 40001 (unknown or not the latest)."""
        if not value:
            return 41001
        token = self._given.get(value)
        if token is None or now >= token.dead_from:
            return 40001
        return 42001 if now >= token.expires_at else 0

    def may_force(self, now: float) -> int:
        """0, or 45011 (too soon after the last time) or 45009 (too often in 24 hours)."""
        forced = [each.issued_at for each in self._given.values() if each.forced and now - each.issued_at < 86_400]
        if len(forced) >= FORCED_A_DAY:
            return 45009
        return 45011 if forced and now - max(forced) < FORCED_APART else 0

    @staticmethod
    def _life(token: AccessToken) -> float:
        return token.expires_at - token.issued_at
