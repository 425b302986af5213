"""The mail server of the sandbox: SMTP on this machine, boxes with their moods, and what comes back."""

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from sandbox.mail.reports import report
from tests.sandbox.conftest import Visitor


def written(to: str, text: str = "您好") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "aladdin@bank.example", to, "试信"
    mail.set_content(text)
    return mail


async def post(visitor: Visitor, mail: EmailMessage) -> None:
    """Over SMTP, from a thread of its own."""
    port = (await visitor.http.get("/_sandbox/mail/port")).json()["port"]

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as line:
            line.send_message(mail)

    await asyncio.to_thread(send)


async def test_a_mail_lies_in_its_box_and_on_the_page(visitor: Visitor) -> None:
    assert "还没有邮件" in (await visitor.http.get("/mail/boxes")).text
    await post(visitor, written("wu@bank.example", "<b>您好</b>"))
    (mail,) = (await visitor.http.get("/_sandbox/mail/mails?address=wu@bank.example")).json()["mails"]
    assert (mail["subject"], mail["text"].strip()) == ("试信", "<b>您好</b>")
    page = await visitor.http.get("/mail/boxes")
    assert "&lt;b&gt;您好&lt;/b&gt;" in page.text
    assert (await visitor.http.get("/mail/boxes/99")).status_code == 404


@pytest.mark.parametrize("state, code", [("unknown", 550), ("full", 452), ("policy", 550), ("greylisted", 451)])
async def test_a_box_says_no_in_its_own_way(visitor: Visitor, state: str, code: int) -> None:
    await visitor.scene("mail/boxes", {"address": "wu@bank.example", "state": state})
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        await post(visitor, written("wu@bank.example"))
    assert refusal.value.recipients["wu@bank.example"][0] == code


async def test_a_greylist_takes_the_second_try(visitor: Visitor) -> None:
    await visitor.scene("mail/boxes", {"address": "wu@bank.example", "state": "greylisted"})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await post(visitor, written("wu@bank.example"))
    await post(visitor, written("wu@bank.example"))


@pytest.mark.parametrize(
    "fault, error",
    [
        ("busy", smtplib.SMTPDataError),
        ("refused", smtplib.SMTPDataError),
        ("drop_after", smtplib.SMTPServerDisconnected),
    ],
)
async def test_faults_that_are_planned_happen_once(
    visitor: Visitor, fault: str, error: type[smtplib.SMTPException]
) -> None:
    await visitor.fault("mail", "mail", fault)
    with pytest.raises(error):
        await post(visitor, written("wu@bank.example"))
    await post(visitor, written("wu@bank.example"))


def test_what_comes_back_is_a_report_that_programs_read() -> None:
    raw = report(
        address="wu@bank.example", action="failed", status="5.1.1", headers={"Message-ID": "<1@x>"}, domain="x"
    )
    assert b"Content-Type: message/delivery-status" in raw
    assert b"Final-Recipient: rfc822; wu@bank.example" in raw
    assert b"Message-ID: <1@x>" in raw
