"""Text messages against the sandbox of the carrier's gateway: each answer by its meaning, nothing sent twice."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from aladdin.problems import Conflict, Problem, RuleBroken
from notifications import jobs, sms
from notifications.models import ChannelPause, SmsMessage, SmsOptOut, SmsTemplate
from notifications.sms import opt_outs, sending
from notifications.sms.catalogue import CATALOGUE
from notifications.sms.templates import provider_code_at_a_desk
from tests.sandbox_server import Sandbox

MOBILE = "13800001234"
CODE = {"purpose": "签署征信授权书", "code": "482913", "minutes": "5"}
REMINDER = {"product": "经营贷", "due_on": "2026年12月20日"}
OFFER = {"product": "稳健理财", "manager": "王小明"}
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]
_Status = SmsMessage.Status


@pytest.fixture
def carrier(thresholds: None, sandbox: Sandbox) -> Iterator[Sandbox]:
    """The gateway knows the house's texts; it is noon, and waits take no time."""
    texts = [
        {"code": provider_code_at_a_desk(code), "name": each.name, "text": each.text, "kind": each.kind}
        for code, each in CATALOGUE.items()
    ]
    sandbox.set_scene("sms/templates", texts)
    with clock.at(NOON):
        yield sandbox


def send_code(reference: str = "consent/1", *, mobile: str = MOBILE, **values: str) -> SmsMessage:
    return sms.send(mobile=mobile, template="one_time_code", values=CODE | values, reference=reference)


def remind(reference: str = "due/1", *, mobile: str = MOBILE, wait: bool = False) -> SmsMessage:
    return sms.send(mobile=mobile, template="repayment_reminder", values=REMINDER, reference=reference, wait=wait)


def offer(reference: str = "offer/1") -> SmsMessage:
    return sms.send(mobile=MOBILE, template="product_invitation", values=OFFER, reference=reference)


def again(message: SmsMessage) -> SmsMessage:
    """The row as it stands."""
    return SmsMessage.objects.get(pk=message.pk)


# --- What arrives -------------------------------------------------------------------------------
def test_a_message_arrives_with_its_signature(carrier: Sandbox, run_jobs: RunJobs) -> None:
    message = remind()
    run_jobs()
    (arrived,) = carrier.texts(MOBILE)
    assert arrived["sign_name"] == "阿拉丁银行"
    assert arrived["content"].startswith("您的经营贷将于2026年12月20日扣款")
    assert arrived["out_id"] == message.client_ref
    sent = again(message)
    assert (sent.status, sent.attempts, sent.outcome) == (_Status.SENT, 1, "accepted")
    assert sent.provider_message_id == arrived["biz_id"]


def test_it_goes_with_the_business_or_not_at_all(carrier: Sandbox, run_jobs: RunJobs) -> None:
    with transaction.atomic():
        remind()
        transaction.set_rollback(True)
    assert run_jobs() == 0
    assert carrier.texts() == []


def test_the_same_event_sends_once(carrier: Sandbox, run_jobs: RunJobs) -> None:
    first = remind()
    run_jobs()
    assert remind().pk == first.pk
    run_jobs()
    jobs.send_sms(str(first.pk))
    assert len(carrier.texts()) == 1


def test_a_reference_means_one_message(carrier: Sandbox) -> None:
    remind("event/1")
    with pytest.raises(Conflict, match="sms_reference_used"):
        remind("event/1", mobile="13900001234")
    with pytest.raises(Conflict, match="sms_reference_used"):
        send_code("event/1")


def test_the_number_is_sealed_and_masked(carrier: Sandbox) -> None:
    message = remind()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM notifications_smsmessage m")
        (kept,) = cursor.fetchone()
    assert MOBILE not in kept
    assert "经营贷" not in kept
    assert again(message).mobile == MOBILE
    assert again(message).masked_mobile == "138****1234"


# --- One-time codes -----------------------------------------------------------------------------
def test_a_code_is_forgotten_once_it_is_sent(
    carrier: Sandbox, run_jobs: RunJobs, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        message = send_code()
        run_jobs()
    assert "482913" in carrier.texts()[0]["content"]
    assert again(message).values == {}
    assert "482913" not in caplog.text
    assert MOBILE not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE '%482913%'")
        assert cursor.fetchone() == (0,)


def test_a_code_is_forgotten_also_where_it_failed(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.fault("sms", "send", "error", code="isv.MOBILE_NUMBER_ILLEGAL")
    message = send_code()
    run_jobs()
    assert (again(message).status, again(message).values) == (_Status.FAILED, {})


def test_the_database_keeps_no_code_of_a_closed_message(carrier: Sandbox) -> None:
    message = send_code()
    with pytest.raises(IntegrityError, match="sms_code_forgotten_once_closed"), transaction.atomic():
        SmsMessage.objects.filter(pk=message.pk).update(status=_Status.FAILED)


def test_a_code_that_is_late_is_not_sent(carrier: Sandbox, run_jobs: RunJobs) -> None:
    message = send_code()
    with clock.at(NOON + timedelta(minutes=5)):
        sending.attempt(message.pk)
    assert (again(message).status, again(message).outcome) == (_Status.FAILED, "expired")
    assert carrier.texts() == []


def test_a_number_gets_one_code_a_minute_five_an_hour_ten_a_day(carrier: Sandbox) -> None:
    for minutes in (0.0, 1, 2, 3, 4, 61, 62, 63, 64, 65):
        with clock.at(NOON + timedelta(minutes=minutes)):
            send_code(f"code/{minutes}")
    for minutes in (0.5, 5, 65.5, 66, 125):
        with clock.at(NOON + timedelta(minutes=minutes)), pytest.raises(Problem) as refusal:
            send_code(f"code/{minutes}")
        assert (refusal.value.code, refusal.value.status) == ("sms_too_often", 429)


def test_other_numbers_have_their_own_share(carrier: Sandbox) -> None:
    send_code("code/1")
    send_code("code/2", mobile="13900001234")
    with pytest.raises(Problem, match="sms_too_often"):
        send_code("code/3")


# --- Hours --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "ask, hour, due",
    [
        (send_code, 3, NOON.replace(hour=3)),
        (remind, 3, NOON.replace(hour=3)),
        (lambda: remind(wait=True), 3, NOON.replace(hour=8)),
        (lambda: remind(wait=True), 22, NOON.replace(day=26, hour=8)),
        (lambda: remind(wait=True), 20, NOON.replace(hour=20)),
        (offer, 8, NOON.replace(hour=9)),
        (offer, 21, NOON.replace(day=26, hour=9)),
        (offer, 20, NOON.replace(hour=20)),
    ],
    ids=["code", "service", "waiting early", "waiting late", "waiting by day", "offer early", "offer late", "offer"],
)
def test_nobody_is_woken_but_by_a_code(
    carrier: Sandbox, run_jobs: RunJobs, ask: Callable[[], SmsMessage], hour: int, due: datetime
) -> None:
    with clock.at(NOON.replace(hour=hour)):
        message = ask()
        run_jobs()
    assert again(message).sent_at == due


# --- What the gateway refuses -------------------------------------------------------------------
@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "Throttling.User", "ServiceUnavailable", "isp.GATEWAY_ERROR"])
def test_busy_is_tried_again(carrier: Sandbox, run_jobs: RunJobs, code: str) -> None:
    carrier.fault("sms", "send", "error", code=code, times=2)
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).attempts) == (_Status.SENT, 3)
    assert again(message).sent_at == NOON + timedelta(seconds=20 + 40)


def test_busy_for_ever_is_given_up(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.fault("sms", "send", "error", code="isp.SYSTEM_ERROR", times=None)
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).outcome) == (_Status.FAILED, "isp.SYSTEM_ERROR")
    assert len(carrier.log("sms", "send")) == 6


def test_a_number_that_is_none_is_not_tried_again(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.fault("sms", "send", "error", code="isv.MOBILE_NUMBER_ILLEGAL")
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).attempts) == (_Status.FAILED, 1)
    assert not AuditEntry.objects.filter(action="sms_failed").exists()


def test_too_many_a_minute_waits_for_the_next(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.fault("sms", "send", "error", code="isv.BUSINESS_LIMIT_CONTROL")
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).sent_at) == (_Status.SENT, NOON + timedelta(minutes=1))


def test_a_days_share_that_is_used_up_stops_the_message(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.set_scene("sms/limits", {"others": 1})
    first, second = remind("due/1"), remind("due/2")
    run_jobs()
    assert again(first).status == _Status.SENT
    assert (again(second).status, again(second).outcome) == (_Status.FAILED, "isv.BUSINESS_LIMIT_CONTROL")
    assert len(carrier.log("sms", "send")) == 2


def test_an_empty_account_rests_the_channel_and_calls_for_somebody(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.set_scene("sms/balance", {"messages": 0})
    message = remind()
    sending.attempt(message.pk)
    assert ChannelPause.objects.get(channel="SMS").until == NOON + timedelta(minutes=30)
    assert AuditEntry.objects.get(action="pause_channel").detail["code"] == "isv.AMOUNT_NOT_ENOUGH"
    carrier.set_scene("sms/balance", {"messages": 10})
    run_jobs()
    assert (again(message).status, again(message).sent_at) == (_Status.SENT, NOON + timedelta(minutes=30))


@pytest.mark.parametrize("code", ["isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL"])
def test_a_text_that_the_carrier_refuses_is_not_used_again(carrier: Sandbox, run_jobs: RunJobs, code: str) -> None:
    carrier.fault("sms", "send", "error", code=code)
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).outcome) == (_Status.FAILED, code)
    assert SmsTemplate.objects.get(code="repayment_reminder").state == SmsTemplate.State.REFUSED
    assert AuditEntry.objects.filter(action="sms_failed").count() == 1
    with pytest.raises(Conflict, match="sms_template_missing"):
        remind("due/2")


@pytest.mark.parametrize(
    "code",
    ["isv.ACCOUNT_ABNORMAL", "isp.RAM_PERMISSION_DENY", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.SOMETHING_NEW"],
)
def test_our_own_mistake_is_not_repeated_but_shown(carrier: Sandbox, run_jobs: RunJobs, code: str) -> None:
    carrier.fault("sms", "send", "error", code=code, times=None)
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).attempts, again(message).outcome) == (_Status.FAILED, 1, code)
    assert AuditEntry.objects.get(action="sms_failed").subject == f"sms/{message.pk}"


def test_a_wrong_key_is_our_own_mistake(carrier: Sandbox, run_jobs: RunJobs, settings: Any) -> None:
    settings.SMS = settings.SMS | {"KEY_SECRET": "another"}
    message = remind()
    run_jobs()
    assert again(message).outcome == "SignatureDoesNotMatch"
    assert again(message).status == _Status.FAILED


# --- Unknown outcomes ---------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["timeout_after", "malformed"])
def test_what_was_sent_although_nobody_answered_is_found_and_not_sent_twice(
    carrier: Sandbox, run_jobs: RunJobs, fault: str
) -> None:
    carrier.fault("sms", "send", fault)
    message = remind()
    run_jobs()
    assert len(carrier.texts()) == 1
    assert len(carrier.log("sms", "send")) == 1
    assert again(message).status == _Status.DELIVERED
    assert again(message).unknown_since is None


@pytest.mark.parametrize("ask", [remind, send_code], ids=["service", "code"])
def test_what_the_gateway_never_heard_of_goes_out_again(
    carrier: Sandbox, run_jobs: RunJobs, ask: Callable[[], SmsMessage]
) -> None:
    carrier.fault("sms", "send", "timeout_before")
    message = ask()
    run_jobs()
    assert len(carrier.texts()) == 1
    assert again(message).status == _Status.SENT


def test_the_gateway_is_not_asked_before_it_can_know(carrier: Sandbox) -> None:
    carrier.fault("sms", "send", "timeout_after")
    message = remind()
    sending.attempt(message.pk)
    sending.attempt(message.pk)
    assert carrier.log("sms", "query") == []
    assert again(message).next_attempt_at == NOON + timedelta(minutes=1)


def test_a_worker_that_died_while_sending_asks_first(carrier: Sandbox, run_jobs: RunJobs) -> None:
    message = remind()
    SmsMessage.objects.update(attempts=1, unknown_since=NOON - timedelta(minutes=2))
    run_jobs()
    assert [len(carrier.log("sms", each)) for each in ("query", "send")] == [1, 1]
    assert again(message).status == _Status.SENT


def test_an_outcome_that_nobody_can_tell_is_never_sent_again(carrier: Sandbox, run_jobs: RunJobs) -> None:
    carrier.fault("sms", "send", "timeout_after")
    carrier.fault("sms", "query", "error", code="isp.SYSTEM_ERROR", times=None)
    message = remind()
    run_jobs()
    assert (again(message).status, again(message).outcome) == (_Status.FAILED, "unknown")
    assert len(carrier.log("sms", "send")) == 1


def test_who_cannot_be_reached_was_certainly_not_told(carrier: Sandbox, run_jobs: RunJobs, settings: Any) -> None:
    here = settings.SMS["BASE_URL"]
    settings.SMS = settings.SMS | {"BASE_URL": "http://127.0.0.1:1"}
    message = remind()
    sending.attempt(message.pk)
    assert again(message).unknown_since is None
    settings.SMS = settings.SMS | {"BASE_URL": here}
    run_jobs()
    assert carrier.log("sms", "query") == []
    assert again(message).status == _Status.SENT


# --- Whom nothing reaches -----------------------------------------------------------------------
def test_who_wants_no_marketing_still_gets_service_and_codes(carrier: Sandbox, run_jobs: RunJobs) -> None:
    opt_outs.note(MOBILE, reason=SmsOptOut.Reason.OPT_OUT, source="TD")
    stopped, reminded, code = offer(), remind(), send_code()
    run_jobs()
    assert (again(stopped).status, again(stopped).outcome) == (_Status.STOPPED, "opted_out")
    assert {again(reminded).status, again(code).status} == {_Status.SENT}


def test_a_number_that_carriers_bar_gets_nothing(carrier: Sandbox, run_jobs: RunJobs) -> None:
    opt_outs.note(MOBILE, reason=SmsOptOut.Reason.BLACKLISTED, source="MOBILE_IN_BLACK")
    message = send_code()
    assert run_jobs() == 0
    assert (message.status, message.outcome, message.values) == (_Status.STOPPED, "blacklisted", {})


@pytest.mark.parametrize("number", ["", "12800001234", "138000012345", "0316-2345678", "1380000123４"])
def test_what_is_no_mobile_number_is_refused(carrier: Sandbox, number: str) -> None:
    with pytest.raises(RuleBroken, match="sms_mobile_wrong"):
        remind(mobile=number)


# --- Forgetting ---------------------------------------------------------------------------------
def test_numbers_and_texts_are_wiped_after_their_days(carrier: Sandbox, run_jobs: RunJobs) -> None:
    message = remind()
    run_jobs()
    with clock.at(NOON + timedelta(days=180)):
        assert sending.forget() == 0
    with clock.at(NOON + timedelta(days=181)):
        jobs.forget()
    assert (again(message).masked_mobile, again(message).values) == ("", {})
    assert again(message).status == _Status.SENT
