"""Cards read on the phone: sent, read by a job, corrected and confirmed, kept as quality data."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as bank_settings
from django.core.management import call_command

from aladdin import clock
from aladdin.audit import AuditEntry
from crm.customers import enter
from loans.models import DocumentReading, LoanParty, Material, ReadField
from loans.ocr import readings
from tests.loans.builders import Case, done, identity_no, picture, refused
from tests.loans.recorded import RecordedEngine, fields
from tests.world import Phone

FRONT, BACK = fields("front"), fields("back")


@pytest.fixture(autouse=True)
def engine(settings: Any) -> Iterator[type[RecordedEngine]]:
    """The engine's answers are recorded; each test tells which come."""
    settings.OCR = {**settings.OCR, "ENGINE": "tests.loans.recorded.RecordedEngine"}
    RecordedEngine.told.clear()
    RecordedEngine.seen.clear()
    yield RecordedEngine
    assert not RecordedEngine.told, "everything that was told was asked for"


@pytest.fixture
def her_case(case: Case) -> Case:
    """The case of the woman whose card was recorded."""
    customer, _ = enter(
        kind="PERSON", name=FRONT["name"], identity_no=FRONT["number"], mobile="13800009999", by=case.bank.rm
    )
    return Case(case.bank, case.run_jobs, customer, phones=case.phones).draft(identity_is_long_term=False)


def read(case: Case, kind: str, *says: str, **more: Any) -> dict[str, Any]:
    """Send a picture and let the worker read it; the reading as the phone then gets it."""
    RecordedEngine.told.extend(says)
    asked = done(case.upload("readings", kind=kind, **({"file": picture()} | more)))
    assert (asked["state"], asked["fields_read"]) == ("WAITING", [])
    case.run_jobs()
    found: dict[str, Any] = done(case.rm.get(f"{case.url}/readings/{asked['id']}"))
    return found


def confirm(case: Case, reading: dict[str, Any], **corrected: str) -> Any:
    return case.post(f"readings/{reading['id']}/confirm", {"corrected": corrected})


def values(reading: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in reading["fields_read"]}


# --- Reading -------------------------------------------------------------------------------------
def test_a_card_is_read_with_its_portrait_and_filed(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_FRONT", "front")
    assert (reading["state"], reading["engine"], values(reading)) == ("READ", "recorded", FRONT)
    assert reading["remarks"] == []
    assert all(each["confidence"] > 0.5 for each in reading["fields_read"])
    assert done(her_case.rm.get(f"{her_case.url}/readings"))[0]["id"] == reading["id"]
    filed = Material.objects.get(application=her_case.row)
    assert (str(filed.pk), filed.type) == (reading["material"], "ID_CARD")
    shown = her_case.rm.get(f"{her_case.url}/readings/{reading['id']}/portrait")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "no-store")
    assert shown.content[:3] == b"\xff\xd8\xff"
    assert AuditEntry.objects.filter(action="loan.view_portrait", by=her_case.bank.rm).count() == 1


def test_the_engine_sees_the_copy_and_never_the_file_that_came_in(her_case: Case) -> None:
    sent = picture(kind="PNG")
    original = sent.read()
    sent.seek(0)
    read(her_case, "IDENTITY_FRONT", "front", file=sent)
    (seen,) = RecordedEngine.seen
    assert seen != original
    assert seen[:3] == b"\xff\xd8\xff"


def test_a_picture_that_is_filed_already_can_be_read(her_case: Case) -> None:
    filed = done(her_case.upload("materials", type="ID_CARD", file=picture()))
    RecordedEngine.told.append("back")
    asked = done(her_case.upload("readings", kind="IDENTITY_BACK", material=filed["id"]))
    her_case.run_jobs()
    assert values(done(her_case.rm.get(f"{her_case.url}/readings/{asked['id']}"))) == BACK
    assert Material.objects.filter(application=her_case.row).count() == 1


def test_a_reading_needs_a_picture_of_this_case(her_case: Case, case: Case) -> None:
    refused(her_case.upload("readings", kind="IDENTITY_FRONT"), 422, "picture_missing")
    other = done(case.draft().upload("materials", type="ID_CARD", file=picture()))
    refused(her_case.upload("readings", kind="IDENTITY_FRONT", material=other["id"]), 404, "not_found")
    party = "01900000-0000-7000-8000-000000000000"
    refused(her_case.upload("readings", kind="IDENTITY_FRONT", file=picture(), party=party), 404, "not_found")
    assert her_case.upload("readings", kind="PASSPORT", file=picture()).status_code == 400


def test_what_is_no_card_and_what_is_its_other_side_are_told_apart(her_case: Case) -> None:
    nothing = read(her_case, "IDENTITY_FRONT", "nothing")
    turned = read(her_case, "IDENTITY_FRONT", "back")
    assert [(each["state"], each["failure"]) for each in (nothing, turned)] == [
        ("FAILED", "document_not_recognised"),
        ("FAILED", "other_side"),
    ]
    assert "重拍" in nothing["failure_detail"]
    assert "翻面" in turned["failure_detail"]
    refused(confirm(her_case, nothing), 409, "reading_not_open")
    refused(her_case.rm.get(f"{her_case.url}/readings/{nothing['id']}/portrait"), 404, "not_found")


def test_an_engine_that_falls_is_asked_once_more(her_case: Case) -> None:
    asked = read(her_case, "IDENTITY_FRONT", "ocr_failed")
    assert asked["state"] == "WAITING"
    RecordedEngine.told.append("front")
    with clock.at(clock.now() + timedelta(seconds=3)):
        her_case.run_jobs()
    assert done(her_case.rm.get(f"{her_case.url}/readings/{asked['id']}"))["state"] == "READ"


@pytest.mark.parametrize("failure", ["ocr_failed", "ocr_timeout"])
def test_an_engine_that_falls_twice_leaves_it_to_the_rm(her_case: Case, failure: str) -> None:
    asked = read(her_case, "IDENTITY_FRONT", failure)
    RecordedEngine.told.append(failure)
    with clock.at(clock.now() + timedelta(seconds=3)):
        her_case.run_jobs()
    told = done(her_case.rm.get(f"{her_case.url}/readings/{asked['id']}"))
    assert (told["state"], told["failure"]) == ("FAILED", failure)
    assert "手工录入" in told["failure_detail"]


def test_a_job_that_runs_twice_reads_once(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_FRONT", "front")
    readings.read(reading["id"])
    assert ReadField.objects.filter(reading_id=reading["id"]).count() == len(FRONT)


# --- Who sees and who may ------------------------------------------------------------------------
def test_only_the_lead_reads_and_confirms(her_case: Case) -> None:
    co_rm, manager = her_case.bank.co_rm, her_case.bank.manager
    refused(her_case.upload("readings", by=co_rm, kind="IDENTITY_FRONT", file=picture()), 403, "not_in_charge")
    refused(her_case.upload("readings", by=manager, kind="IDENTITY_FRONT", file=picture()), 403, "not_permitted")
    reading = read(her_case, "IDENTITY_FRONT", "front")
    refused(her_case.post(f"readings/{reading['id']}/confirm", {}, by=co_rm), 403, "not_in_charge")


def test_others_and_later_looks_get_masks(her_case: Case) -> None:
    """The lead compares with the card in his hand; once he has confirmed, nobody needs the clear values."""
    reading = read(her_case, "IDENTITY_FRONT", "front")
    url = f"{her_case.url}/readings/{reading['id']}"
    hidden = {"name": "岑*梓", "number": "9****************6", "born": "1990-**-**", "address": "河北省****"}
    assert values(done(her_case.phone(her_case.bank.co_rm).get(url))) == FRONT | hidden
    done(confirm(her_case, reading))
    assert values(done(her_case.rm.get(url))) == FRONT | hidden
    card = read(her_case, "BANK_CARD", "bank card")
    shown = done(her_case.phone(her_case.bank.co_rm).get(f"{her_case.url}/readings/{card['id']}"))
    assert values(shown)["number"] == "6225 **** **** 3996"


def test_values_lie_sealed_with_her_key(her_case: Case) -> None:
    read(her_case, "IDENTITY_FRONT", "front")
    rows = list(ReadField.objects.values_list("read_sealed", flat=True))
    assert rows
    assert all(row.startswith("v1|data|") for row in rows if row)


# --- Confirming ----------------------------------------------------------------------------------
def test_what_was_corrected_is_kept_as_quality_data(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_FRONT", "front")
    told = done(confirm(her_case, reading, address="河北省虚构市样例区和平路189号", ethnicity="汉"))
    assert told["state"] == "CONFIRMED"
    rows = {each.name: each for each in ReadField.objects.filter(reading_id=reading["id"])}
    assert rows["address"].confirmed == "河北省虚构市样例区和平路189号"
    assert rows["address"].read == FRONT["address"]
    assert [(name, rows[name].was_corrected, rows[name].distance) for name in ("ethnicity", "name")] == [
        ("ethnicity", True, 3),
        ("name", False, 0),
    ]
    refused(confirm(her_case, reading), 409, "reading_not_open")


@pytest.mark.parametrize(
    "corrected,code",
    [
        ({"number": "999999199003152020"}, "identity_number_checksum"),
        ({"number": ""}, "field_missing"),
        ({"sex": "男"}, "sex_differs"),
        ({"born": "1991-03-15"}, "birth_differs"),
        ({"born": "15.3.1990"}, "date_invalid"),
        ({"colour": "blue"}, "field_unknown"),
    ],
)
def test_what_cannot_be_is_not_confirmed(her_case: Case, corrected: dict[str, str], code: str) -> None:
    reading = read(her_case, "IDENTITY_FRONT", "front")
    (field,) = corrected
    assert list(refused(confirm(her_case, reading, **corrected), 422, code)["errors"]) == [field]
    assert DocumentReading.objects.get(pk=reading["id"]).state == "READ"


def test_a_number_typed_with_spaces_and_a_small_x_is_the_same_number(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_FRONT", "front")
    spaced = f"{FRONT['number'][:6]} {FRONT['number'][6:14]} {FRONT['number'][14:].lower()}"
    done(confirm(her_case, reading, number=spaced))
    assert ReadField.objects.get(reading_id=reading["id"], name="number").was_corrected is False


def test_the_validity_of_the_card_goes_into_the_file(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_BACK", "back")
    done(confirm(her_case, reading))
    row = her_case.row
    assert (row.identity_expires_on, row.identity_is_long_term) == (date(2038, 5, 20), False)
    assert Material.objects.get(pk=reading["material"]).expires_on == date(2038, 5, 20)
    for_life = read(her_case, "IDENTITY_BACK", "back for life")
    assert [each["code"] for each in for_life["remarks"]] == ["validity_does_not_fit_age"]
    done(confirm(her_case, for_life))
    row = her_case.row
    assert (row.identity_expires_on, row.identity_is_long_term) == (None, True)


def test_an_expired_card_is_confirmed_as_what_it_is_and_the_gate_stops(her_case: Case) -> None:
    reading = read(her_case, "IDENTITY_BACK", "back")
    told = done(confirm(her_case, reading, valid_from="2006-05-20", valid_until="2016-05-20"))
    assert "card_expired" in [each["code"] for each in told["remarks"]]
    her_case.accept()
    refused(her_case.upload("identity-checks", face=picture()), 422, "identity_expired")


def test_a_card_of_somebody_else_is_noticed(case: Case) -> None:
    case.draft()
    told = read(case, "IDENTITY_FRONT", "front")
    assert [each["code"] for each in told["remarks"]] == ["number_differs", "name_differs"]


def test_a_guarantors_card_is_his(her_case: Case) -> None:
    said = {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国", "mobile": "13911112222"}
    party = done(her_case.post("parties", said | {"identity_no": identity_no(date(1985, 5, 1))}))["id"]
    reading = read(her_case, "IDENTITY_BACK", "back", party=party)
    assert Material.objects.get(pk=reading["material"]).type == "GUARANTOR_ID"
    done(confirm(her_case, reading))
    assert LoanParty.objects.get(pk=party).identity_expires_on == date(2038, 5, 20)
    assert her_case.row.identity_expires_on is None
    (finding,) = readings.findings(her_case.row)
    assert finding.party is not None
    assert str(finding.party.pk) == party


# --- Findings ------------------------------------------------------------------------------------
def test_forms_get_the_newest_reading_and_rather_a_confirmed_one(her_case: Case) -> None:
    first = read(her_case, "IDENTITY_FRONT", "front")
    done(confirm(her_case, first, ethnicity="汉"))
    read(her_case, "IDENTITY_FRONT", "front sideways")
    read(her_case, "LICENCE", "licence of a firm")
    read(her_case, "LICENCE", "licence of a sole proprietor")
    found = {each.kind: each for each in readings.findings(her_case.row)}
    assert set(found) == {"IDENTITY_FRONT", "LICENCE"}
    front, licence = found["IDENTITY_FRONT"], found["LICENCE"]
    assert (front.is_confirmed, front.values) == (True, FRONT | {"ethnicity": "汉"})
    assert licence.values["code"] == fields("licence of a sole proprietor")["code"]
    assert not licence.is_confirmed
    assert [each.code for each in licence.remarks] == ["representative_differs"]


# --- Bank cards ----------------------------------------------------------------------------------
def test_the_picture_of_a_bank_card_is_not_kept(her_case: Case, django_capture_on_commit_callbacks: Any) -> None:
    card = read(her_case, "BANK_CARD", "bank card")
    assert (card["material"], values(card)) == (None, fields("bank card"))
    assert not Material.objects.exists()
    kept = _picture_of(card)
    assert kept.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        done(confirm(her_case, card))
    assert not kept.exists()
    assert DocumentReading.objects.get(pk=card["id"]).picture_file == ""


def test_an_unconfirmed_picture_of_a_bank_card_goes_after_a_day(
    her_case: Case, django_capture_on_commit_callbacks: Any
) -> None:
    card = read(her_case, "BANK_CARD", "bank card")
    kept = _picture_of(card)
    assert readings.forget_pictures() == 0
    with clock.at(clock.now() + timedelta(hours=25)), django_capture_on_commit_callbacks(execute=True):
        assert readings.forget_pictures() == 1
    assert not kept.exists()
    assert DocumentReading.objects.get(pk=card["id"]).state == "READ", "the number can still be confirmed"


def _picture_of(card: dict[str, Any]) -> Path:
    return Path(bank_settings.MEDIA_ROOT) / DocumentReading.objects.get(pk=card["id"]).picture_file


# --- Quality -------------------------------------------------------------------------------------
def test_product_managers_see_how_well_each_field_is_read(her_case: Case) -> None:
    done(confirm(her_case, read(her_case, "IDENTITY_FRONT", "front"), ethnicity="汉"))
    done(confirm(her_case, read(her_case, "IDENTITY_FRONT", "front sideways")))
    read(her_case, "IDENTITY_BACK", "back")  # not confirmed: nothing is known of it
    manager = Phone(her_case.bank.product_manager)
    lines = {each["field"]: each for each in done(manager.get("/api/v1/ocr-quality"))}
    assert list(lines) == list(FRONT)
    nationality, name = lines["ethnicity"], lines["name"]
    assert (nationality["confirmed"], nationality["corrected"], nationality["accuracy"]) == (2, 1, "50.00")
    assert (name["corrected"], name["accuracy"], name["confidence_of_wrong"]) == (0, "100.00", None)
    assert Decimal(nationality["confidence_of_wrong"]) > 0
    assert done(manager.get("/api/v1/ocr-quality", {"kind": "LICENCE"})) == []
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert done(manager.get("/api/v1/ocr-quality", {"since": tomorrow})) == []
    assert len(done(manager.get("/api/v1/ocr-quality", {"until": tomorrow}))) == len(FRONT)
    refused(her_case.rm.get("/api/v1/ocr-quality"), 403, "not_permitted")


def test_the_command_prints_the_same_figures(her_case: Case) -> None:
    done(confirm(her_case, read(her_case, "IDENTITY_BACK", "back"), authority="虚构市公安局样例分局"))
    out = io.StringIO()
    call_command("ocr_quality", "--kind", "IDENTITY_BACK", stdout=out)
    (authority,) = [line for line in out.getvalue().splitlines() if "签发机关" in line]
    assert "0.00" in authority
