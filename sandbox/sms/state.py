"""Texts, numbers and messages of the gateway."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

RESULTS = {"ok": "DELIVERED", "off": "MOBILE_NOT_ON_SERVICE", "empty": "INVALID_NUMBER", "black": "MOBILE_IN_BLACK"}
"""State of a number → what the carrier says of a message to it."""


@dataclass(frozen=True)
class Text:
    """A template that was handed in; `state` is `approved` or `refused`."""

    code: str
    name: str = ""
    text: str = ""
    kind: str = "SERVICE"
    state: str = "approved"


@dataclass(frozen=True)
class Message:
    """One message that was accepted, or, with `is_answer`, that a person wrote."""

    biz_id: str
    mobile: str
    sign_name: str
    template: str
    content: str
    out_id: str
    sent_at: float
    kind: str = "SERVICE"
    result: str = "DELIVERED"
    reported_at: float | None = None
    is_answer: bool = False


@dataclass
class Gateway:
    """All of it."""

    texts: dict[str, Text] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    balance: int = 1_000_000
    limits: dict[str, int] = field(default_factory=lambda: {"minute": 1, "hour": 5, "day": 10, "others": 50})

    def add(self, message: Message) -> None:
        """Let a message be accepted."""
        self.messages.append(message)
        if not message.is_answer:
            self.balance -= 1

    def report(self, biz_id: str, at: float) -> None:
        """The carrier's word on a message has come."""
        self.messages = [
            replace(each, reported_at=at) if each.biz_id == biz_id and not each.is_answer else each
            for each in self.messages
        ]

    def sent_to(self, mobile: str, *, kind: str, since: float) -> int:
        """How many of a kind (CODE, or anything else) a number was sent from a moment on."""
        return sum(
            each.mobile == mobile and each.sent_at >= since and (each.kind == "CODE") == (kind == "CODE")
            for each in self.messages
            if not each.is_answer
        )

    def shown(self, mobile: str) -> list[Message]:
        """What the phone shows: what arrived there, and what was answered."""
        return [each for each in self.messages if each.mobile == mobile and each.result == "DELIVERED"]

    def phones(self) -> list[str]:
        """Numbers on which something arrived, the latest first."""
        return list(dict.fromkeys(each.mobile for each in reversed(self.messages) if each.result == "DELIVERED"))
