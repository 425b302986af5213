"""Delivery status notifications (RFC 3464) that the bank's mail server passes on to us."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from notifications import deliveries
from notifications.kinds import Channel

_REFERENCE = re.compile(r"<([0-9a-f]{32})@[^>]+>")


@dataclass(frozen=True)
class Bounce:
    """Which of our mails came back, and its status code (5.1.1: no such box)."""

    reference: str
    status: str

    @property
    def is_for_good(self) -> bool:
        """Whether no further mail will arrive there: an unknown or closed box, not a full one or a policy."""
        return self.status.startswith(("5.1.", "5.2.1"))


def read(raw: bytes) -> Bounce | None:
    """The bounce in a notification; None for anything that is none, or says that a mail is only late."""
    message = message_from_bytes(raw, policy=policy.default)
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(message.walk())
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    action, status = _verdict(reports[0]) if reports else ("", "")
    reference = _reference(parts)
    return Bounce(reference, status) if action == "failed" and reference else None


def _verdict(report: Message) -> tuple[str, str]:
    """Action and status of the recipient; mails of ours have one."""
    for block in report.walk():
        if block.get("Action"):
            status = str(block.get("Status", "5.0.0")).split()[0]
            return str(block["Action"]).strip().lower(), status[:12]
    return "", ""


def _reference(parts: Sequence[Message]) -> str:
    """Our name of the mail, from the headers of the original that hang on the report."""
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found = _REFERENCE.search(_headers_of(part))
            if found:
                return found[1]
    return ""


def _headers_of(part: Message) -> str:
    content = part.get_payload()
    original = content[0] if isinstance(content, list) else content
    return str(original.get("Message-ID", "")) if isinstance(original, Message) else str(original)


def note(bounce: Bounce) -> bool:
    """Close the delivery; an address that is no more gets nothing further. False where the mail is none of ours."""
    return deliveries.settle(
        Channel.EMAIL,
        bounce.reference,
        arrived=False,
        outcome=f"bounced {bounce.status}",
        is_lost=bounce.is_for_good,
    )
