"""The RM's link: made by him, opened with a code on one phone only, for a while; it says nothing to anybody else."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.parameters import Parameter
from loans import jobs
from loans.models import CodeCount, CustomerLink, LinkSession, OneTimeCode
from tests.loans.builders import Case, done, refused
from tests.loans.test_parties import entered
from tests.loans.visiting import API, Visitor, make_link, token_of, visitor
from tests.sandbox_server import Sandbox

LINKS = f"{API}/loan-links"


@pytest.fixture
def opener(case: Case, sandbox: Sandbox) -> Visitor:
    """A stranger who scans the RM's card."""
    return Visitor(case, sandbox, token_of(make_link(case)), "13700000001")


# --- Making --------------------------------------------------------------------------------------
def test_a_link_with_its_qr_code(case: Case, settings: Any) -> None:
    settings.PUBLIC_URL = "https://bank.example/"
    made = make_link(case)
    assert made["url"].startswith("https://bank.example/apply/")
    assert made["qr_svg"].startswith("<svg")
    assert base64.b64decode(made["qr_png"].partition(",")[2]).startswith(b"\x89PNG")
    link = made["link"]
    assert (link["purpose"], link["is_live"], link["times_opened"]) == ("APPLY", True, 0)
    assert AuditEntry.objects.get(action="loan.make_link").by == case.bank.rm


def test_the_secret_is_kept_as_a_digest_and_shown_once(case: Case) -> None:
    token = token_of(make_link(case))
    assert len(token) >= 22, "128 bits and more"
    assert token != token_of(make_link(case))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(l::text, '') FROM loans_customerlink l")
        assert token not in cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM aladdin_idempotencyrecord WHERE position(%s in encode(body, 'escape')) > 0", [token]
        )
        assert cursor.fetchone()[0] == 0
    assert token not in case.rm.get(LINKS).content.decode()


def test_who_makes_links_and_for_whom(case: Case) -> None:
    said = {"product": "PERSONAL_CONSUMPTION"}
    refused(case.phone(case.bank.manager).post(LINKS, said), 403, "not_permitted")
    refused(case.phone(case.bank.stranger).post(LINKS, said | {"customer": str(case.customer.pk)}), 404, "not_found")
    refused(case.rm.post(LINKS, {"product": "NO_SUCH"}), 422, "product_not_on_shelf")
    assert case.rm.post(LINKS, {}).status_code == 400
    case.draft()
    assert case.rm.post(LINKS, said | {"application": case.id}).status_code == 400
    refused(case.phone(case.bank.co_rm).post(LINKS, {"application": case.id}), 403, "not_in_charge")
    refused(case.phone(case.bank.stranger).post(LINKS, {"application": case.id}), 404, "not_found")


def test_a_known_customer_needs_a_phone(case: Case) -> None:
    case.customer.describe(mobile="")
    case.customer.save()
    said = {"product": "PERSONAL_CONSUMPTION", "customer": str(case.customer.pk)}
    refused(case.rm.post(LINKS, said), 422, "mobile_missing")


def test_so_many_a_day(case: Case) -> None:
    Parameter.objects.filter(code="loan.links_a_day").update(value=1)
    make_link(case)
    refused(case.rm.post(LINKS, {"product": "PERSONAL_CONSUMPTION"}), 429, "too_many_links")
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        make_link(case)


def test_a_link_by_text_message(case: Case, sandbox: Sandbox) -> None:
    made = make_link(case, customer=str(case.customer.pk), send_text=True)
    case.run_jobs()
    (text,) = sandbox.texts(case.customer.mobile)
    assert token_of(made) in text["content"]


def test_who_sees_which_links(case: Case) -> None:
    link = make_link(case)["link"]["id"]
    for who, sees in (("rm", True), ("manager", True), ("co_rm", False), ("stranger", False), ("other_manager", False)):
        person = case.phone(getattr(case.bank, who))
        assert [each["id"] for each in done(person.get(LINKS))["results"]] == [link] * sees, who
        assert (person.get(f"{LINKS}/{link}").status_code == 200) is sees, who


# --- Opening -------------------------------------------------------------------------------------
def test_a_code_opens_it(opener: Visitor) -> None:
    assert done(opener.ask_for_code()) == {"retry_after": 60}
    opened = done(opener.enter(opener.code()))
    opener.session = opened["session"]
    assert opener.steps()["PHONE"]
    link = CustomerLink.objects.get()
    assert (link.mobile, link.times_opened, link.bound_at is not None) == (opener.mobile, 1, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text || s::text FROM loans_customerlink l, loans_linksession s")
        kept = cursor.fetchone()[0]
    assert opener.session not in kept
    assert opener.mobile not in kept
    entry = AuditEntry.objects.get(action="loan.open_link")
    assert (entry.by, entry.detail["through"]) == (None, link.door)


def test_a_known_customers_link_opens_on_his_phone_alone(case: Case, sandbox: Sandbox) -> None:
    """And another phone learns nothing: the same answers, but no message."""
    own = visitor(case, sandbox)
    thief = Visitor(case, sandbox, own.token, "13700000009")
    assert done(thief.ask_for_code()) == {"retry_after": 60}
    assert thief.code() == ""
    refused(thief.enter("123456"), 422, "code_wrong")
    own.open()
    assert own.steps()["PHONE"]


def test_a_decoy_opens_nothing_even_with_its_code(
    case: Case, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loans.one_time_codes.secrets.randbelow", lambda _: 123456)
    thief = Visitor(case, sandbox, visitor(case, sandbox).token, "13700000009")
    done(thief.ask_for_code())
    refused(thief.enter("123456"), 422, "code_wrong")


def test_an_open_link_belongs_to_the_phone_that_was_first(opener: Visitor) -> None:
    second = Visitor(opener.case, opener.sandbox, opener.token, "13700000002")
    done(second.ask_for_code())
    code = second.code()
    opener.open()
    refused(second.enter(code), 422, "code_wrong")
    done(opener.get("progress"))


def test_dead_links_all_say_the_same(case: Case, sandbox: Sandbox) -> None:
    revoked, ran_out, of_leaver = (visitor(case, sandbox) for _ in range(3))
    first = CustomerLink.objects.order_by("created_at").first()
    assert first is not None
    done(case.rm.post(f"{LINKS}/{first.pk}/revoke", {}))
    unknown = Visitor(case, sandbox, "x" * 32, case.customer.mobile)
    answers = [refused(unknown.ask_for_code(), 404, "link_dead"), refused(revoked.ask_for_code(), 404, "link_dead")]
    with clock.at(clock.now() + timedelta(hours=73)):
        answers.append(refused(ran_out.ask_for_code(), 404, "link_dead"))
    type(case.bank.rm).objects.filter(pk=case.bank.rm.pk).update(is_active=False)
    answers.append(refused(of_leaver.ask_for_code(), 404, "link_dead"))
    answers.append(refused(of_leaver.enter("123456"), 404, "link_dead"))
    assert len({str(each) for each in answers}) == 1


def test_a_code_is_for_its_link(case: Case, sandbox: Sandbox) -> None:
    one, other = visitor(case, sandbox), visitor(case, sandbox)
    done(one.ask_for_code())
    refused(other.enter(one.code()), 422, "code_wrong")


def test_a_code_opens_once(opener: Visitor) -> None:
    done(opener.ask_for_code())
    code = opener.code()
    done(opener.enter(code))
    refused(opener.enter(code), 422, "code_wrong")


def test_guessing(opener: Visitor) -> None:
    done(opener.ask_for_code())
    code = opener.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        refused(opener.enter(wrong), 422, "code_wrong")
    refused(opener.enter(code), 429, "too_many_tries")
    assert OneTimeCode.objects.get().attempts == 5
    assert not LinkSession.objects.exists()


def test_guessing_from_one_address_ends_for_all_phones(opener: Visitor) -> None:
    Parameter.objects.filter(code="loan.code_tries_an_address_a_day").update(value=2)
    for number in range(2):
        refused(opener.enter("123456", f"1370000010{number}"), 422, "code_wrong")
    refused(opener.enter("123456", "13700000109"), 429, "too_many_tries")
    assert CodeCount.objects.get(what="TRIED_FROM").count == 3


def test_a_link_is_no_way_to_trouble_strangers(opener: Visitor) -> None:
    Parameter.objects.filter(code="loan.codes_a_link").update(value=2)
    for number in range(2):
        done(opener.ask_for_code(f"1370000010{number}"))
    refused(opener.ask_for_code("13700000109"), 429, "too_many_codes")


@pytest.mark.parametrize("mobile", ["", "12345", "23812345678", "138\u00001234567"])
def test_no_phone(opener: Visitor, mobile: str) -> None:
    answer = opener.client.post(f"{API}/customer-links/{opener.token}/code", {"mobile": mobile})
    assert answer.status_code == 400


# --- The session ---------------------------------------------------------------------------------
def test_a_session_runs_out(opener: Visitor) -> None:
    opener.open()
    with clock.at(clock.now() + timedelta(minutes=61)):
        refused(opener.get("progress"), 401, "link_session_ended")


def test_a_session_does_not_outlive_its_link(opener: Visitor) -> None:
    CustomerLink.objects.update(expires_at=clock.now() + timedelta(minutes=5))
    opener.open()
    with clock.at(clock.now() + timedelta(minutes=6)):
        refused(opener.get("progress"), 401, "link_session_ended")


def test_a_link_taken_back_ends_whoever_is_behind_it(opener: Visitor) -> None:
    opener.open()
    link = CustomerLink.objects.get()
    refused(opener.case.phone(opener.case.bank.manager).post(f"{LINKS}/{link.pk}/revoke", {}), 403, "not_permitted")
    refused(opener.case.phone(opener.case.bank.co_rm).post(f"{LINKS}/{link.pk}/revoke", {}), 404, "not_found")
    done(opener.case.rm.post(f"{LINKS}/{link.pk}/revoke", {}))
    done(opener.case.rm.post(f"{LINKS}/{link.pk}/revoke", {}))
    refused(opener.get("progress"), 401, "link_session_ended")
    assert AuditEntry.objects.filter(action="loan.revoke_link").count() == 1


def test_another_phone_takes_over_and_the_first_is_out(opener: Visitor) -> None:
    """The same person on another device: one is at work at a time."""
    opener.open()
    again = Visitor(opener.case, opener.sandbox, opener.token, opener.mobile)
    with clock.at(clock.now() + timedelta(minutes=2)):
        again.open()
        refused(opener.get("progress"), 401, "link_session_ended")
        done(again.get("progress"))
    assert CustomerLink.objects.get().times_opened == 2


def test_who_gave_up_his_number_gave_up_the_link(case: Case, sandbox: Sandbox) -> None:
    """Neither the session that is open, nor a code to the old phone; nor does the new phone open it."""
    own = visitor(case, sandbox).open()
    case.customer.describe(mobile="13700000055")
    case.customer.save()
    refused(own.get("progress"), 401, "link_session_ended")
    for mobile in (own.mobile, "13700000055"):
        refused(own.ask_for_code(mobile), 404, "link_dead")


def test_leaving(opener: Visitor) -> None:
    opener.open()
    assert opener.post("leave").status_code == 204
    refused(opener.get("progress"), 401, "link_session_ended")


@pytest.mark.parametrize("header", ["", "Link", "Link ", "Link x", "Link \u00e9", "Bearer x", "Token x"])
def test_no_session(opener: Visitor, header: str) -> None:
    answer = opener.client.get(f"{API}/customer-session/progress", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401


def test_the_rms_own_token_opens_no_customers_door(opener: Visitor) -> None:
    refused(opener.case.rm.get(f"{API}/customer-session/progress"), 401, "not_signed_in")


# --- A link to sign with -------------------------------------------------------------------------
def test_a_guarantor_signs_on_his_own_phone(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    guarantor = visitor(case, sandbox, application=case.id, party=party, mobile="13911112222", customer=None).open()
    assert guarantor.steps() == {"PHONE": True, "FACE": False, "CONSENT": False}
    shown = done(guarantor.get("progress"))
    assert (shown["entries"], shown["papers"], shown["uploads"]) == ({}, [], [])
    assert done(guarantor.show_face())["passed"]
    done(guarantor.sign())
    assert guarantor.steps()["CONSENT"]
    grant = case.row.credit_authorizations.get()
    assert (grant.reasons, str(grant.party_id), grant.channel, grant.witnessed_by) == (["08"], party, "LINK", None)
    for door, said in (("form", {"amount": "1.00"}), ("hand-in", {}), ("applicant", {"name": "x", "identity_no": "x"})):
        assert guarantor.post(door, said).status_code in {403, 409}, door
    refused(guarantor.file("ID_CARD"), 403, "link_only_signs")


def test_who_was_taken_out_of_the_file_signs_nothing(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    guarantor = visitor(case, sandbox, application=case.id, party=party, mobile="13911112222", customer=None).open()
    case.rm.delete(f"{case.url}/parties/{party}")
    refused(guarantor.show_face(), 409, "see_your_manager")
    refused(guarantor.get("consent"), 409, "see_your_manager")


def test_a_link_for_a_case_that_ended(case: Case) -> None:
    case.draft()
    done(case.post("withdraw", {"reason": "客户撤回"}))
    refused(case.rm.post(LINKS, {"application": case.id}), 409, "application_closed")


# --- Afterwards ----------------------------------------------------------------------------------
def test_phones_of_whom_nothing_came_are_forgotten(case: Case, sandbox: Sandbox, opener: Visitor) -> None:
    opener.open()
    own = visitor(case, sandbox).open()
    done(own.fill_in())
    with clock.at(clock.now() + timedelta(days=32)):
        jobs.forget_links()
        assert CustomerLink.objects.count() == 2, "kept for thirty days after the link ran out"
    with clock.at(clock.now() + timedelta(days=34)):
        jobs.forget_links()
    assert CustomerLink.objects.get().customer == case.customer
    assert LinkSession.objects.get().link.application is not None
    assert AuditEntry.objects.filter(action="loan.open_link").count() == 2
