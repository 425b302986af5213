"""The SMTP side: who is taken in, and what a mail says."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 2.0.0 OK"


class Post(Protocol):
    """What the server asks of whoever keeps the boxes."""

    def greet(self, address: str) -> str:
        """The answer to a recipient."""

    def take(self, address: str, sender: str, message: EmailMessage) -> str:
        """The answer to a mail; empty: none, the line breaks."""


class Handler:
    """Hands what comes over SMTP to the boxes."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One recipient."""
        refusal = self._post.greet(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail itself."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101  the policy makes these
        answers = [self._post.take(address, envelope.mail_from or "", message) for address in envelope.rcpt_tos]
        if "" in answers and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return next((answer for answer in answers if answer != TAKEN), TAKEN)


def parts_of(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML of a mail."""
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    return _content(plain), _content(rich)


def _content(part: object) -> str:
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""
