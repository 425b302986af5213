"""Handing a mail to the bank's mail server, and what its answer means (RFC 5321, RFC 3463)."""

import smtplib
from collections.abc import Callable

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from notifications.refusals import ChannelRefused, Meaning

Write = Callable[[BaseEmailBackend], EmailMultiAlternatives]


def send(write: Write) -> None:
    """Send one mail. Raises ChannelRefused; before the mail has left, nothing may have arrived."""
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise ChannelRefused(Meaning.ALARM, str(error.smtp_code), "the server does not let us in") from None
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelRefused(Meaning.RETRY, "no_answer", type(error).__name__) from None
    try:
        write(connection).send()
    except smtplib.SMTPException as error:
        raise _refusal(error) from None
    except OSError as error:
        raise ChannelRefused(Meaning.RETRY, "no_answer", type(error).__name__, may_have_arrived=True) from None
    finally:
        connection.close()


def _refusal(error: smtplib.SMTPException) -> ChannelRefused:
    """From the server's reply; without one the connection broke, and the mail may have gone out."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _of_recipient(code, said)
    if isinstance(error, smtplib.SMTPResponseException):
        meaning = Meaning.RETRY if 400 <= error.smtp_code < 500 else Meaning.ALARM
        return ChannelRefused(meaning, str(error.smtp_code), "the server refused the mail")
    return ChannelRefused(Meaning.RETRY, "no_answer", type(error).__name__, may_have_arrived=True)


def _of_recipient(code: int, said: bytes) -> ChannelRefused:
    """4xx is for now (greylisted, box full), 5xx for good; a policy of theirs (5.7) is ours to clear up."""
    if 400 <= code < 500:
        return ChannelRefused(Meaning.RETRY, str(code), "not now")
    if b"5.7." in said or code == 530:
        return ChannelRefused(Meaning.ALARM, str(code), "their policy refuses us")
    return ChannelRefused(Meaning.UNREACHABLE, str(code), "no such box")
