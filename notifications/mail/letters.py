"""What a mail looks like: text and HTML of one template each, with the headers that mail servers ask for."""

from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from notifications.kinds import Severity
from notifications.mail import addresses
from notifications.models import MailAddress, Notice


def of_notice(
    notice: Notice, row: MailAddress, *, reference: str, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """A notice as mail. Answers to digests may end them, with one click (RFC 8058)."""
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    end = ""
    if notice.severity == Severity.DIGEST:
        end = _link("mail-unsubscribe", addresses.token(row, addresses.UNSUBSCRIBE))
        headers |= {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    context = {"notice": notice, "link": _deep_link(notice), "unsubscribe": end}
    return _letter("notice", notice.title, row, context, headers, reference=reference, connection=connection)


def to_confirm(row: MailAddress, *, reference: str, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """The question whether the address is the employee's own."""
    link = _link("mail-confirm", addresses.token(row, addresses.CONFIRM))
    context = {"link": link, "name": row.staff.name}
    headers = {"Auto-Submitted": "auto-generated"}
    return _letter("confirm", "请确认您的邮箱", row, context, headers, reference=reference, connection=connection)


def message_id(reference: str) -> str:
    """The name of a mail at every server that it passes; bounces bring it back."""
    return f"<{reference}@{settings.MAIL['MESSAGE_DOMAIN']}>"


def _letter(
    template: str,
    subject: str,
    row: MailAddress,
    context: dict[str, Any],
    headers: dict[str, str],
    *,
    reference: str,
    connection: BaseEmailBackend,
) -> EmailMultiAlternatives:
    mail = settings.MAIL
    letter = EmailMultiAlternatives(
        subject=f"【阿拉丁】{subject}",
        body=render_to_string(f"mail/{template}.txt", context),
        from_email=formataddr((mail["FROM_NAME"], mail["FROM"])),
        to=[row.address],
        headers=headers | {"Message-ID": message_id(reference)},
        connection=connection,
    )
    letter.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return letter


def _link(name: str, token: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=[token])


def _deep_link(notice: Notice) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}/console/" if notice.subject else ""
