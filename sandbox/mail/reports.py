"""Delivery status notifications (RFC 3464): text for people, a report for programs, and the original's headers."""

from __future__ import annotations

from collections.abc import Mapping


def report(*, address: str, action: str, status: str, headers: Mapping[str, str], domain: str) -> bytes:
    """A notification about a mail to `address`."""
    original = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
    mark = "=_sandbox_report"
    parts = (
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nYour message to {address}: {action} ({status}).\r\n",
        "Content-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.{domain}\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {status} delivery {action}\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\n{original}\r\n",
    )
    head = (
        f"From: MAILER-DAEMON@{domain}\r\nTo: {headers.get('From', '')}\r\nSubject: Delivery Status Notification\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"\r\n\r\n'
    )
    body = "".join(f"--{mark}\r\n{part}" for part in parts)
    return f"{head}{body}--{mark}--\r\n".encode()
