"""Pictures used before: the same file, or the same picture sent again, in another application; shown by right."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from demo import camera, cards
from loans import duplicates, likeness, materials
from loans.models import LoanApplication, PictureFingerprint, PictureMatch
from tests.loans import lending
from tests.loans.builders import Case, customer_of, done, refused

Another = Callable[..., Case]


@cache
def photo(seed: str = "1") -> bytes:
    """A card on a table; another seed is another person's card, held the same way."""
    card = cards.identity_front(cards.somebody(seed)).image
    return camera.photograph(card, camera.Shot(seed="same", size=(1000, 750), grain=0.1)).content


def worse(content: bytes) -> bytes:
    """As a messenger sends it on."""
    out = io.BytesIO()
    Image.open(io.BytesIO(content)).resize((640, 480)).save(out, "JPEG", quality=50)
    return out.getvalue()


def file(case: Case, content: bytes, kind: str = "ID_CARD") -> dict[str, Any]:
    sent = SimpleUploadedFile("a.jpg", content, "image/jpeg")
    filed: dict[str, Any] = done(case.upload("materials", type=kind, file=sent))
    case.run_jobs()
    return filed


def listed(case: Case, by: Any = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(case.phone(by or case.bank.rm).get(f"{case.url}/duplicates"))
    return found


def test_a_file_and_its_copy_are_found_and_another_persons_card_is_not(case: Case, another_case: Another) -> None:
    file(case.draft(), photo())
    other = another_case().draft()
    same, again, hers = file(other, photo()), file(other, worse(photo())), file(other, photo("2"))
    found = {each["material"]: each for each in listed(other)}
    assert set(found) == {same["id"], again["id"]}
    assert hers["id"] not in found
    assert (found[same["id"]]["is_identical"], found[again["id"]]["is_identical"]) == (True, False)
    assert found[again["id"]]["distance"] <= 6
    assert listed(case) == [], "whoever was first is not to blame"


def test_within_one_application_nothing_is_a_duplicate(case: Case) -> None:
    case.draft()
    file(case, photo())
    file(case, photo(), "SPOUSE_ID")
    assert not PictureMatch.objects.exists()


def test_where_it_was_used_is_shown_to_whom_that_case_is_visible(case: Case, another_case: Another) -> None:
    bank = case.bank
    theirs = Case(bank, case.run_jobs, customer_of(bank.stranger), phones=case.phones)
    from_west = theirs.phone(bank.stranger)
    said = {"customer": str(theirs.customer.pk), "product": "PERSONAL_CONSUMPTION"}
    theirs.id = done(from_west.post("/api/v1/loan-applications", said))["id"]
    sent = SimpleUploadedFile("a.jpg", photo(), "image/jpeg")
    done(theirs.upload("materials", by=bank.stranger, type="ID_CARD", file=sent))
    file(case.draft(), photo())
    (hidden,), (open_,) = listed(case), listed(case, bank.city_manager)
    assert (hidden["application"], hidden["application_no"], hidden["other_material"]) == (None, None, None)
    assert hidden["filed_at"]
    assert (open_["application"], open_["application_no"]) == (theirs.id, theirs.row.application_no)


def test_a_paper_taken_out_again_is_not_held_against_anybody(case: Case, another_case: Another) -> None:
    filed = file(case.draft(), photo())
    case.rm.delete(f"{case.url}/materials/{filed['id']}")
    other = another_case().draft()
    file(other, photo())
    assert listed(other) == []


def test_the_file_says_so_until_a_reviewer_has_explained_it(case: Case, another_case: Another) -> None:
    file(case.draft(), photo())
    other = lending.in_approval(another_case())
    filed = file_late(other)
    assert warnings(other) == ["picture_used_before"]
    (found,) = listed(other)
    assert found["material"] == filed
    path = f"duplicates/{found['id']}/settle"
    said = {"verdict": "EXPLAINED", "note": "借款人与前一申请的保证人为同一人"}
    refused(other.post(path, said), 403, "not_permitted")
    assert other.post(path, {"verdict": "EXPLAINED"}, by=other.bank.reviewer).status_code == 400
    done(other.post(path, said, by=other.bank.reviewer))
    refused(other.post(path, said, by=other.bank.reviewer), 409, "duplicate_settled_already")
    assert warnings(other) == []
    refused(case.post(path, said, by=case.bank.reviewer), 404, "not_found")


def file_late(case: Case) -> str:
    """A duplicate in a case that is past the intake, as if filed before."""
    LoanApplication.objects.filter(pk=case.id).update(state="INVESTIGATING")
    material = materials.add(case.row, kind="ID_CARD", file=photo(), by=case.bank.rm)
    LoanApplication.objects.filter(pk=case.id).update(state="IN_APPROVAL")
    case.run_jobs()
    return str(material.pk)


def warnings(case: Case) -> list[str]:
    told = done(case.rm.get(f"{case.url}/next"))["warnings"]
    return [each["code"] for each in told if each["code"] == "picture_used_before"]


def test_the_same_customers_next_application_is_no_alarm(case: Case) -> None:
    file(case.draft(), photo())
    again = Case(case.bank, case.run_jobs, case.customer, phones=case.phones).draft()
    file(again, photo())
    (found,) = listed(again)
    assert found["is_same_customer"]
    assert warnings(again) == []


def test_an_erased_customers_picture_is_compared_by_its_digest_alone(case: Case, another_case: Another) -> None:
    file(case.draft(), photo())
    type(case.customer).objects.filter(pk=case.customer.pk).update(data_key_sealed="")
    other = another_case().draft()
    file(other, worse(photo()))
    assert listed(other) == []
    file(other, photo())
    assert [each["is_identical"] for each in listed(other)] == [True]


def test_looking_twice_finds_once(case: Case, another_case: Another) -> None:
    file(case.draft(), photo())
    other = another_case().draft()
    filed = file(other, photo())
    duplicates.find(filed["id"])
    assert PictureMatch.objects.count() == 1


# --- For other rooms, too ------------------------------------------------------------------------
@pytest.mark.django_db
def test_other_rooms_keep_their_own_pictures_here(thresholds: None) -> None:
    mine, theirs = uuid4(), uuid4()
    likeness.remember("postloan.photo", mine, "c1c13e723a3f4929")
    likeness.remember("loans.material", theirs, "c1c13e723a3f4929")
    likeness.remember("postloan.photo", uuid4(), "")
    assert PictureFingerprint.objects.count() == 2
    near = likeness.similar("postloan.photo", "c1c13e723a3f4926")  # the last digit differs in four bits
    assert [(each.subject_id, each.distance) for each in near] == [(mine, 4)]
    assert likeness.similar("postloan.photo", "c1c13e723a3f4926", within=3) == []
    assert likeness.similar("postloan.photo", "3e3ec18dc5c0b6d6") == []
    assert likeness.similar("postloan.photo", "") == []
