"""Consent to a query of the bureau: what is signed and how, its paper, its one use, and what is odd about it."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from aladdin import clock, papers
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from aladdin.crypto import Unreadable
from aladdin.parameters import Parameter
from aladdin.problems import Problem
from crm.models import Ownership
from loans import consent_texts, credit_alerts, evidence, jobs
from loans.models import (
    CodeCount,
    ConsentText,
    CreditAuthorization,
    CreditGrantUse,
    CreditQueryAlert,
    CreditReport,
    OneTimeCode,
)
from notifications.models import Notice
from tests.loans.builders import Case, done, refused, signature
from tests.loans.test_parties import entered, verify
from tests.sandbox_server import Sandbox

WORKING_DAY = datetime(2026, 11, 24, 10, 30, tzinfo=SHANGHAI)


@pytest.fixture
def known(case: Case) -> Case:
    """The customer has been the RM's for years, so that the clock can stand on any day."""
    Ownership.objects.update(effective_from=date(2020, 1, 1))
    return case


def order(case: Case, **who: Any) -> Any:
    return case.post("credit-reports", {}, by=who.get("by", case.bank.query_officer))


def text_of(case: Case) -> dict[str, Any]:
    shown: dict[str, Any] = done(case.rm.get(f"{case.url}/credit-consent-text"))
    return shown


# --- The text ------------------------------------------------------------------------------------
def test_what_was_signed_can_be_read_for_ever(case: Case) -> None:
    case.to("ID_VERIFIED")
    shown = text_of(case)
    done(case.sign())
    grant = CreditAuthorization.objects.get()
    assert grant.text == shown["body"]
    assert case.customer.name not in grant.text_sealed
    assert ConsentText.objects.get(version=grant.text_version).sha256
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentText.objects.update(body="另一个文本")


def test_a_new_text_rules_from_its_day(case: Case) -> None:
    case.to("ID_VERIFIED")
    before = text_of(case)
    body = "新授权书 {{ name }} {{identity_no}} {{ reason }} {{ days }} {{ application_no }}"
    tomorrow = clock.today() + timedelta(days=1)
    consent_texts.add(version="2027-01", body=body, effective_from=tomorrow, by=case.bank.product_manager)
    assert text_of(case) == before
    with clock.at(clock.now() + timedelta(days=1)):
        assert text_of(case)["body"].startswith("新授权书 张三丰 ")
        said = {"signature": signature(), "text_sha256": before["sha256"], "place": "支行"}
        refused(case.upload("credit-authorizations", **said), 422, "consent_text_changed")


@pytest.mark.parametrize(
    "body, days, code",
    [
        ("{{ name }}{{ identity_no }}{{ reason }}{{ days }}", 1, "consent_text_faulty"),
        ("{{ name }}{{ identity_no }}{{ reason }}{{ days }}{{ application_no }}{{ secret }}", 1, "consent_text_faulty"),
        ("{{ name }}{{ identity_no }}{{ reason }}{{ days }}{{ application_no }}{% now %}", 1, "consent_text_faulty"),
        ("{{ name }}{{ identity_no }}{{ reason }}{{ days }}{{ application_no }}", 0, "consent_text_too_early"),
    ],
)
def test_a_text_that_may_not_be(case: Case, body: str, days: int, code: str) -> None:
    day = clock.today() + timedelta(days=days)
    with pytest.raises(Problem) as problem:
        consent_texts.add(version="2027-01", body=body, effective_from=day, by=case.bank.product_manager)
    assert problem.value.code == code


# --- The paper -----------------------------------------------------------------------------------
def test_the_paper_is_sealed_and_kept_encrypted(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    grant = CreditAuthorization.objects.get()
    url = f"{case.url}/credit-authorizations/{grant.authorization_no}/paper"
    answer = case.rm.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "no-store"
    assert papers.verify(answer.content).is_genuine
    assert not papers.verify(answer.content.replace(b"/Type", b"/type", 1)).is_genuine
    kept = evidence._path(grant.paper_file).read_bytes()
    assert b"%PDF" not in kept
    with pytest.raises(Unreadable):
        evidence.fetch(grant.paper_file, key=b"0" * 32)
    assert AuditEntry.objects.filter(action="loan.read_authorization", by=case.bank.rm).count() == 1


def test_who_may_read_the_paper(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    number = CreditAuthorization.objects.get().authorization_no
    url = f"{case.url}/credit-authorizations/{number}/paper"
    for who, status in (("query_officer", 200), ("auditor", 200), ("manager", 403), ("stranger", 404)):
        assert case.phone(getattr(case.bank, who)).get(url).status_code == status, who
    refused(case.rm.get(url.replace(number, "ZX1")), 404, "not_found")


def test_a_signed_consent_does_not_change(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    for change in (
        {"valid_until": date(2099, 1, 1)},
        {"reasons": ["02", "08"]},
        {"text_sha256": "0" * 64},
        {"signature_file": "another"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditAuthorization.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditAuthorization.objects.all().delete()


def test_a_consent_under_another_name_is_none(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    case.customer.describe(name="张三峰")
    case.customer.save()
    refused(order(case), 409, "credit_not_authorized")


# --- A code for a signature ----------------------------------------------------------------------
def code_for(case: Case, sandbox: Sandbox, mobile: str = "", **party: Any) -> str:
    """Let a code be sent, and read it on the signer's phone."""
    case.rm.post(f"{case.url}/credit-authorizations/code", party)
    case.run_jobs()
    text: str = sandbox.texts(mobile or case.customer.mobile)[-1]["content"]
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    return str(code)


def sign_by(case: Case, code: str, **party: Any) -> Any:
    text = done(case.rm.get(f"{case.url}/credit-consent-text", party))
    return case.upload("credit-authorizations", code=code, text_sha256=text["sha256"], place="客户家中", **party)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_from_his_own_phone_signs(case: Case, sandbox: Sandbox) -> None:
    case.to("ID_VERIFIED")
    code = code_for(case, sandbox)
    signed = done(sign_by(case, code))
    assert signed["signing_method"] == "ONE_TIME_CODE"
    grant = CreditAuthorization.objects.get()
    assert grant.one_time_code is not None
    assert grant.one_time_code.redeemed_at is not None
    assert case.row.state == "CREDIT_AUTHORIZED"
    with connection.cursor() as cursor:
        cursor.execute("SELECT loans_onetimecode::text FROM loans_onetimecode")
        assert code not in cursor.fetchone()[0]


def test_the_guarantors_code_goes_to_the_guarantor(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    verify(case, party)
    code = code_for(case, sandbox, "13911112222", party=party)
    assert done(sign_by(case, code, party=party))["reasons"] == ["08"]


def test_a_code_is_good_once(case: Case, sandbox: Sandbox) -> None:
    case.to("ID_VERIFIED")
    code = code_for(case, sandbox)
    done(sign_by(case, code))
    number = CreditAuthorization.objects.get().authorization_no
    done(case.post(f"credit-authorizations/{number}/revoke", {"reason": "改变主意"}))
    refused(sign_by(case, code), 422, "code_wrong")


def test_guessing_is_counted_although_it_is_refused(case: Case, sandbox: Sandbox) -> None:
    """Five tries at one code; then even the right one opens nothing."""
    case.to("ID_VERIFIED")
    code = code_for(case, sandbox)
    for _ in range(5):
        refused(sign_by(case, wrong(code)), 422, "code_wrong")
    refused(sign_by(case, code), 429, "too_many_tries")
    assert OneTimeCode.objects.get().attempts == 5
    assert CodeCount.objects.get(what="TRIED_FOR").count == 6
    assert not CreditAuthorization.objects.exists()


def test_guessing_all_day_ends(case: Case, sandbox: Sandbox) -> None:
    """New codes do not give new tries without end."""
    Parameter.objects.filter(code="loan.code_tries_a_phone_a_day").update(value=2)
    case.to("ID_VERIFIED")
    for minute, status in ((0, 422), (2, 422), (4, 429)):
        with clock.at(clock.now() + timedelta(minutes=minute)):
            code = code_for(case, sandbox)
            assert sign_by(case, wrong(code)).status_code == status


def test_a_code_runs_out_and_an_older_one_gives_way(case: Case, sandbox: Sandbox) -> None:
    case.to("ID_VERIFIED")
    first = code_for(case, sandbox)
    with clock.at(clock.now() + timedelta(minutes=2)):
        second = code_for(case, sandbox)
        if first != second:
            refused(sign_by(case, first), 422, "code_wrong")
    with clock.at(clock.now() + timedelta(minutes=8)):
        refused(sign_by(case, second), 422, "code_wrong")


def test_codes_are_not_sent_without_end(case: Case) -> None:
    case.to("ID_VERIFIED")
    url = f"{case.url}/credit-authorizations/code"
    assert done(case.rm.post(url, {})) == {"retry_after": 60}
    soon = refused(case.rm.post(url, {}), 429, "code_sent_just_now")
    assert 0 < soon["retry_after"] <= 60
    Parameter.objects.filter(code="loan.codes_a_phone_a_day").update(value=1)
    with clock.at(clock.now() + timedelta(seconds=61)):
        refused(case.rm.post(url, {}), 429, "too_many_codes")


def test_no_code_without_a_phone_and_none_out_of_turn(case: Case) -> None:
    case.to("ACCEPTED")
    url = f"{case.url}/credit-authorizations/code"
    refused(case.rm.post(url, {}), 409, "identity_not_verified")
    refused(case.phone(case.bank.co_rm).post(url, {}), 403, "not_in_charge")
    case.verify()
    case.customer.describe(mobile="")
    case.customer.save()
    refused(case.rm.post(url, {}), 422, "mobile_missing")


def test_either_a_signature_or_a_code(case: Case) -> None:
    case.to("ID_VERIFIED")
    text = text_of(case)
    said = {"text_sha256": text["sha256"], "place": "支行"}
    assert case.upload("credit-authorizations", **said).status_code == 400
    assert case.upload("credit-authorizations", signature=signature(), code="123456", **said).status_code == 400
    assert case.upload("credit-authorizations", code="12345", **said).status_code == 400


# --- The ledger ----------------------------------------------------------------------------------
def test_each_query_is_a_line_of_the_ledger(case: Case) -> None:
    case.to("INVESTIGATING")
    use = CreditGrantUse.objects.get()
    assert (use.reason, use.by, use.authorization) == ("02", case.bank.query_officer, CreditAuthorization.objects.get())
    assert use.authorization.spent_at == use.at
    for change in (lambda: CreditGrantUse.objects.update(reason="01"), CreditGrantUse.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def spend_directly(case: Case, **said: Any) -> None:
    """A line written past every rule of the code."""
    grant = CreditAuthorization.objects.get()
    line = {"reason": "02", "identity_index": "x", "by": case.bank.query_officer, **said}
    with transaction.atomic():
        CreditGrantUse.objects.create(authorization=grant, **line)


def test_the_database_spends_no_consent_that_does_not_cover_it(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    today = clock.today()
    for said in ({"reason": "08"}, {"on": today + timedelta(days=31)}, {"on": today - timedelta(days=1)}):
        with pytest.raises(IntegrityError):
            spend_directly(case, **said)
    spend_directly(case)
    with pytest.raises(IntegrityError):
        spend_directly(case)


def test_the_database_spends_no_revoked_consent(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    number = CreditAuthorization.objects.get().authorization_no
    done(case.post(f"credit-authorizations/{number}/revoke", {"reason": "客户改变主意"}))
    with pytest.raises(IntegrityError):
        spend_directly(case)


def test_the_database_takes_no_report_without_a_line(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    grant = CreditAuthorization.objects.get()
    said = {"application": case.row, "authorization": grant, "reason": "02", "queried_by": case.bank.query_officer}
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditReport.objects.create(**said)
    spend_directly(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditReport.objects.create(**said | {"reason": "08"})
    CreditReport.objects.create(**said)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditReport.objects.update(reason="01")


# --- The report ----------------------------------------------------------------------------------
def test_a_report_that_has_run_out_is_closed_to_everybody(case: Case) -> None:
    case.to("INVESTIGATING")
    report = CreditReport.objects.get()
    url = f"{case.url}/credit-reports/{report.pk}"
    assert case.phone(case.bank.approver).get(url).status_code == 200
    with clock.at(clock.now() + timedelta(days=31)):
        refused(case.phone(case.bank.approver).get(url), 409, "report_expired")
    assert report.views.count() == 1


# --- What is odd ---------------------------------------------------------------------------------
def alerts(case: Case, who: str = "manager", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(case.phone(getattr(case.bank, who)).get("/api/v1/credit-alerts", query))[
        "results"
    ]
    return found


def kinds(case: Case) -> list[str]:
    return sorted(each["kind"] for each in alerts(case))


def test_an_attempt_without_consent_is_told_to_the_head_of_the_branch(case: Case) -> None:
    case.to("ID_VERIFIED")
    refused(order(case), 409, "no_open_application")
    refused(order(case), 409, "no_open_application")
    (alert,) = alerts(case)
    assert (alert["kind"], alert["state"], alert["owner"]["name"]) == ("WITHOUT_GRANT", "OPEN", "刘行长")
    assert alert["officer"]["name"] == "孙查询"
    assert Notice.objects.filter(stream__staff=case.bank.manager, kind="credit.alert").count() == 1
    assert AuditEntry.objects.filter(action="loan.query_credit_refused").count() == 2


def test_a_query_under_way_is_nothing_odd(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    order(case)
    refused(order(case), 409, "query_under_way")
    assert alerts(case) == []


def test_unused_consents(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    assert credit_alerts.watch() == 0
    with clock.at(clock.now() + timedelta(days=8)):
        assert credit_alerts.watch() == 1
        assert credit_alerts.watch() == 0
    assert kinds(case) == ["UNUSED"]


def test_consents_that_ran_out_unused(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    with clock.at(clock.now() + timedelta(days=31)):
        credit_alerts.watch()
    assert kinds(case) == ["EXPIRED"]


def test_a_consent_taken_back_is_nothing_odd(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    number = CreditAuthorization.objects.get().authorization_no
    done(case.post(f"credit-authorizations/{number}/revoke", {"reason": "客户改变主意"}))
    with clock.at(clock.now() + timedelta(days=8)):
        assert credit_alerts.watch() == 0


@pytest.mark.parametrize(
    "moment, odd",
    [
        (WORKING_DAY, False),
        (WORKING_DAY.replace(hour=18, minute=59), False),
        (WORKING_DAY.replace(hour=19, minute=0), True),
        (WORKING_DAY.replace(hour=7, minute=59), True),
        (WORKING_DAY.replace(hour=2), True),
        (datetime(2026, 11, 22, 10, tzinfo=SHANGHAI), True),
        (datetime(2026, 10, 1, 10, tzinfo=SHANGHAI), True),
    ],
    ids=["morning", "before-closing", "closing", "before-opening", "night", "sunday", "national-day"],
)
def test_the_banks_hours(thresholds: None, moment: datetime, odd: bool) -> None:
    assert credit_alerts.is_working_time(moment) is not odd


def test_queries_out_of_hours(known: Case) -> None:
    with clock.at(WORKING_DAY.replace(hour=2)):
        known.to("CREDIT_AUTHORIZED").query()
        assert credit_alerts.watch() == 1
    assert kinds(known) == ["OFF_HOURS"]
    (alert,) = alerts(known)
    assert alert["officer"]["name"] == "孙查询"


def test_many_queries_within_an_hour(case: Case, another_case: Callable[..., Case]) -> None:
    Parameter.objects.filter(code="loan.credit_queries_an_hour").update(value=1)
    cases = [case, another_case()]
    Ownership.objects.update(effective_from=date(2020, 1, 1))
    for minute, one in enumerate(cases):
        with clock.at(WORKING_DAY + timedelta(minutes=minute)):
            one.to("CREDIT_AUTHORIZED").query()
    with clock.at(WORKING_DAY + timedelta(hours=12)):
        assert credit_alerts.watch() == 1
    assert kinds(case) == ["BURST"]


def test_the_same_person_again_and_again(known: Case) -> None:
    """In whatever part and whatever case: each query shows on his report."""
    Parameter.objects.filter(code="loan.credit_queries_a_person").update(value=1)
    with clock.at(WORKING_DAY):
        known.to("CREDIT_AUTHORIZED").query()
        done(known.post("withdraw", {"reason": "客户撤回", "evidence": "书面申请"}))
        again = Case(known.bank, known.run_jobs, known.customer, phones=known.phones).to("CREDIT_AUTHORIZED").query()
        assert credit_alerts.watch() == 1
    assert [each["application_no"] for each in alerts(known)] == [again.row.application_no]
    assert kinds(known) == ["SAME_PERSON"]


def test_the_nights_job_watches(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    with clock.at(clock.now() + timedelta(days=8)):
        jobs.watch_credit_queries()
    assert kinds(case) == ["UNUSED"]


def test_handling(case: Case) -> None:
    case.to("ID_VERIFIED")
    order(case)
    (alert,) = alerts(case)
    url = f"/api/v1/credit-alerts/{alert['id']}/handle"
    refused(case.phone(case.bank.rm).post(url, {"note": "无"}), 403, "not_permitted")
    refused(case.phone(case.bank.other_manager).post(url, {"note": "无"}), 404, "not_found")
    assert case.phone(case.bank.manager).post(url, {"note": ""}).status_code == 400
    handled = done(case.phone(case.bank.manager).post(url, {"note": "误操作，已提醒"}))
    assert (handled["state"], handled["handled_by"]["name"]) == ("HANDLED", "刘行长")
    refused(case.phone(case.bank.manager).post(url, {"note": "再次"}), 409, "alert_handled")
    assert alerts(case, state="OPEN") == []
    assert len(alerts(case, state="HANDLED", kind="WITHOUT_GRANT")) == 1


def test_who_sees_alerts(case: Case) -> None:
    case.to("ID_VERIFIED")
    order(case)
    assert len(alerts(case, "city_manager")) == len(alerts(case, "auditor")) == 1
    assert alerts(case, "other_manager") == []
    refused(case.phone(case.bank.query_officer).get("/api/v1/credit-alerts"), 403, "not_permitted")


def test_without_a_manager_of_its_own_the_branch_above_answers(case: Case) -> None:
    type(case.bank.manager).objects.filter(pk=case.bank.manager.pk).update(is_active=False)
    case.to("ID_VERIFIED")
    order(case)
    assert CreditQueryAlert.objects.get().owner == case.bank.city_manager
