"""Followers, templates and messages of the account."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sandbox.wechat.fields import LABELS, type_of

SAME_MESSAGE_WITHIN = 600.0
"""Seconds in which one client_msg_id means one message."""
FIRST_MSGID = 3_000_000_000_000_000_000
_TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Follower:
    """Somebody who follows, or followed, the account; `name` is for the phone page only."""

    openid: str
    name: str = ""
    follows: bool = True


@dataclass(frozen=True)
class Template:
    """A message template of the account: title and the label of each field."""

    template_id: str
    title: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Message:
    """One template message that was accepted; `status` is what the result event says."""

    msgid: int
    openid: str
    template_id: str
    title: str
    lines: list[list[str]]
    """Label and value of each field."""
    url: str
    client_msg_id: str
    sent_at: float
    status: str = "success"


@dataclass(frozen=True)
class Line:
    """Something said in the chat: by the follower, or to him (`is_told`)."""

    openid: str
    text: str
    at: float
    is_told: bool = False


@dataclass(frozen=True)
class Ticket:
    """A QR code that was asked for."""

    ticket: str
    scene: str
    expires_at: float


@dataclass(frozen=True)
class Code:
    """An OAuth code that a browser carries back."""

    code: str
    openid: str
    expires_at: float


@dataclass
class Account:
    """All of it."""

    followers: dict[str, Follower] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    daily: int = 100_000
    minute: int = 20_000
    menu: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    met_at: dict[str, tuple[str, float]] = field(default_factory=dict)
    """How and when each follower last had to do with the account, which is when it may speak to him."""
    spoken: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Customer-service messages since then."""
    _by_client_id: dict[tuple[str, str], Message] = field(default_factory=dict)
    _phones: defaultdict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))

    def template(self, template_id: object) -> Template | None:
        """A registered template; while none is, any well-formed id has one without fields of its own."""
        if not isinstance(template_id, str):
            return None
        if self.templates:
            return self.templates.get(template_id)
        return Template(template_id, "业务通知", {}) if _TEMPLATE_ID.fullmatch(template_id) else None

    def add(self, message: Message) -> None:
        """Let a message arrive."""
        self.messages.append(message)
        if message.status == "success":
            self._phones[message.openid].append(message)
        if message.client_msg_id:
            self._by_client_id[message.openid, message.client_msg_id] = message

    def same_message(self, openid: str, client_msg_id: str, now: float) -> Message | None:
        """The message that was already sent under this client_msg_id within ten minutes."""
        message = self._by_client_id.get((openid, client_msg_id))
        return message if message and now - message.sent_at < SAME_MESSAGE_WITHIN else None

    def sent_since(self, moment: float) -> int:
        """How many messages were accepted from `moment` on."""
        first = bisect_left(self.messages, moment, key=lambda message: message.sent_at)
        return len(self.messages) - first

    def say(self, line: Line) -> None:
        """Let something be said in the chat."""
        self.lines.append(line)

    def meet(self, openid: str, how: str, at: float) -> None:
        """The follower has to do with the account."""
        self.met_at[openid], self.spoken[openid] = (how, at), 0

    def chat(self, openid: str) -> list[Message | Line]:
        """What the phone shows, oldest first: messages of templates, and what was said."""
        said: list[Message | Line] = [line for line in self.lines if line.openid == openid]
        return sorted(
            [*said, *self.shown(openid)], key=lambda each: each.at if isinstance(each, Line) else each.sent_at
        )

    def shown(self, openid: str) -> list[Message]:
        """What the phone of a follower shows, oldest first."""
        return self._phones.get(openid, [])


def lines_of(template: Template, data: dict[str, Any]) -> list[list[str]]:
    """Label and value, in the template's order, or as they came."""
    names = template.fields or data
    return [
        [template.fields.get(name) or LABELS[type_of(name) or "thing"], data[name]["value"].strip()] for name in names
    ]
