"""Credit bureau: the customer's signature first, one grant for one query, by the query officer, every look logged."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from PIL import Image

from aladdin import clock
from aladdin.audit import AuditEntry
from loans import bureau, idleness
from loans.models import CreditAuthorization, CreditReport, CreditReportView
from notifications.models import Notice
from tests.loans.builders import Case, done, refused, signature
from tests.sandbox_server import Sandbox


def order(case: Case, reason: str = "02", **who: Any) -> Any:
    return case.post("credit-reports", {"reason": reason}, by=who.get("by", case.bank.query_officer))


# --- The grant -----------------------------------------------------------------------------------
def test_what_is_signed_is_what_was_shown(case: Case) -> None:
    case.to("ID_VERIFIED")
    text = done(case.rm.get(f"{case.url}/credit-consent-text"))
    assert case.customer.name in text["body"]
    assert case.customer.identity_no not in text["body"]
    done(case.sign())
    grant = CreditAuthorization.objects.get()
    assert (grant.text_sha256, grant.text_version) == (text["sha256"], text["version"])
    assert grant.signed_place == "广阳支行"
    assert grant.signed_device
    assert grant.signed_ip == "127.0.0.1"
    assert grant.witnessed_by == case.bank.rm
    assert grant.valid_until == clock.today() + timedelta(days=30)
    assert case.row.state == "CREDIT_AUTHORIZED"


def test_another_text_than_the_one_shown(case: Case) -> None:
    case.to("ID_VERIFIED")
    form: dict[str, Any] = {"signature": signature(), "text_sha256": "0" * 64, "place": "支行"}
    refused(case.upload("credit-authorizations", **form), 422, "consent_text_changed")
    form = {"signature": signature(), "text_sha256": "no digest", "place": "支行"}
    assert case.upload("credit-authorizations", **form).status_code == 400


def test_a_blank_sheet_is_no_signature(case: Case) -> None:
    case.to("ID_VERIFIED")
    text = done(case.rm.get(f"{case.url}/credit-consent-text"))
    sheet = SimpleUploadedFile("s.png", _white(), "image/png")
    form: dict[str, Any] = {"signature": sheet, "text_sha256": text["sha256"], "place": "支行"}
    refused(case.upload("credit-authorizations", **form), 422, "signature_blank")
    form["signature"] = SimpleUploadedFile("s.png", b"scribble", "image/png")
    refused(case.upload("credit-authorizations", **form), 422, "not_an_image")


def _white() -> bytes:
    sheet = io.BytesIO()
    Image.new("RGB", (400, 160), "white").save(sheet, "PNG")
    return sheet.getvalue()


def test_one_standing_grant_at_a_time(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    refused(case.sign(), 409, "already_authorized")


def test_only_the_lead_takes_the_signature(case: Case) -> None:
    case.to("ID_VERIFIED")
    refused(case.phone(case.bank.query_officer).get(f"{case.url}/credit-consent-text"), 403, "not_permitted")
    form: dict[str, Any] = {"signature": signature(), "text_sha256": "0" * 64, "place": "支行"}
    refused(case.upload("credit-authorizations", by=case.bank.co_rm, **form), 403, "not_in_charge")


def test_a_revoked_grant_sends_the_case_back(case: Case) -> None:
    """Back to acceptance, and on again as far as the identity check still holds."""
    case.to("CREDIT_AUTHORIZED")
    number = CreditAuthorization.objects.get().authorization_no
    done(case.post(f"credit-authorizations/{number}/revoke", {"reason": "客户改变主意"}))
    assert case.row.state == "ID_VERIFIED"
    names = list(case.row.transitions.values_list("name", flat=True))
    assert names[-2:] == ["fall_back", "verify_identity"]
    refused(order(case), 409, "no_open_application")
    refused(case.post(f"credit-authorizations/{number}/revoke", {"reason": "再次"}), 409, "authorization_revoked")
    refused(case.post("credit-authorizations/ZX0/revoke", {"reason": "x"}), 404, "not_found")


def test_a_spent_grant_cannot_be_revoked(case: Case) -> None:
    case.to("INVESTIGATING")
    number = CreditAuthorization.objects.get().authorization_no
    refused(case.post(f"credit-authorizations/{number}/revoke", {"reason": "x"}), 409, "authorization_spent")


def test_an_unused_grant_runs_out(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    with clock.at(clock.now() + timedelta(days=31)):
        refused(order(case), 409, "credit_not_authorized")
        assert idleness.recheck_gates() == 1
        assert case.row.state == "ID_VERIFIED"
        case.authorize().query()
        assert case.row.state == "INVESTIGATING"


# --- The query -----------------------------------------------------------------------------------
def test_one_grant_one_query(case: Case, sandbox: Sandbox) -> None:
    case.to("CREDIT_AUTHORIZED")
    answer = order(case)
    assert (answer.status_code, answer.json()["state"]) == (202, "QUERYING")
    refused(order(case), 409, "query_under_way")
    assert _lacks(case) == ["credit_query_under_way"]
    case.run_jobs()
    report = CreditReport.objects.get()
    assert (report.state, report.queried_by, case.row.state) == (
        "RECEIVED",
        case.bank.query_officer,
        "INVESTIGATING",
    )
    assert report.authorization.spent_at is not None
    refused(order(case), 409, "credit_not_authorized")
    assert len(sandbox.log("bureau", "report")) == 1


def test_the_database_holds_one_query_a_grant(case: Case) -> None:
    case.to("INVESTIGATING")
    report = CreditReport.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditReport.objects.create(
            application=case.row, authorization=report.authorization, reason="02", queried_by=case.bank.query_officer
        )


@pytest.mark.parametrize("state", ["DRAFT", "ACCEPTED", "ID_VERIFIED"])
def test_a_query_without_a_grant_is_refused_and_on_record(case: Case, sandbox: Sandbox, state: str) -> None:
    """Nothing is asked, and the attempt stays in the audit although the query did not happen."""
    case.to(state)
    refused(order(case), 409, "no_open_application")
    entry = AuditEntry.objects.get(action="loan.query_credit_refused")
    assert (entry.by, entry.subject) == (case.bank.query_officer, f"loan-application/{case.id}")
    assert entry.detail == {"reason": "02", "code": "no_open_application"}
    case.run_jobs()
    assert sandbox.log("bureau") == []


def test_a_query_for_another_purpose_than_granted(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    refused(order(case, "08"), 409, "reason_not_authorized")
    assert case.post("credit-reports", {"reason": "99"}, by=case.bank.query_officer).status_code == 400
    assert AuditEntry.objects.filter(action="loan.query_credit_refused").count() == 1


@pytest.mark.parametrize("who", ["rm", "co_rm", "manager", "reviewer", "approver"])
def test_nobody_else_queries(case: Case, who: str) -> None:
    case.to("CREDIT_AUTHORIZED")
    refused(order(case, by=getattr(case.bank, who)), 403, "not_permitted")
    assert not CreditReport.objects.exists()


def test_an_unreachable_bureau_is_asked_again_later_under_the_same_grant(case: Case, sandbox: Sandbox) -> None:
    case.to("CREDIT_AUTHORIZED")
    sandbox.fault("bureau", "report", "error", times=1)
    order(case)
    case.run_jobs()
    assert CreditReport.objects.get().state == "QUERYING"
    with clock.at(clock.now() + timedelta(minutes=1)):
        case.run_jobs()
    assert CreditReport.objects.get().state == "RECEIVED"


def test_a_bureau_that_stays_silent_fails_the_query_which_can_be_ordered_again(case: Case, sandbox: Sandbox) -> None:
    case.to("CREDIT_AUTHORIZED")
    sandbox.fault("bureau", "report", "error", times=None)
    order(case)
    for minutes in range(bureau.TRIES):
        with clock.at(clock.now() + timedelta(minutes=10 * minutes)):
            case.run_jobs()
    report = CreditReport.objects.get()
    assert (report.state, report.attempts) == ("FAILED", bureau.TRIES - 1)
    assert report.failure
    assert case.row.state == "CREDIT_AUTHORIZED"
    assert _lacks(case) == ["credit_query_failed"]
    sandbox.heal()
    assert order(case).status_code == 202
    case.run_jobs()
    assert CreditReport.objects.get().state == "RECEIVED"


def test_a_second_run_of_the_job_asks_nothing(case: Case, sandbox: Sandbox) -> None:
    case.to("INVESTIGATING")
    bureau.query(CreditReport.objects.get().pk)
    assert len(sandbox.log("bureau", "report")) == 1


def test_a_report_that_has_run_out_needs_a_new_consent_without_moving_the_case(case: Case) -> None:
    case.to("READY")
    refused(case.sign(), 409, "report_still_valid")
    CreditReport.objects.update(expires_on=clock.today() - timedelta(days=1))
    blocked = refused(case.post("submit"), 409, "transition_blocked")
    assert [each["code"] for each in blocked["blockers"]] == ["credit_report_expired"]
    case.authorize().query()
    assert case.row.state == "INVESTIGATING"
    case.submit()


def _lacks(case: Case) -> list[str]:
    """What the phone is told that is missing."""
    return [each["code"] for each in done(case.rm.get(f"{case.url}/next"))["blockers"]]


# --- Reading -------------------------------------------------------------------------------------
def test_the_report_is_sealed_and_every_look_is_logged(case: Case) -> None:
    case.to("INVESTIGATING")
    report = CreditReport.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT body_sealed FROM loans_creditreport")
        assert "summary" not in cursor.fetchone()[0]
    url = f"{case.url}/credit-reports/{report.pk}"
    content = done(case.phone(case.bank.reviewer).get(url))
    assert content["content"]["report_no"] == report.report_no
    look = CreditReportView.objects.get()
    assert (look.by, look.report, look.ip) == (case.bank.reviewer, report, "127.0.0.1")


def test_who_may_open_it(case: Case) -> None:
    case.to("INVESTIGATING")
    url = f"{case.url}/credit-reports/{CreditReport.objects.get().pk}"
    for who, status in (("rm", 403), ("manager", 403), ("auditor", 403), ("approver", 200), ("stranger", 403)):
        assert case.phone(getattr(case.bank, who)).get(url).status_code == status, who
    assert CreditReportView.objects.count() == 1


def test_the_figures_are_for_who_investigates_or_decides(case: Case) -> None:
    case.to("INVESTIGATING")
    for who, sees in (("rm", True), ("co_rm", True), ("reviewer", True), ("manager", False), ("auditor", False)):
        shown = done(case.phone(getattr(case.bank, who)).get(case.url))["credit_reports"][0]
        assert ("monthly_payment" in shown) is sees, who


def test_a_report_under_way_cannot_be_opened(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    order(case)
    url = f"{case.url}/credit-reports/{CreditReport.objects.get().pk}"
    refused(case.phone(case.bank.approver).get(url), 409, "report_not_there")


def test_the_officers_are_told_and_then_the_investigators(case: Case) -> None:
    case.to("INVESTIGATING")
    told = {
        (notice.kind, str(notice.stream.staff).partition("（")[0])
        for notice in Notice.objects.select_related("stream__staff").filter(stream__staff__isnull=False)
    }
    assert ("task.credit_query", "孙查询") in told
    assert ("loan.credit_report_ready", "王小明") in told
    assert ("loan.credit_report_ready", "李小红") in told
