"""The doors to core banking, identity and bureau: what an answer means, and what no answer means."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from aladdin import signatures
from loans.gateways import core_banking, credit_bureau, identity_verification
from loans.gateways.core_banking import AccountCheck, Outcome, PaymentResult
from loans.gateways.identity_verification import FaceOutcome, IdentityOutcome
from tests.sandbox_server import Ear, Sandbox

NUMBER = "11010519491231002X"
NO_ANSWER = ["timeout_before", "timeout_after", "http", "malformed"]


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    for name in ("CORE_BANKING", "IDENTITY_VERIFICATION", "CREDIT_BUREAU"):
        setattr(settings, name, {**getattr(settings, name), "TIMEOUT": 0.25})


# --- Core banking -------------------------------------------------------------------------------
def pay(**changes: Any) -> PaymentResult:
    order: dict[str, Any] = {
        "client_ref": "DK2026030200001/1",
        "amount": Decimal(500000),
        "loan_account": "6217000000000001",
        "payee_name": "廊坊市某某商贸有限公司",
        "payee_account": "6222020402000000016",
        "purpose": "购进货物",
    }
    return core_banking.pay(**{**order, **changes})


REF = "DK2026030200001/1"


def test_a_payment_has_its_serial_number(sandbox: Sandbox) -> None:
    result = pay()
    assert (result.outcome, result.is_final) == (Outcome.SUCCESS, True)
    (payment,) = sandbox.payments()
    assert (payment["serial_no"], payment["order"]["amount"]) == (result.serial_no, "500000.00")


@pytest.mark.parametrize("fault,paid", [("timeout_before", 0), ("timeout_after", 1), ("http", 0), ("malformed", 1)])
def test_without_an_answer_the_outcome_is_unknown_until_asked_for(sandbox: Sandbox, fault: str, paid: int) -> None:
    sandbox.fault("core-banking", "pay", fault)
    result = pay()
    assert (result.outcome, result.is_final) == (Outcome.UNKNOWN, False)
    found = core_banking.query(REF)
    assert len(sandbox.payments()) == paid
    assert (found.outcome if found else None) == (Outcome.SUCCESS if paid else None)


def test_an_unreachable_core_leaves_the_outcome_unknown(sandbox: Sandbox, settings: Settings) -> None:
    settings.CORE_BANKING = {**settings.CORE_BANKING, "BASE_URL": "http://127.0.0.1:1"}
    assert pay().outcome is Outcome.UNKNOWN
    found = core_banking.query(REF)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("fault", NO_ANSWER)
def test_asking_may_remain_without_an_answer(sandbox: Sandbox, fault: str) -> None:
    pay()
    sandbox.fault("core-banking", "query", fault)
    found = core_banking.query(REF)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN
    assert core_banking.query(REF) == PaymentResult(Outcome.SUCCESS, sandbox.payments()[0]["serial_no"])


def test_only_the_core_s_own_404_says_that_nothing_was_paid(sandbox: Sandbox, settings: Settings) -> None:
    assert core_banking.query("never-sent") is None
    settings.CORE_BANKING = {**settings.CORE_BANKING, "BASE_URL": f"{sandbox.url}/no-such-place"}
    found = core_banking.query("never-sent")
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("body", ['{"detail": "no route"}', '{"code": "NOT_FOUND"}', "[]", "not found"])
def test_nor_does_that_of_a_proxy_on_the_way(sandbox: Sandbox, body: str) -> None:
    pay()
    sandbox.fault("core-banking", "query", "http", status=404, body=body)
    found = core_banking.query(REF)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


def test_the_result_of_another_payment_is_not_taken_for_ours(sandbox: Sandbox) -> None:
    other = {"client_ref": "DK0/1", "status": "SUCCESS", "serial_no": "CB1"}
    sandbox.fault("core-banking", "pay", "http", status=200, body=json.dumps(other))
    assert pay().outcome is Outcome.UNKNOWN


def test_the_same_order_twice_is_paid_once(sandbox: Sandbox) -> None:
    assert pay() == pay()
    assert len(sandbox.payments()) == 1


def test_another_amount_under_the_same_reference_is_our_mistake(sandbox: Sandbox) -> None:
    pay()
    with pytest.raises(core_banking.PaymentReferenceReused):
        pay(amount=Decimal("500000.01"))


@pytest.mark.parametrize(
    "amount", [Decimal(0), Decimal(-1), Decimal("0.001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e16")]
)
def test_an_amount_is_never_rounded_on_the_way(sandbox: Sandbox, amount: Decimal) -> None:
    with pytest.raises(ValueError, match="whole fen"):
        pay(amount=amount)
    assert sandbox.log("core-banking") == []


def test_a_payment_may_fail_with_its_reason(sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "failed", reason="借款账户状态异常")
    result = pay()
    assert (result.outcome, result.reason, result.is_final) == (Outcome.FAILED, "借款账户状态异常", True)


def test_a_wrong_key_pays_nothing(sandbox: Sandbox, settings: Settings) -> None:
    settings.CORE_BANKING = {**settings.CORE_BANKING, "SIGNING_KEY": "old key"}
    with pytest.raises(core_banking.PaymentNotAccepted, match="signature_wrong"):
        pay()
    assert sandbox.payments() == []


@pytest.mark.parametrize("result", ["SUCCESS", "FAILED"])
def test_a_pending_payment_tells_its_result(sandbox: Sandbox, ear: Ear, result: str) -> None:
    sandbox.callbacks(core_banking=ear.url)
    sandbox.fault("core-banking", "pay", "pending", seconds=0, result=result, reason="清算完成")
    assert pay().outcome is Outcome.PENDING
    sandbox.drain()
    (heard,) = ear.heard
    notice = core_banking.read_result_notice(heard.headers, heard.body)
    assert (notice.client_ref, notice.result.outcome) == (REF, Outcome(result))
    assert notice.result == core_banking.query(REF)


def test_a_result_that_is_not_taken_is_told_again(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.callbacks(core_banking=ear.url)
    ear.refusals = 1
    sandbox.fault("core-banking", "pay", "pending", seconds=0)
    pay()
    sandbox.drain()
    nonces = {core_banking.read_result_notice(each.headers, each.body).nonce for each in ear.heard}
    assert len(nonces) == 2


def _signed(content: Any, key: str = "sandbox-core-banking") -> tuple[dict[str, str], bytes]:
    body = json.dumps(content).encode()
    return signatures.sign(key, body), body


def test_a_forged_result_is_refused(settings: Settings) -> None:
    settings.CORE_BANKING = {**settings.CORE_BANKING, "SIGNING_KEY": "sandbox-core-banking"}
    content = {"client_ref": REF, "status": "SUCCESS", "serial_no": "CB1"}
    with pytest.raises(signatures.SignatureWrong):
        core_banking.read_result_notice(*_signed(content, "guessed"))


@pytest.mark.parametrize(
    "content", [[], None, {}, {"client_ref": REF}, {"client_ref": REF, "status": "PENDING"}, {"status": "SUCCESS"}]
)
def test_a_result_that_says_nothing_is_unreadable(settings: Settings, content: Any) -> None:
    settings.CORE_BANKING = {**settings.CORE_BANKING, "SIGNING_KEY": "sandbox-core-banking"}
    with pytest.raises(core_banking.NoticeUnreadable):
        core_banking.read_result_notice(*_signed(content))


@pytest.mark.parametrize(
    "account,check",
    [
        ("6222020402000000016", AccountCheck.MATCH),
        ("6222020000000404", AccountCheck.NOT_FOUND),
        ("6222020000000409", AccountCheck.NAME_MISMATCH),
        ("6222020000000410", AccountCheck.CLOSED),
    ],
)
def test_a_payee_s_account_is_validated(sandbox: Sandbox, account: str, check: AccountCheck) -> None:
    assert core_banking.validate_account(account=account, name="张三") is check


@pytest.mark.parametrize("fault", [*NO_ANSWER, "error"])
def test_an_account_that_could_not_be_checked_is_no_match(sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("core-banking", "validate_account", fault)
    check = core_banking.validate_account(account="6222020402000000016", name="张三")
    assert check is AccountCheck.UNKNOWN


# --- Identity -----------------------------------------------------------------------------------
def verify(name: str = "王小明", number: str = NUMBER) -> identity_verification.Verification:
    return identity_verification.verify_citizen(name=name, identity_no=number, business="贷款申请")


@pytest.mark.parametrize(
    "name,outcome,is_match",
    [
        ("王小明", IdentityOutcome.MATCH_WITH_PHOTO, True),
        ("王旧", IdentityOutcome.MATCH_NO_PHOTO, True),
        ("王异", IdentityOutcome.NAME_MISMATCH, False),
        ("王无", IdentityOutcome.NOT_FOUND, False),
        ("王障", IdentityOutcome.SYSTEM_ERROR, False),
    ],
)
def test_each_code_has_its_outcome(sandbox: Sandbox, name: str, outcome: IdentityOutcome, is_match: bool) -> None:
    found = verify(name)
    assert (found.outcome, found.is_match) == (outcome, is_match)
    assert (found.photo is not None) is (outcome is IdentityOutcome.MATCH_WITH_PHOTO)
    assert found.request_no


def test_bad_input_is_told(sandbox: Sandbox) -> None:
    assert verify(number="110105194912310021").outcome is IdentityOutcome.BAD_INPUT


#: What is done to the call, and what it is called.
TROUBLES = [
    ("timeout_before", "TIMED_OUT"),
    ("timeout_after", "TIMED_OUT"),
    ("limit", "LIMIT_REACHED"),
    ("http", "SYSTEM_ERROR"),
    ("malformed", "SYSTEM_ERROR"),
]


@pytest.mark.parametrize("fault,outcome", TROUBLES)
def test_no_answer_is_never_a_match(sandbox: Sandbox, fault: str, outcome: str) -> None:
    sandbox.fault("identity", "verify_citizen", fault)
    found = verify()
    assert (found.outcome, found.is_match, found.photo) == (IdentityOutcome(outcome), False, None)


def test_a_register_that_cannot_be_reached_is_a_system_error(sandbox: Sandbox, settings: Settings) -> None:
    settings.IDENTITY_VERIFICATION = {**settings.IDENTITY_VERIFICATION, "BASE_URL": "http://127.0.0.1:1"}
    assert verify().outcome is IdentityOutcome.SYSTEM_ERROR
    assert identity_verification.compare_face(identity_no=NUMBER, picture=b"x").outcome is FaceOutcome.SYSTEM_ERROR


@pytest.mark.parametrize("code", ["06", "-1", "0", "ok"])
def test_nor_is_a_code_of_another_vendor(sandbox: Sandbox, code: str) -> None:
    sandbox.fault("identity", "verify_citizen", "error", code=code)
    assert verify().outcome is IdentityOutcome.SYSTEM_ERROR


@pytest.mark.parametrize(
    "content",
    [
        {"code": "00", "identity_no": NUMBER},
        {"code": "00", "identity_no": NUMBER, "photo": "no base64!"},
        {"code": "00", "identity_no": "13100019900101001X", "photo": "eA=="},
        {"code": "01", "identity_no": "13100019900101001X"},
        {"code": "01"},
        {"code": ["00"], "identity_no": NUMBER, "photo": "eA=="},
    ],
)
def test_nor_a_match_without_its_photo_or_about_another(sandbox: Sandbox, content: dict[str, Any]) -> None:
    sandbox.fault("identity", "verify_citizen", "http", status=200, body=json.dumps(content))
    assert verify().outcome is IdentityOutcome.SYSTEM_ERROR


def test_a_report_about_another_person_is_no_report(sandbox: Sandbox) -> None:
    content = json.loads(report().original) | {"subject": {"name": "李四", "identity_no": "13100019900101001X"}}
    sandbox.fault("bureau", "report", "http", status=200, body=json.dumps(content))
    with pytest.raises(credit_bureau.BureauUnavailable):
        report()


def test_a_wrong_app_key_is_a_system_error(sandbox: Sandbox, settings: Settings) -> None:
    settings.IDENTITY_VERIFICATION = {**settings.IDENTITY_VERIFICATION, "APP_KEY": "old"}
    assert verify().outcome is IdentityOutcome.SYSTEM_ERROR


def test_faces_are_compared(sandbox: Sandbox) -> None:
    sandbox.set_scene("identity/faces", {"identity_no": NUMBER, "score": 41})
    found = identity_verification.compare_face(identity_no=NUMBER, picture=b"x")
    assert (found.outcome, found.score) == (FaceOutcome.COMPARED, Decimal(41))


@pytest.mark.parametrize(
    "code,outcome",
    [
        ("03", FaceOutcome.NO_PHOTO_ON_FILE),
        ("04", FaceOutcome.SYSTEM_ERROR),
        ("06", FaceOutcome.NO_FACE),
        ("07", FaceOutcome.SEVERAL_FACES),
        ("08", FaceOutcome.POOR_PICTURE),
    ],
)
def test_each_code_of_a_face_has_its_outcome(sandbox: Sandbox, code: str, outcome: FaceOutcome) -> None:
    sandbox.set_scene("identity/faces", {"identity_no": NUMBER, "code": code})
    found = identity_verification.compare_face(identity_no=NUMBER, picture=b"x")
    assert (found.outcome, found.score) == (outcome, None)
    assert found.request_no


@pytest.mark.parametrize("fault,outcome", [*TROUBLES, ("error", "SYSTEM_ERROR")])
def test_faces_that_could_not_be_compared_have_no_score(sandbox: Sandbox, fault: str, outcome: str) -> None:
    sandbox.fault("identity", "face_match", fault)
    found = identity_verification.compare_face(identity_no=NUMBER, picture=b"x")
    assert (found.outcome, found.score) == (FaceOutcome(outcome), None)


@pytest.mark.parametrize(
    "content",
    [
        {"code": "00", "identity_no": NUMBER, "score": None},
        {"code": "00", "identity_no": NUMBER, "score": 101},
        {"code": "00", "identity_no": NUMBER, "score": True},
        {"code": "00", "identity_no": "13100019900101001X", "score": 99},
        {"code": "09", "identity_no": NUMBER, "score": 99},
    ],
)
def test_a_score_that_makes_no_sense_or_is_about_another_is_none(sandbox: Sandbox, content: dict[str, Any]) -> None:
    sandbox.fault("identity", "face_match", "http", status=200, body=json.dumps(content))
    found = identity_verification.compare_face(identity_no=NUMBER, picture=b"x")
    assert (found.outcome, found.score) == (FaceOutcome.SYSTEM_ERROR, None)


def test_a_person_s_data_go_in_the_body_only(sandbox: Sandbox) -> None:
    verify()
    (call,) = sandbox.log("identity", "verify_citizen")
    assert call["query"] == {}
    assert base64.b64decode(call["answer"]["photo"])


# --- Credit bureau ------------------------------------------------------------------------------
def report(**changes: Any) -> credit_bureau.CreditReport:
    asked = {
        "user_code": "Q0001",
        "name": "王小明",
        "identity_no": NUMBER,
        "reason_code": "02",
        "authorization_no": "SQ2026030200001",
    }
    return credit_bureau.query(**{**asked, **changes})


def test_a_report_is_read_whole(sandbox: Sandbox) -> None:
    sandbox.set_scene("bureau/subjects", {"identity_no": NUMBER, "history": "OVERDUE"})
    found = report()
    assert found.summary.accounts == len(found.accounts)
    assert found.summary.overdue_amount == sum(each.overdue_amount for each in found.accounts) > 0
    assert found.summary.debt_balance == sum(each.balance for each in found.accounts)
    assert found.reported_at.tzinfo is not None
    assert json.loads(found.original)["report_no"] == found.report_no


def test_one_authorization_brings_one_report(sandbox: Sandbox) -> None:
    assert report() == report()
    assert report(authorization_no="SQ2").report_no != report().report_no


@pytest.mark.parametrize(
    "change,code",
    [
        ({"authorization_no": ""}, "authorization_missing"),
        ({"reason_code": "99"}, "reason_unknown"),
        ({"identity_no": "110105194912310021"}, "bad_identity_no"),
    ],
)
def test_the_bureau_refuses_without_grounds(sandbox: Sandbox, change: dict[str, str], code: str) -> None:
    with pytest.raises(credit_bureau.BureauRefused) as caught:
        report(**change)
    assert caught.value.code == code


@pytest.mark.parametrize("fault", [*NO_ANSWER, "error"])
def test_after_no_answer_the_same_authorization_brings_the_same_report(sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("bureau", "report", fault)
    with pytest.raises(credit_bureau.BureauUnavailable):
        report()
    found = report()
    assert found.summary.queries_3m == report().summary.queries_3m


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("report_no"),
        lambda content: content.update(reported_at="2026-03-02T10:00:00"),
        lambda content: content["summary"].update(overdue_amount="NaN"),
        lambda content: content["summary"].update(overdue_accounts=True),
        lambda content: content["summary"].update(queries_3m=-1),
        lambda content: content.update(accounts=[{}]),
        lambda content: content.update(queries=None),
        lambda content: content.update(summary="clean"),
    ],
)
def test_a_report_with_a_hole_is_no_report(sandbox: Sandbox, spoil: Any) -> None:
    content = json.loads(report().original)
    spoil(content)
    with pytest.raises(credit_bureau.BureauUnavailable):
        credit_bureau.read_report(content, b"")
