"""Identity verification: what the register says, three tries a day, a second person's eyes, and changes after."""

from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock
from crm import customers
from loans import idleness
from loans.models import IdentityCheck
from tests.loans.builders import Case, customer_of, done, picture, refused
from tests.sandbox_server import Sandbox

TROUBLES = [
    ("limit", "LIMIT_REACHED"),
    ("timeout_before", "TIMED_OUT"),
    ("http", "SYSTEM_ERROR"),
    ("malformed", "SYSTEM_ERROR"),
]


@pytest.fixture
def impatient(settings: Any) -> None:
    """The bank waits no longer than a test can."""
    settings.IDENTITY_VERIFICATION = {**settings.IDENTITY_VERIFICATION, "TIMEOUT": 0.25}


def try_it(case: Case) -> dict[str, object]:
    answer: dict[str, object] = done(case.upload("identity-checks", face=picture("face.jpg")))
    return answer


def named(case: Case, name: str) -> Case:
    """The same bank, another customer, accepted."""
    return Case(case.bank, case.run_jobs, customer_of(case.bank.rm, name=name), phones=case.phones).to("ACCEPTED")


def test_a_match_moves_the_case_on(case: Case) -> None:
    told = try_it(case.to("ACCEPTED"))
    assert (told["outcome"], told["passed"], told["state"]) == ("MATCH_WITH_PHOTO", True, "ID_VERIFIED")
    check = case.row.identity_checks.get()
    assert check.face_score is not None
    assert check.face_score >= 80
    assert len(check.face_sha256) == 64


@pytest.mark.parametrize("name,outcome", [("王旧", "MATCH_NO_PHOTO"), ("王异", "NAME_MISMATCH"), ("王无", "NOT_FOUND")])
def test_anything_but_a_match_does_not(case: Case, name: str, outcome: str) -> None:
    other = named(case, name)
    told = try_it(other)
    assert (told["outcome"], told["passed"], told["state"]) == (outcome, False, "ACCEPTED")
    content = refused(other.sign(), 409, "identity_not_verified")
    assert content["state"] == "ACCEPTED"


def test_a_face_below_the_products_score_does_not_pass(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 79})
    told = try_it(case)
    assert (told["outcome"], told["face_outcome"], told["face_score"]) == ("MATCH_WITH_PHOTO", "MISMATCH", "79.00")
    assert (told["passed"], told["state"]) == (False, "ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 80})
    assert try_it(case)["passed"]


def test_three_tries_a_day_then_a_person(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 10})
    assert [try_it(case)["attempts_left"] for _ in range(3)] == [2, 1, 0]
    refused(case.upload("identity-checks", face=picture()), 409, "identity_attempts_exhausted")
    told = done(case.post("identity-checks/by-hand", {"note": "持证人与证件一致"}, by=case.bank.manager))
    assert (told["method"], told["passed"], told["state"]) == ("MANUAL", True, "ID_VERIFIED")


def test_tomorrow_there_are_three_more(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 10})
    for _ in range(3):
        try_it(case)
    IdentityCheck.objects.update(at=clock.now() - timedelta(days=1))
    assert try_it(case)["attempts_left"] == 2


@pytest.mark.parametrize(
    "fault,outcome",
    [
        ("limit", "LIMIT_REACHED"),
        ("timeout_before", "TIMED_OUT"),
        ("http", "SYSTEM_ERROR"),
        ("malformed", "SYSTEM_ERROR"),
    ],
)
def test_the_vendors_troubles_do_not_count_and_are_no_match(
    case: Case, sandbox: Sandbox, impatient: None, fault: str, outcome: str
) -> None:
    case.to("ACCEPTED")
    sandbox.fault("identity", "verify_citizen", fault, times=None)
    for _ in range(2):
        told = try_it(case)
        assert (told["outcome"], told["passed"], told["attempts_left"]) == (outcome, False, 3)
        assert "不计入次数" in str(told["advice"])
    refused(case.post("identity-checks/by-hand", {"note": "x"}, by=case.bank.manager), 409, "online_check_first")
    sandbox.heal()
    assert try_it(case)["passed"]


@pytest.mark.parametrize(
    "fault,outcome",
    [
        ("limit", "LIMIT_REACHED"),
        ("timeout_before", "TIMED_OUT"),
        ("http", "SYSTEM_ERROR"),
        ("malformed", "SYSTEM_ERROR"),
    ],
)
def test_a_face_that_could_not_be_compared_is_no_match_and_may_be_looked_at(
    case: Case, sandbox: Sandbox, impatient: None, fault: str, outcome: str
) -> None:
    case.to("ACCEPTED")
    sandbox.fault("identity", "face_match", fault)
    told = try_it(case)
    assert (told["outcome"], told["face_outcome"]) == ("MATCH_WITH_PHOTO", outcome)
    assert (told["passed"], told["attempts_left"], told["state"]) == (False, 3, "ACCEPTED")
    assert done(case.post("identity-checks/by-hand", {"note": "人证一致"}, by=case.bank.manager))["passed"]


@pytest.mark.parametrize(
    "code,outcome", [("06", "NO_FACE"), ("07", "SEVERAL_FACES"), ("08", "POOR_PICTURE"), ("03", "NO_PHOTO_ON_FILE")]
)
def test_a_picture_that_shows_no_face_is_taken_again_and_not_counted(
    case: Case, sandbox: Sandbox, code: str, outcome: str
) -> None:
    case.to("ACCEPTED")
    number = case.customer.identity_no
    sandbox.set_scene("identity/faces", {"identity_no": number, "code": code})
    told = try_it(case)
    assert (told["face_outcome"], told["passed"], told["face_score"]) == (outcome, False, None)
    assert told["attempts_left"] == (2 if outcome == "NO_PHOTO_ON_FILE" else 3)
    sandbox.set_scene("identity/faces", {"identity_no": number, "score": 95})
    again = try_it(case)
    assert (again["passed"], again["face_outcome"]) == (True, "MATCH")
    assert len(sandbox.log("identity", "verify_citizen")) == 1, "the register's match counts for the day"


def test_tomorrow_the_register_is_asked_again(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 10})
    try_it(case)
    IdentityCheck.objects.update(at=clock.now() - timedelta(days=1))
    try_it(case)
    assert len(sandbox.log("identity", "verify_citizen")) == 2


def test_who_does_not_want_his_face_compared_is_looked_at_instead(case: Case, sandbox: Sandbox) -> None:
    """人脸识别技术应用安全管理办法: there must be another way."""
    case.to("ACCEPTED")
    told = done(case.upload("identity-checks", face_declined=True))
    assert (told["outcome"], told["face_outcome"], told["passed"]) == ("MATCH_WITH_PHOTO", "DECLINED", False)
    assert (told["attempts_left"], sandbox.log("identity", "face_match")) == (3, [])
    assert (
        done(case.post("identity-checks/by-hand", {"note": "人证一致"}, by=case.bank.manager))["state"] == "ID_VERIFIED"
    )


def test_either_a_face_or_the_wish_to_do_without(case: Case) -> None:
    case.to("ACCEPTED")
    assert "face" in refused(case.upload("identity-checks"), 400, "invalid")["errors"]
    assert case.upload("identity-checks", face=picture(), face_declined=True).status_code == 400


def test_while_the_face_may_still_tell_nobody_looks_by_hand(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 10})
    try_it(case)
    content = refused(
        case.post("identity-checks/by-hand", {"note": "x"}, by=case.bank.manager), 409, "online_tries_left"
    )
    assert content["attempts_left"] == 2


def test_without_a_photo_in_the_register_a_second_document_is_wanted(case: Case) -> None:
    other = named(case, "李旧")
    try_it(other)
    card, book = (done(other.upload("materials", type=kind, file=picture()))["id"] for kind in ("ID_CARD", "HUKOU"))

    def by_hand(**more: str) -> Any:
        return other.post("identity-checks/by-hand", {"note": "核对原件", **more}, by=other.bank.manager)

    refused(by_hand(), 422, "second_document_missing")
    refused(by_hand(second_document=card), 422, "second_document_unsuitable")
    elsewhere = done(case.draft().upload("materials", type="HUKOU", file=picture()))["id"]
    refused(by_hand(second_document=elsewhere), 422, "second_document_unsuitable")
    told = done(by_hand(second_document=book))
    assert (told["passed"], told["outcome"], told["second_document"]) == (True, "MATCH_NO_PHOTO", book)


def test_managers_see_whom_they_have_to_look_at(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    queue, manager = "/api/v1/loan-queues/identity", case.phone(case.bank.manager)
    sandbox.set_scene("identity/faces", {"identity_no": case.customer.identity_no, "score": 10})
    for left in (2, 1, 0):
        assert done(manager.get(queue)) == [], f"{left + 1} tries are left"
        assert try_it(case)["attempts_left"] == left
    (waiting,) = done(manager.get(queue))
    assert (waiting["application"], waiting["party"], waiting["who"]) == (case.id, None, "客户")
    assert waiting["reason"] == "当日人脸比对次数已用完"
    assert done(case.phone(case.bank.other_manager).get(queue)) == []
    refused(case.rm.get(queue), 403, "not_permitted")
    done(case.post("identity-checks/by-hand", {"note": "人证一致"}, by=case.bank.manager))
    assert done(manager.get(queue)) == []


def test_by_hand_only_after_the_register_and_only_where_it_matched(case: Case) -> None:
    case.to("ACCEPTED")
    by_hand = {"note": "核对原件"}
    refused(case.post("identity-checks/by-hand", by_hand, by=case.bank.manager), 409, "online_check_first")
    mismatch, no_photo = named(case, "王异"), named(case, "李旧")
    try_it(mismatch)
    refused(mismatch.post("identity-checks/by-hand", by_hand, by=case.bank.manager), 409, "identity_mismatch")
    try_it(no_photo)
    refused(no_photo.post("identity-checks/by-hand", by_hand, by=case.bank.manager), 422, "second_document_missing")


def test_by_hand_is_not_for_the_investigators(case: Case) -> None:
    case.to("ACCEPTED")
    refused(case.post("identity-checks/by-hand", {"note": "x"}), 403, "not_permitted")


def test_an_expired_card_stops_it(case: Case) -> None:
    yesterday = clock.today() - timedelta(days=1)
    case.draft(identity_is_long_term=False, identity_expires_on=str(yesterday)).accept()
    refused(case.upload("identity-checks", face=picture()), 422, "identity_expired")
    case.rm.patch(case.url, {"identity_expires_on": str(clock.today())}, etag=case.rm.get(case.url)["ETag"])
    assert try_it(case)["passed"]


def test_verified_once_is_enough(case: Case) -> None:
    case.to("ID_VERIFIED")
    refused(case.upload("identity-checks", face=picture()), 409, "identity_already_verified")


def test_only_the_lead_verifies(case: Case) -> None:
    case.to("ACCEPTED")
    refused(case.upload("identity-checks", by=case.bank.co_rm, face=picture()), 403, "not_in_charge")


def test_another_name_needs_another_check(case: Case) -> None:
    """Any edit of name or number triggers 联网核查 anew (domain 5.3); the night sends the case back."""
    case.to("CREDIT_AUTHORIZED")
    customers.edit(case.customer.pk, by=case.bank.rm, name="张三峰")
    refused(case.sign(), 409, "identity_changed")
    assert idleness.recheck_gates() == 1
    assert case.row.state == "ACCEPTED"
    assert try_it(case)["state"] == "ID_VERIFIED", "he consented under another name"


def test_a_name_that_changes_late_is_verified_again_where_the_case_stands(case: Case) -> None:
    case.to("SUBMITTED")
    refused(case.upload("identity-checks", face=picture()), 409, "identity_already_verified")
    customers.edit(case.customer.pk, by=case.bank.rm, name="张三峰")
    told = try_it(case)
    assert (told["passed"], told["state"]) == (True, "SUBMITTED")
