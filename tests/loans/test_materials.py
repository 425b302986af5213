"""Papers: the copy is shown, the original is evidence, every look is logged, the list says what lacks."""

import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.crypto import Unreadable
from aladdin.parameters import Parameter
from loans import checklist, evidence
from loans.circumstances import Circumstances
from loans.models import Material, RequiredMaterial
from tests.loans.builders import Case, done, picture, refused


def upload(case: Case, kind: str = "ID_CARD", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = done(case.upload("materials", type=kind, file=picture(), **more))
    return found


def test_the_copy_is_shown_and_the_original_kept_sealed(case: Case, tmp_path: Path) -> None:
    case.draft()
    sent = picture().read()
    filed = done(case.upload("materials", type="ID_CARD", file=SimpleUploadedFile("a.jpg", sent, "image/jpeg")))
    shown = case.rm.get(f"{case.url}/materials/{filed['id']}")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"] == "no-store"
    assert shown.content != sent
    row = Material.objects.get()
    key = case.customer.data_key()
    copy = evidence.fetch(row.copy_file, key=key)
    assert hashlib.sha256(copy).hexdigest() == filed["copy_sha256"]
    assert shown.content != copy, "a watermark stands across it"
    assert evidence.fetch(row.original_file, key=key) == sent
    assert row.original_sha256 == hashlib.sha256(sent).hexdigest()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert path.read_bytes()[:3] == b"v1|", "nothing lies there in the clear"


def test_a_file_that_was_changed_or_moved_does_not_open(case: Case, tmp_path: Path) -> None:
    case.draft()
    upload(case)
    row, key = Material.objects.get(), case.customer.data_key()
    (tmp_path / row.copy_file).write_bytes((tmp_path / row.original_file).read_bytes())
    with pytest.raises(Unreadable):
        evidence.fetch(row.copy_file, key=key)
    with pytest.raises(evidence.EvidenceMissing):
        evidence.fetch("loans/nothing", key=key)
    with pytest.raises(Unreadable):
        evidence.fetch("../../etc/passwd", key=key)


def test_position_data_of_the_phone_is_gone(case: Case) -> None:
    case.draft()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhoneMaker"
    sheet = io.BytesIO()
    Image.new("RGB", (64, 64), "blue").save(sheet, "JPEG", exif=exif)
    assert b"SecretPhoneMaker" in sheet.getvalue()
    file = SimpleUploadedFile("a.jpg", sheet.getvalue(), "image/jpeg")
    filed = done(case.upload("materials", type="ID_CARD", file=file))
    assert b"SecretPhoneMaker" not in case.rm.get(f"{case.url}/materials/{filed['id']}").content


def test_every_look_is_logged(case: Case) -> None:
    case.draft()
    filed = upload(case)
    for path in ("", "/thumbnail"):
        assert case.phone(case.bank.manager).get(f"{case.url}/materials/{filed['id']}{path}").status_code == 200
    looks = AuditEntry.objects.filter(action="loan.view_material", by=case.bank.manager).order_by("id")
    assert [look.detail["small"] for look in looks] == [False, True]


def test_a_stranger_sees_no_picture(case: Case) -> None:
    case.draft()
    filed = upload(case)
    refused(case.phone(case.bank.stranger).get(f"{case.url}/materials/{filed['id']}"), 404, "not_found")
    refused(case.phone(case.bank.head_office).get(f"{case.url}/materials/{filed['id']}"), 403, "not_permitted")


def test_a_picture_of_another_application_is_not_found_here(case: Case, another_case: Any) -> None:
    filed = upload(case.draft())
    other = another_case().draft()
    refused(other.rm.get(f"{other.url}/materials/{filed['id']}"), 404, "not_found")


def test_taking_one_out(case: Case) -> None:
    """It no longer counts and is not shown; the row and the evidence stay."""
    case.draft()
    filed = upload(case)
    url = f"{case.url}/materials/{filed['id']}"
    refused(case.phone(case.bank.co_rm).delete(url), 403, "not_in_charge")
    assert case.rm.delete(url).status_code == 204
    refused(case.rm.get(url), 404, "not_found")
    refused(case.rm.delete(url), 404, "not_found")
    row = Material.objects.get()
    assert row.removed_by == case.bank.rm
    assert evidence.fetch(row.original_file, key=case.customer.data_key())


def test_only_the_lead_files_papers(case: Case) -> None:
    case.draft()
    refused(case.upload("materials", by=case.bank.co_rm, type="ID_CARD", file=picture()), 403, "not_in_charge")
    refused(case.upload("materials", by=case.bank.manager, type="ID_CARD", file=picture()), 403, "not_permitted")


def test_the_checklist_says_what_lacks(case: Case) -> None:
    case.draft()
    upload(case)
    shown = done(case.rm.get(f"{case.url}/materials"))["checklist"]
    assert [(each["type"], each["filed"], each["pages"], each["is_complete"]) for each in shown] == [
        ("ID_CARD", 1, 2, False),
        ("INC_PROOF", 0, 1, False),
    ]


def test_a_self_employed_customer_brings_other_papers(case: Case) -> None:
    case.draft(occupation="SELF_EMPLOYED", amount="350000.00")
    shown = done(case.rm.get(f"{case.url}/materials"))["checklist"]
    assert [each["type"] for each in shown] == ["ID_CARD", "BIZ_LICENSE", "BANK_FLOW", "ASSET_PROOF"]


def test_missing_expired_and_soon_expiring_are_three_things(case: Case) -> None:
    case.to("INVESTIGATING")
    soon = clock.today() + timedelta(days=10)
    for _ in range(2):
        upload(case, expires_on=str(soon))
    upload(case, "INC_PROOF")
    told = done(case.rm.get(f"{case.url}/next"))
    assert [each["code"] for each in told["warnings"]] == ["material_expires_soon"]
    assert "material" not in str(told["blockers"])
    with clock.at(clock.now() + timedelta(days=11)):
        told = done(case.rm.get(f"{case.url}/next"))
    assert ("material_expired", "身份证已过有效期") in [(each["code"], each["detail"]) for each in told["blockers"]]


def test_a_paper_without_a_date_is_not_expired(case: Case) -> None:
    case.draft()
    upload(case)
    entry = checklist.entries(case.row)[0]
    assert (entry.filed, entry.is_expired, entry.expires_soon) == (1, False, False)


def test_the_papers_of_one_case_are_bounded(case: Case) -> None:
    case.draft()
    Parameter.objects.filter(code="loan.materials_per_application").update(value=1)
    upload(case)
    refused(case.upload("materials", type="ID_CARD", file=picture()), 409, "too_many_materials")


@given(
    occupation=st.sampled_from(["EMPLOYED", "SELF_EMPLOYED", "FARMER", ""]),
    marital=st.sampled_from(["MARRIED", "SINGLE", ""]),
    premises=st.sampled_from(["OWNED", "RENTED", ""]),
    rows=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    amount=st.integers(1, 1_000_000),
    above=st.integers(1, 1_000_000),
)
def test_which_papers_apply(
    occupation: str, marital: str, premises: str, rows: tuple[bool, bool, bool], amount: int, above: int
) -> None:
    """Pure rule: a condition looks at its own fact alone; the threshold itself is not above it."""
    case = Circumstances(
        occupation=occupation,
        marital_status=marital,
        premises=premises,
        amount=Decimal(amount),
        has_collateral=rows[0],
        is_co_owned=rows[1],
        has_guarantor=rows[2],
    )
    applies = {
        condition: case.ask_for(RequiredMaterial(condition=condition, amount_above=above))
        for condition in RequiredMaterial.Condition.values
    }
    assert applies == {
        "ALWAYS": True,
        "SELF_EMPLOYED": occupation == "SELF_EMPLOYED",
        "EMPLOYED": occupation == "EMPLOYED",
        "FARMER": occupation == "FARMER",
        "MARRIED": marital == "MARRIED",
        "AMOUNT_ABOVE": amount > above,
        "COLLATERAL": rows[0],
        "CO_OWNED": rows[1],
        "GUARANTOR": rows[2],
        "RENTED": premises == "RENTED",
    }
