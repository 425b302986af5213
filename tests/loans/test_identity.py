"""Identity verification: what the register says, three tries a day, a second person's eyes, and changes after."""

from datetime import timedelta

import pytest

from aladdin import clock
from crm import customers
from loans import idleness
from loans.models import IdentityCheck
from tests.loans.builders import Case, customer_of, done, picture, refused
from tests.sandbox_server import Sandbox


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
    assert (told["outcome"], told["passed"], told["face_score"]) == ("MATCH_WITH_PHOTO", False, "79.00")
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


def test_the_vendors_troubles_do_not_count_and_are_no_match(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.fault("identity", "verify_citizen", "limit", times=None)
    for _ in range(4):
        told = try_it(case)
        assert (told["outcome"], told["passed"], told["attempts_left"]) == ("SYSTEM_ERROR", False, 3)
    sandbox.heal()
    assert try_it(case)["passed"]


def test_a_face_that_could_not_be_compared_is_no_match(case: Case, sandbox: Sandbox) -> None:
    case.to("ACCEPTED")
    sandbox.fault("identity", "face_match", "limit")
    assert try_it(case)["outcome"] == "SYSTEM_ERROR"


def test_by_hand_only_after_the_register_and_only_where_it_matched(case: Case) -> None:
    case.to("ACCEPTED")
    by_hand = {"note": "核对原件"}
    refused(case.post("identity-checks/by-hand", by_hand, by=case.bank.manager), 409, "online_check_first")
    mismatch, no_photo = named(case, "王异"), named(case, "李旧")
    try_it(mismatch)
    refused(mismatch.post("identity-checks/by-hand", by_hand, by=case.bank.manager), 409, "identity_mismatch")
    try_it(no_photo)
    assert done(no_photo.post("identity-checks/by-hand", by_hand, by=case.bank.manager))["passed"]


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
