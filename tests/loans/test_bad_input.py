"""Each thing that can be wrong with an application has its code, its Chinese message and changes nothing."""

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from aladdin import clock
from loans.models import ApplicationTransition, ListedPerson, LoanApplication
from tests.loans.builders import APPLICATIONS, TERMS, Case, customer_of, done, picture, refused


def new(case: Case, **changed: Any) -> Any:
    """A new draft as the phone would send it."""
    said = {"customer": str(case.customer.pk), "product": "PERSONAL_CONSUMPTION", **TERMS, **changed}
    return case.rm.post(APPLICATIONS, said)


# --- Limits of the product -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "changed,code,field",
    [
        ({"amount": "999.99"}, "amount_out_of_range", "amount"),
        ({"amount": "1000000.01"}, "amount_out_of_range", "amount"),
        ({"amount": "0"}, "amount_out_of_range", "amount"),
        ({"term_months": 2}, "term_out_of_range", "term_months"),
        ({"term_months": 61}, "term_out_of_range", "term_months"),
        ({"purpose": "WORKING_CAPITAL"}, "purpose_not_allowed", "purpose"),
        ({"purpose": "HOUSE"}, "purpose_not_allowed", "purpose"),
        ({"repayment_method": "BULLET"}, "repayment_method_not_allowed", "repayment_method"),
        ({"product": "NO_SUCH"}, "product_not_on_shelf", "product"),
    ],
)
def test_beyond_the_products_limits(case: Case, changed: dict[str, Any], code: str, field: str) -> None:
    content = refused(new(case, **changed), 422, code)
    assert list(content["errors"]) == [field]
    assert not LoanApplication.objects.exists()


@pytest.mark.parametrize("amount", ["1000.00", "1000000.00"])
def test_the_limits_belong_to_the_range(case: Case, amount: str) -> None:
    assert done(new(case, amount=amount))["amount"] == amount


def test_every_broken_limit_is_said_at_once(case: Case) -> None:
    content = refused(new(case, amount="1", term_months=99, purpose="HOUSE"), 422, "amount_out_of_range")
    assert set(content["errors"]) == {"amount", "term_months", "purpose"}


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "1e400"},
        {"amount": "12.345"},
        {"amount": "NaN"},
        {"amount": True},
        {"term_months": 10**20},
        {"repayment_day": 0},
        {"repayment_day": 32},
        {"purpose": "GAMBLING"},
        {"purpose_note": "\x00"},
        {"payee_account": "12-34"},
        {"customer": "nobody"},
        {"customer": None},
        {"identity_expires_on": "2026-13-01"},
    ],
    ids=str,
)
def test_what_is_no_value_at_all(case: Case, changed: dict[str, Any]) -> None:
    answer = new(case, **changed)
    assert answer.status_code == 400, answer.json()
    assert answer.json()["code"] in {"invalid", "malformed"}
    assert not LoanApplication.objects.exists()


@pytest.mark.parametrize(
    "born,code",
    [(date(2012, 1, 1), "age_out_of_range"), (date(1955, 1, 1), "age_out_of_range")],
)
def test_too_young_or_too_old(case: Case, born: date, code: str) -> None:
    customer = customer_of(case.bank.rm, born=born)
    refused(new(case, customer=str(customer.pk)), 422, code)


@pytest.mark.parametrize("years,fits", [(18, True), (65, True), (17, False), (66, False)])
def test_age_counts_completed_years(case: Case, years: int, fits: bool) -> None:
    """On the day before the birthday one is a year younger."""
    today = clock.today()
    born = date(today.year - years, today.month, min(today.day, 28))
    answer = new(case, customer=str(customer_of(case.bank.rm, born=born).pk))
    assert answer.status_code == (201 if fits else 422)


# --- Acceptance ----------------------------------------------------------------------------------
def test_acceptance_names_every_missing_field(case: Case) -> None:
    case.draft(amount=None, purpose=None, occupation=None)
    content = refused(case.post("accept"), 422, "field_missing")
    assert set(content["errors"]) == {"amount", "purpose", "occupation"}
    assert case.row.state == "DRAFT"


def test_one_application_in_flight_a_product(case: Case) -> None:
    case.to("ACCEPTED")
    second = Case(case.bank, case.run_jobs, case.customer, phones=case.phones).draft()
    content = refused(second.post("accept"), 409, "application_in_flight")
    assert case.row.application_no in content["detail"]
    done(case.post("withdraw", {"reason": "客户另有安排", "evidence": "书面申请"}))
    second.accept()


def test_another_product_is_another_matter(case: Case) -> None:
    case.to("ACCEPTED")
    second = Case(case.bank, case.run_jobs, case.customer, phones=case.phones)
    second.draft(product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED").accept()


@pytest.mark.parametrize(
    "list_,code", [("BLACKLIST", "customer_blacklisted"), ("RELATED_PARTY", "related_party_unsecured")]
)
def test_listed_people(case: Case, list_: str, code: str) -> None:
    case.draft()
    listed = ListedPerson.objects.create(
        list=list_, identity_index=case.customer.identity_index, reason="测试", effective_from=clock.today()
    )
    refused(case.post("accept"), 422, code)
    listed.effective_from, listed.effective_to = clock.today() - timedelta(days=2), clock.today()
    listed.save()
    case.accept()


# --- Repetition, staleness, order ----------------------------------------------------------------
def test_the_same_submission_again_has_one_effect(case: Case) -> None:
    case.draft()
    first = case.rm.post(f"{case.url}/accept", {}, key="once")
    again = case.rm.post(f"{case.url}/accept", {}, key="once")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert ApplicationTransition.objects.filter(application=case.row, name="accept").count() == 1


def test_another_submission_of_the_same_is_out_of_order(case: Case) -> None:
    case.to("ACCEPTED")
    content = refused(case.post("accept"), 409, "illegal_transition")
    assert content["blockers"][0]["code"] == "wrong_state"
    assert content["state"] == "ACCEPTED"


def test_a_draft_made_on_the_phone_is_entered_once(case: Case) -> None:
    chosen = str(uuid4())
    assert new(case, id=chosen).status_code == 201
    again = new(case, id=chosen)
    assert (again.status_code, again.json()["id"]) == (200, chosen)
    assert LoanApplication.objects.count() == 1
    other = customer_of(case.bank.rm)
    refused(new(case, id=chosen, customer=str(other.pk)), 409, "id_taken")


def test_a_stale_edit(case: Case) -> None:
    case.draft()
    etag = case.rm.get(case.url)["ETag"]
    done(case.rm.patch(case.url, {"amount": "90000.00"}, etag=etag))
    content = refused(case.rm.patch(case.url, {"amount": "80000.00"}, etag=etag), 412, "stale")
    assert content["current_version"] == case.row.version
    assert case.row.amount == 90_000
    refused(case.rm.patch(case.url, {"amount": "80000.00"}), 428, "precondition_required")


def test_an_edit_beyond_the_limits(case: Case) -> None:
    case.draft()
    etag = case.rm.get(case.url)["ETag"]
    refused(case.rm.patch(case.url, {"amount": "1.00"}, etag=etag), 422, "amount_out_of_range")


def test_an_accepted_application_cannot_lose_what_it_needs(case: Case) -> None:
    case.to("ACCEPTED")
    answer = case.rm.patch(case.url, {"amount": None}, etag=case.rm.get(case.url)["ETag"])
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["identity-checks", "credit-authorizations", "materials"])
def test_a_step_out_of_order(case: Case, path: str) -> None:
    """A draft has no identity check and no authorization; papers may come early."""
    case.draft()
    text = done(case.rm.get(f"{case.url}/credit-consent-text"))
    forms: dict[str, dict[str, Any]] = {
        "identity-checks": {"face": picture()},
        "credit-authorizations": {"signature": picture(), "text_sha256": text["sha256"], "place": "x"},
        "materials": {"type": "ID_CARD", "file": picture()},
    }
    answer = case.upload(path, **forms[path])
    expected = {"identity-checks": 409, "credit-authorizations": 409, "materials": 201}
    assert answer.status_code == expected[path], answer.json()


def test_submission_says_everything_that_is_missing(case: Case) -> None:
    case.to("INVESTIGATING")
    content = refused(case.post("submit"), 409, "transition_blocked")
    codes = [each["code"] for each in content["blockers"]]
    assert codes == ["due_diligence_missing", "material_missing", "material_missing"]
    assert done(case.rm.get(f"{case.url}/next"))["blockers"][0]["detail"] in content["detail"]


def test_nothing_can_be_edited_after_submission(case: Case) -> None:
    case.to("SUBMITTED")
    etag = case.rm.get(case.url)["ETag"]
    refused(case.rm.patch(case.url, {"amount": "90000.00"}, etag=etag), 409, "not_editable")
    refused(case.upload("materials", type="OTHER_RIGHT_CERT", file=picture()), 409, "materials_closed")
    refused(case.post("due-diligence/confirm", by=case.bank.co_rm), 409, "wrong_state_for_investigation")


# --- People --------------------------------------------------------------------------------------
def test_somebody_elses_customer(case: Case) -> None:
    said = {"customer": str(case.customer.pk), "product": "PERSONAL_CONSUMPTION"}
    refused(case.phone(case.bank.other_rm).post(APPLICATIONS, said), 404, "not_found")


@pytest.mark.parametrize("who", ["rm", "stranger", "reviewer"])
def test_an_unsuitable_second_investigator(case: Case, who: str) -> None:
    staff = getattr(case.bank, who)
    refused(new(case, co_investigator=str(staff.pk)), 422, "co_investigator_not_suitable")


def test_a_reason_is_asked_for(case: Case) -> None:
    case.draft()
    for path in ("withdraw", "cancel"):
        for said in ({}, {"reason": ""}, {"reason": "   "}):
            assert case.post(path, said).status_code == 400


def test_an_ended_application_stays_ended(case: Case) -> None:
    case.draft()
    done(case.post("withdraw", {"reason": "客户不需要了"}))
    for path in ("accept", "submit", "withdraw", "cancel"):
        refused(case.post(path, {"reason": "再试"}), 409, "illegal_transition")


# --- Pictures ------------------------------------------------------------------------------------
def bomb() -> SimpleUploadedFile:
    """A small file of more pixels than any camera takes."""
    sheet = io.BytesIO()
    Image.new("1", (11_000, 11_000)).save(sheet, "PNG")
    return SimpleUploadedFile("bomb.png", sheet.getvalue(), content_type="image/png")


@pytest.mark.parametrize(
    "make,code",
    [
        (lambda: SimpleUploadedFile("a.jpg", b"%PDF-1.7 not a picture", "image/jpeg"), "not_an_image"),
        (lambda: SimpleUploadedFile("a.jpg", b"\xff\xd8\xff broken", "image/jpeg"), "image_damaged"),
        (bomb, "image_bomb"),
        (lambda: SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"0" * 30_000_000, "image/jpeg"), "image_too_large"),
    ],
    ids=["no picture", "broken", "bomb", "too large"],
)
def test_a_picture_that_is_none(case: Case, make: Any, code: str) -> None:
    case.draft()
    content = refused(case.upload("materials", type="ID_CARD", file=make()), 422, code)
    assert list(content["errors"]) == ["file"]
    assert not case.row.materials.exists()


def test_an_empty_or_missing_file(case: Case) -> None:
    case.draft()
    empty = SimpleUploadedFile("a.jpg", b"", "image/jpeg")
    assert case.upload("materials", type="ID_CARD", file=empty).status_code == 400
    assert case.upload("materials", type="ID_CARD").status_code == 400
    assert case.upload("materials", type="CAT_PICTURE", file=picture()).status_code == 400


def test_papers_from_the_future_and_the_past(case: Case) -> None:
    case.draft()
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    refused(case.upload("materials", type="ID_CARD", file=picture(), taken_at=tomorrow), 422, "taken_in_future")
    yesterday = str(clock.today() - timedelta(days=1))
    refused(case.upload("materials", type="ID_CARD", file=picture(), expires_on=yesterday), 422, "material_expired")


def test_the_same_picture_twice(case: Case) -> None:
    case.draft()
    content = picture().read()
    one, two = (SimpleUploadedFile("a.jpg", content, "image/jpeg") for _ in range(2))
    done(case.upload("materials", type="ID_CARD", file=one))
    refused(case.upload("materials", type="ID_CARD", file=two), 409, "material_filed_already")
