"""What the gateway tells us: results of messages, and who wants no more of them."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from aladdin import clock, signatures
from aladdin.clock import SHANGHAI
from notifications import sms
from notifications.models import SmsKind, SmsMessage, SmsOptOut
from notifications.sms import opt_outs
from tests.sandbox_server import Ear, Sandbox
from tests.world import Bank

MOBILE = "13800001234"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
VALUES = {"product": "经营贷", "due_on": "2026年12月20日"}
RunJobs = Callable[[], int]
_Status = SmsMessage.Status


@pytest.fixture(autouse=True)
def at_noon(bank: Bank, sandbox: Sandbox) -> Iterator[None]:
    with clock.at(NOON):
        yield


def remind(reference: str = "due/1") -> SmsMessage:
    return sms.send(mobile=MOBILE, template="repayment_reminder", values=VALUES, reference=reference)


def told(path: str, rows: Any, *, key: str = "") -> Any:
    """The gateway calls."""
    body = json.dumps(rows).encode()
    headers = signatures.sign(key or settings.SMS["CALLBACK_KEY"], body)
    return Client().post(f"/sms/{path}", body, content_type="application/json", headers=headers)


def row_of(message: SmsMessage, **changes: Any) -> dict[str, Any]:
    said = {"phone_number": MOBILE, "success": True, "err_code": "DELIVERED", "biz_id": "1^0"}
    return said | {"out_id": message.client_ref} | changes


def again(message: SmsMessage) -> SmsMessage:
    return SmsMessage.objects.get(pk=message.pk)


# --- Reports ------------------------------------------------------------------------------------
def passed_on(ear: Ear, heard: int) -> int:
    """Hand what the gateway called with to the bank."""
    for call in ear.heard[heard:]:
        signed = {name: value for name, value in call.headers.items() if name.lower().startswith("x-")}
        rows = json.loads(call.body)
        door = "uplinks" if "content" in rows[0] else "reports"
        answer = Client().post(f"/sms/{door}", call.body, content_type="application/json", headers=signed)
        assert answer.json()["code"] == 0
    return len(ear.heard)


@pytest.mark.parametrize(
    "state, status, outcome",
    [
        ("ok", _Status.DELIVERED, "delivered"),
        ("off", _Status.FAILED, "MOBILE_NOT_ON_SERVICE"),
        ("empty", _Status.FAILED, "INVALID_NUMBER"),
        ("black", _Status.FAILED, "MOBILE_IN_BLACK"),
    ],
)
def test_the_carriers_word_closes_the_message(
    sandbox: Sandbox, ear: Ear, run_jobs: RunJobs, state: str, status: _Status, outcome: str
) -> None:
    """Through the sandbox, whose signature proves ours."""
    sandbox.callbacks(sms=ear.url)
    sandbox.set_scene("sms/numbers", {"mobile": MOBILE, "state": state})
    message = remind()
    run_jobs()
    sandbox.drain()
    assert urlsplit(ear.url).path == "/callback"
    passed_on(ear, 0)
    assert (again(message).status, again(message).outcome) == (status, outcome)
    assert opt_outs.stops(message.mobile_index, SmsKind.SERVICE) == ("blacklisted" if state == "black" else "")


def test_the_first_result_counts() -> None:
    message = remind()
    told("reports", [row_of(message)])
    told("reports", [row_of(message, success=False, err_code="UNDELIV")])
    assert again(message).status == _Status.DELIVERED


def test_a_report_before_the_answer_is_believed(run_jobs: RunJobs, sandbox: Sandbox) -> None:
    message = remind()
    told("reports", [row_of(message)])
    run_jobs()
    assert again(message).status == _Status.DELIVERED
    assert sandbox.texts() == []


def test_a_message_given_up_as_unknown_may_still_prove_delivered() -> None:
    message = remind()
    SmsMessage.objects.update(status=_Status.FAILED, outcome="unknown", unknown_since=NOON)
    told("reports", [row_of(message)])
    assert again(message).status == _Status.DELIVERED


def test_a_report_about_another_number_or_message_changes_nothing() -> None:
    message = remind()
    assert told("reports", [row_of(message, phone_number="13900001234")]).status_code == 200
    assert told("reports", [row_of(message, out_id="unknown")]).status_code == 200
    assert again(message).status == _Status.PENDING


@pytest.mark.parametrize("path", ["reports", "uplinks"])
def test_a_call_without_the_key_is_refused(path: str) -> None:
    message = remind()
    assert told(path, [row_of(message)], key="another").status_code == 403
    assert Client().post(f"/sms/{path}", "[]", content_type="application/json").status_code == 403
    assert again(message).status == _Status.PENDING


@pytest.mark.parametrize("rows", [{"a": 1}, ["text"], "text"])
def test_a_call_that_is_no_list_of_rows_is_refused(rows: Any) -> None:
    assert told("reports", rows).status_code == 400


# --- Answers ------------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["TD", "td", "退订", " R ", "T", "退订。"])
def test_who_answers_so_gets_no_more_marketing(sandbox: Sandbox, ear: Ear, run_jobs: RunJobs, said: str) -> None:
    sandbox.callbacks(sms=ear.url)
    sandbox.set_scene("sms/answers", {"mobile": MOBILE, "content": said})
    sandbox.drain()
    passed_on(ear, 0)
    offer = {"product": "稳健理财", "manager": "王小明"}
    stopped = sms.send(mobile=MOBILE, template="product_invitation", values=offer, reference="offer/1")
    assert (stopped.status, stopped.outcome) == (_Status.STOPPED, "opted_out")
    assert remind().status == _Status.PENDING


@pytest.mark.parametrize("said", ["好的", "请退订单", "TD吗？", ""])
def test_another_answer_means_nothing(said: str) -> None:
    told("uplinks", [{"phone_number": MOBILE, "content": said}])
    assert not SmsOptOut.objects.exists()


def test_opting_out_twice_is_once_until_it_is_lifted(bank: Bank) -> None:
    for _ in range(2):
        told("uplinks", [{"phone_number": MOBILE, "content": "TD"}])
    (row,) = SmsOptOut.objects.all()
    assert row.masked_mobile == "138****1234"
    opt_outs.lift(row, reason="客户书面同意", by=bank.admin)
    assert opt_outs.stops(row.mobile_index, SmsKind.MARKETING) == ""
    told("uplinks", [{"phone_number": MOBILE, "content": "TD"}])
    assert SmsOptOut.objects.count() == 2
