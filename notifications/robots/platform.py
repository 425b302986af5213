"""What the three platforms have in common: one POST of JSON, an answer with a code, and codes that mean something."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Meaning(StrEnum):
    """What to do about a message that was not accepted."""

    RETRY = "RETRY"
    """Busy, or no answer that proves anything but that it was not taken."""
    TOO_FAST = "TOO_FAST"
    """This robot said too much within a minute."""
    GONE = "GONE"
    """The robot was removed from its chat, switched off, or its key is no longer good."""
    ALARM = "ALARM"
    """Our mistake: a signature, a form, a word that may not be said."""


@dataclass(frozen=True)
class Letter:
    """A message as one platform wants it."""

    path: str
    content: Mapping[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Speaker:
    """A robot's secrets and the moment (wall clock) at which it speaks."""

    key: str
    secret: str
    at: datetime


class Dialect(Protocol):
    """How one platform is spoken to."""

    def write(self, speaker: Speaker, title: str, text: str) -> Letter:
        """The call that says it."""

    def code_of(self, answer: Mapping[str, Any]) -> int | None:
        """The platform's code, 0 where it was accepted; None for an answer in another form."""

    def meaning_of(self, code: int) -> Meaning:
        """What a code other than 0 means."""


def cut(text: str, most: int) -> str:
    """A text within `most` bytes of UTF-8, cut with an ellipsis where it is longer, never within a character."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore") + "…"
