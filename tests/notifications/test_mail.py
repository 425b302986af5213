"""E-mail to employees: confirmed addresses only, each answer of the server by its meaning, bounces, and an end to
digests."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.test import Client

from aladdin import clock, signatures
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from notifications import deliveries
from notifications.kinds import KINDS, Channel, Kind, Severity
from notifications.mail import addresses
from notifications.models import Delivery, MailAddress
from notifications.notices import notify
from organization.models import Staff
from tests.notifications.builders import told
from tests.sandbox_server import Ear, Sandbox
from tests.world import Bank, Phone

BOX = "wu.shenpi@bank.example"
OWN = "/api/v1/mail-address"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]
_Status = Delivery.Status


@pytest.fixture(autouse=True)
def at_noon(bank: Bank, sandbox: Sandbox) -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def approver(bank: Bank, run_jobs: RunJobs) -> Staff:
    """An approver with a confirmed address."""
    row = addresses.note(BOX, by=bank.approver)
    addresses.confirm(row)
    run_jobs()
    return bank.approver


def link_in(mail: dict[str, Any]) -> str:
    found = re.search(r"http://[^/]+(/mail/\S+)", mail["text"])
    assert found is not None
    return found[1]


def delivery() -> Delivery:
    return Delivery.objects.get(channel=Channel.EMAIL)


# --- Noting and confirming ----------------------------------------------------------------------
def test_an_address_is_confirmed_from_its_box(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    phone = Phone(bank.approver)
    noted = phone.put(OWN, {"address": BOX})
    assert noted.json()["address"] == "w***@bank.example"
    assert noted.json()["is_confirmed"] is False
    run_jobs()
    (mail,) = sandbox.mails(BOX)
    assert mail["subject"] == "【阿拉丁】请确认您的邮箱"
    browser = Client()
    assert "确认使用此邮箱" in browser.get(link_in(mail)).content.decode()
    assert phone.get(OWN).json()["is_confirmed"] is False, "looking at a link does nothing"
    assert "邮箱已确认" in browser.post(link_in(mail)).content.decode()
    assert phone.get(OWN).json() | {"created_at": ""} == {
        "address": "w***@bank.example", "is_confirmed": True, "is_reachable": True, "digests": True, "created_at": ""
    }  # fmt: skip


@pytest.mark.parametrize(
    "address", ["someone@elsewhere.example", "no-address", "a@b@bank.example", "", "x\r\nBcc: y@bank.example"]
)
def test_only_the_banks_own_domains_get_mail(bank: Bank, address: str) -> None:
    answer = Phone(bank.approver).put(OWN, {"address": address})
    assert answer.status_code in (400, 422)
    assert not MailAddress.objects.exists()


def test_nothing_goes_to_an_address_that_is_not_confirmed(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    addresses.note(BOX, by=bank.approver)
    told(bank.approver, kind="task.approval")
    run_jobs()
    assert [mail["subject"] for mail in sandbox.mails()] == ["【阿拉丁】请确认您的邮箱"]


def test_a_link_ends_with_its_address_its_days_and_its_purpose(bank: Bank) -> None:
    row = addresses.note(BOX, by=bank.approver)
    link = addresses.token(row, addresses.CONFIRM)
    assert addresses.holder_of(link, addresses.CONFIRM) == row
    assert addresses.holder_of(link, addresses.UNSUBSCRIBE) is None
    assert addresses.holder_of(link + "x", addresses.CONFIRM) is None
    with clock.at(NOON + timedelta(seconds=1)):
        addresses.note("new@bank.example", by=bank.approver)
    assert addresses.holder_of(link, addresses.CONFIRM) is None
    assert Client().post(f"/mail/confirm/{link}").status_code == 404


def test_an_address_can_be_deleted(approver: Staff, run_jobs: RunJobs) -> None:
    phone = Phone(approver)
    assert phone.delete(OWN).status_code == 204
    assert phone.get(OWN).json()["code"] == "mail_address_missing"
    told(approver, kind="task.approval")
    assert not Delivery.objects.exists()


# --- What arrives -------------------------------------------------------------------------------
def test_a_task_arrives_by_mail_at_the_desk(approver: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(approver, kind="task.approval")
    run_jobs()
    mail = sandbox.mails(BOX)[-1]
    assert mail["subject"] == "【阿拉丁】新的审批任务"
    for part in (mail["text"], mail["html"]):
        assert "王*明的经营贷申请（JK20261124001，200,000.00元）等待审批。" in part
        assert "王小明" not in part
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in mail["headers"]
    assert (delivery().status, delivery().outcome) == (_Status.SENT, "accepted")
    assert mail["headers"]["Message-ID"] == f"<{delivery().client_ref}@aladdin.bank.example>"


def test_what_somebody_wrote_is_no_markup(approver: Staff, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    told(approver, kind="task.approval", product="<b>经营贷</b>")
    run_jobs()
    mail = sandbox.mails(BOX)[-1]
    assert "&lt;b&gt;经营贷&lt;/b&gt;" in mail["html"]
    assert "<b>经营贷</b>" in mail["text"]


# --- What the server says -----------------------------------------------------------------------
@pytest.mark.parametrize("state", ["greylisted"])
def test_not_now_is_tried_again(approver: Staff, sandbox: Sandbox, run_jobs: RunJobs, state: str) -> None:
    sandbox.set_scene("mail/boxes", {"address": BOX, "state": state})
    told(approver, kind="task.approval")
    run_jobs()
    assert (delivery().status, delivery().attempts) == (_Status.SENT, 2)


@pytest.mark.parametrize(
    "state, status, outcome, is_lost",
    [
        ("unknown", _Status.UNREACHABLE, "550", True),
        ("full", _Status.FAILED, "452", False),
        ("policy", _Status.FAILED, "550", False),
    ],
)
def test_a_box_that_takes_nothing(
    approver: Staff, sandbox: Sandbox, run_jobs: RunJobs, state: str, status: _Status, outcome: str, is_lost: bool
) -> None:
    sandbox.set_scene("mail/boxes", {"address": BOX, "state": state})
    told(approver, kind="task.approval")
    run_jobs()
    assert (delivery().status, delivery().outcome) == (status, outcome)
    assert MailAddress.objects.reachable().exists() is not is_lost
    assert AuditEntry.objects.filter(action="delivery_failed").exists() is (state == "policy")


@pytest.mark.parametrize(
    "fault, attempts, status, arrived",
    [
        ("busy", 2, _Status.SENT, 1),
        ("refused", 1, _Status.FAILED, 0),
        ("drop_after", 1, _Status.FAILED, 1),
        ("drop_before", 1, _Status.FAILED, 0),
    ],
)
def test_what_may_have_left_is_not_sent_again(
    approver: Staff,
    sandbox: Sandbox,
    run_jobs: RunJobs,
    fault: str,
    attempts: int,
    status: _Status,
    arrived: int,
) -> None:
    before = len(sandbox.mails(BOX))
    sandbox.fault("mail", "mail", fault)
    told(approver, kind="task.approval")
    run_jobs()
    assert (delivery().attempts, delivery().status) == (attempts, status)
    assert len(sandbox.mails(BOX)) - before == arrived


def test_a_server_that_cannot_be_reached_took_nothing(
    approver: Staff, sandbox: Sandbox, run_jobs: RunJobs, settings: Any
) -> None:
    there = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    told(approver, kind="task.approval")
    deliveries.deliver(delivery().pk)
    assert delivery().unknown_since is None
    settings.EMAIL_PORT = there
    run_jobs()
    assert delivery().status == _Status.SENT


# --- Bounces ------------------------------------------------------------------------------------
def passed_on(ear: Ear) -> list[bool]:
    """The mail server hands on what came back."""
    noted = []
    for call in ear.heard:
        signed = {name: value for name, value in call.headers.items() if name.lower().startswith("x-")}
        answer = Client().post("/mail/bounces", call.body, content_type="message/rfc822", headers=signed)
        noted.append(answer.json()["noted"])
    return noted


@pytest.mark.parametrize(
    "state, status, outcome, is_lost",
    [
        ("bounces", _Status.UNREACHABLE, "bounced 5.1.1", True),
        ("bounces_full", _Status.FAILED, "bounced 5.2.2", False),
        ("late", _Status.SENT, "accepted", False),
    ],
)
def test_what_comes_back_is_noted(
    approver: Staff,
    sandbox: Sandbox,
    ear: Ear,
    run_jobs: RunJobs,
    state: str,
    status: _Status,
    outcome: str,
    is_lost: bool,
) -> None:
    sandbox.callbacks(mail=ear.url)
    sandbox.set_scene("mail/boxes", {"address": BOX, "state": state})
    told(approver, kind="task.approval")
    run_jobs()
    sandbox.drain()
    assert passed_on(ear) == [state != "late"]
    assert (delivery().status, delivery().outcome) == (status, outcome)
    assert MailAddress.objects.reachable().exists() is not is_lost
    if is_lost:
        assert Phone(approver).get(OWN).json()["is_reachable"] is False


def test_an_address_that_bounced_is_noted_anew(approver: Staff) -> None:
    row = MailAddress.objects.get()
    addresses.note_bounce(row, code="5.1.1")
    assert not MailAddress.objects.reachable().exists()
    addresses.confirm(addresses.note(BOX, by=approver))
    assert MailAddress.objects.reachable().exists()


@pytest.mark.parametrize("body", [b"", b"Subject: hello\r\n\r\nno bounce", b"\xff\xfe"])
def test_what_is_no_bounce_changes_nothing(approver: Staff, body: bytes) -> None:
    signed = signatures.sign("sandbox-mail-bounces", body)
    answer = Client().post("/mail/bounces", body, content_type="message/rfc822", headers=signed)
    assert answer.json() == {"noted": False}


def test_a_bounce_without_the_key_is_refused(approver: Staff) -> None:
    signed = signatures.sign("another", b"x")
    answer = Client().post("/mail/bounces", b"x", content_type="message/rfc822", headers=signed)
    assert (answer.status_code, answer.json()["code"]) == (403, "signature_wrong")


# --- Digests ------------------------------------------------------------------------------------
@pytest.fixture
def digest(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind of notice that sums up a day."""
    kind = Kind(
        code="day.summary",
        title="今日小结",
        body="{branch}今日小结已生成。",
        severity=Severity.DIGEST,
        owner="performance",
        subject="ranking",
        channels=frozenset({Channel.EMAIL}),
    )
    monkeypatch.setitem(cast("dict[str, Kind]", KINDS), kind.code, kind)
    return kind.code


def summed_up(staff: Staff, kind: str, event_key: str) -> None:
    assert notify(recipient=staff, kind=kind, event_key=event_key, values={"branch": "广阳支行"})


def test_a_digest_can_be_ended_with_one_click(
    approver: Staff, sandbox: Sandbox, run_jobs: RunJobs, digest: str
) -> None:
    summed_up(approver, digest, "day/1")
    run_jobs()
    mail = sandbox.mails(BOX)[-1]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link_in(mail) in mail["headers"]["List-Unsubscribe"]
    browser = Client(enforce_csrf_checks=True)
    assert browser.get(link_in(mail)).status_code == 200
    assert MailAddress.objects.get().digests_off_at is None
    answer = browser.post(link_in(mail), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    before = len(sandbox.mails(BOX))
    summed_up(approver, digest, "day/2")
    told(approver, kind="task.approval")
    run_jobs()
    assert [each["subject"] for each in sandbox.mails(BOX)[before:]] == ["【阿拉丁】新的审批任务"]
    assert Delivery.objects.filter(outcome="unsubscribed", status=_Status.UNREACHABLE).count() == 1


def test_digests_are_taken_up_again_in_the_app(approver: Staff) -> None:
    phone = Phone(approver)
    for wanted in (False, True):
        assert phone.patch(OWN, {"digests": wanted}).json()["digests"] is wanted
    assert AuditEntry.objects.filter(action="set_mail_digests").count() == 2
