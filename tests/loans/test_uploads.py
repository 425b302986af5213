"""Uploads in pieces: they go on where they broke off, may be repeated, are bounded, end in papers or in nothing."""

import hashlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw

from aladdin import clock
from aladdin.parameters import Parameter
from loans import evidence, uploads
from loans.models import Material, Upload, UploadPart
from tests.loans.builders import Case, done, picture, refused

Commits = Callable[..., AbstractContextManager[Any]]


def a_picture() -> bytes:
    content: bytes = picture(size=(800, 600)).read()
    return content


def a_document(pages: int = 2) -> bytes:
    sheets = [Image.new("RGB", (300, 420), "white") for _ in range(pages)]
    for number, sheet in enumerate(sheets):
        ImageDraw.Draw(sheet).rectangle((40, 40 + 60 * number, 250, 80 + 60 * number), fill="blue")
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def announce(case: Case, content: bytes, **more: Any) -> Any:
    said = {"type": "BANK_FLOW", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | more
    return case.post("uploads", said)


def put(case: Case, upload: str, offset: int, piece: bytes) -> Any:
    path = f"{case.url}/uploads/{upload}/content?offset={offset}"
    return case.rm.put(path, piece, content_type="application/octet-stream")


def send(case: Case, content: bytes, *, piece: int = 5000, **more: Any) -> str:
    """Announce and send all pieces; the upload's id."""
    upload: str = done(announce(case, content, **more))["id"]
    for offset in range(0, len(content), piece):
        done(put(case, upload, offset, content[offset : offset + piece]))
    return upload


def finish(case: Case, upload: str) -> Any:
    return case.post(f"uploads/{upload}/complete")


def look(case: Case, upload: str) -> dict[str, Any]:
    found: dict[str, Any] = done(case.rm.get(f"{case.url}/uploads/{upload}"))
    return found


# --- The good way --------------------------------------------------------------------------------
def test_a_picture_that_came_in_pieces_is_filed(case: Case, django_capture_on_commit_callbacks: Commits) -> None:
    case.draft()
    content = a_picture()
    upload = send(case, content, taken_at=(clock.now() - timedelta(minutes=5)).isoformat(), latitude="39.5")
    with django_capture_on_commit_callbacks(execute=True):
        told = done(finish(case, upload))
    assert (told["state"], told["received"]) == ("DONE", len(content))
    (filed,) = told["materials"]
    row = Material.objects.get(pk=filed["id"])
    assert (row.type, row.taken_at is not None, str(row.latitude)) == ("BANK_FLOW", True, "39.500000")
    assert evidence.fetch(row.original_file, key=case.customer.data_key()) == content
    assert done(finish(case, upload)) == told, "said again, the answer is the same"
    assert not UploadPart.objects.exists()


def test_pieces_lie_sealed_and_are_destroyed_when_it_is_done(
    case: Case, tmp_path: Path, django_capture_on_commit_callbacks: Commits
) -> None:
    case.draft()
    upload = send(case, a_picture())
    pieces = [tmp_path / name for name in UploadPart.objects.values_list("part_file", flat=True)]
    assert len(pieces) > 1
    assert all(each.read_bytes()[:3] == b"v1|" for each in pieces)
    with django_capture_on_commit_callbacks(execute=True):
        done(finish(case, upload))
    assert not any(each.exists() for each in pieces)


def test_it_goes_on_where_it_broke_off(case: Case) -> None:
    case.draft()
    content = a_picture()
    upload = done(announce(case, content))["id"]
    done(put(case, upload, 0, content[:3000]))
    received = look(case, upload)["received"]
    assert received == 3000
    assert refused(finish(case, upload), 409, "upload_incomplete")["received"] == 3000
    done(put(case, upload, received, content[received:]))
    assert done(finish(case, upload))["state"] == "DONE"


def test_a_piece_that_comes_twice_counts_once(case: Case) -> None:
    case.draft()
    content = a_picture()
    upload = done(announce(case, content))["id"]
    for _ in range(2):
        assert done(put(case, upload, 0, content[:3000]))["received"] == 3000
    refused(put(case, upload, 0, b"x" * 3000), 409, "upload_part_differs")
    assert refused(put(case, upload, 0, content[:2000]), 409, "upload_offset_wrong")["received"] == 3000
    assert refused(put(case, upload, 4000, content[4000:5000]), 409, "upload_offset_wrong")["received"] == 3000


def test_the_phone_may_name_it_and_announce_it_twice(case: Case) -> None:
    case.draft()
    content, name = a_picture(), str(uuid4())
    first, again = (done(announce(case, content, id=name)) for _ in range(2))
    assert first == again
    assert first["id"] == name
    refused(announce(case, content + b"x", id=name), 409, "id_taken")


# --- Documents -----------------------------------------------------------------------------------
def test_a_document_becomes_a_picture_a_page(case: Case) -> None:
    case.draft()
    content = a_document(2)
    upload = send(case, content)
    assert done(finish(case, upload))["state"] == "PROCESSING"
    assert done(finish(case, upload))["state"] == "PROCESSING"
    case.run_jobs()
    told = look(case, upload)
    assert [(each["page"], each["pages"]) for each in told["materials"]] == [(1, 2), (2, 2)]
    first, second = Material.objects.order_by("page")
    assert first.original_file == second.original_file
    assert evidence.fetch(first.original_file, key=case.customer.data_key()) == content
    assert first.copy_sha256 != second.copy_sha256
    uploads.open_document(Upload.objects.get().pk)
    assert Material.objects.count() == 2, "the job may run twice"
    shown = case.rm.get(f"{case.url}/materials/{second.pk}")
    assert shown["Content-Type"] == "image/jpeg"


def test_a_document_that_cannot_be_taken_says_why(case: Case) -> None:
    case.draft()
    Parameter.objects.filter(code="loan.pdf_pages").update(value=1)
    upload = send(case, a_document(2))
    done(finish(case, upload))
    case.run_jobs()
    told = look(case, upload)
    assert (told["state"], told["refusal"], told["materials"]) == ("REFUSED", "pdf_too_many_pages", [])
    assert "页" in told["refusal_detail"]


def test_a_case_that_moved_on_takes_no_more_pages(case: Case) -> None:
    case.draft()
    upload = send(case, a_document(1))
    done(finish(case, upload))
    done(case.post("cancel", {"reason": "客户不办了"}))
    case.run_jobs()
    assert Upload.objects.get().refusal == "materials_closed"


# --- What is refused -----------------------------------------------------------------------------
def test_what_is_not_as_announced_is_refused(case: Case, django_capture_on_commit_callbacks: Commits) -> None:
    case.draft()
    content = a_picture()
    upload = send(case, content, sha256="0" * 64)
    with django_capture_on_commit_callbacks(execute=True):
        told = done(finish(case, upload))
    assert (told["state"], told["refusal"]) == ("REFUSED", "upload_digest_differs")
    refused(put(case, upload, 0, content[:10]), 409, "upload_not_open")
    refused(finish(case, upload), 409, "upload_not_open")


@pytest.mark.parametrize(
    "content,code",
    [(b"GIF89a" + b"\0" * 50, "not_an_image"), (a_document(1)[:-40], "pdf_damaged")],
    ids=["gif", "cut off"],
)
def test_what_is_no_picture_is_refused_with_its_reason(case: Case, content: bytes, code: str) -> None:
    case.draft()
    upload = send(case, content)
    done(finish(case, upload))
    case.run_jobs()
    assert look(case, upload)["refusal"] == code


def test_the_same_file_twice_is_refused_the_second_time(case: Case) -> None:
    case.draft()
    content = a_picture()
    done(finish(case, send(case, content)))
    assert done(finish(case, send(case, content)))["refusal"] == "material_filed_already"


def test_pieces_are_bounded(case: Case) -> None:
    case.draft()
    upload = done(announce(case, b"x" * 100))["id"]
    refused(put(case, upload, 0, b""), 422, "upload_part_empty")
    refused(put(case, upload, 0, b"x" * 101), 422, "upload_exceeds_size")
    Parameter.objects.filter(code="loan.upload_part_bytes").update(value=50)
    refused(put(case, upload, 0, b"x" * 51), 422, "upload_part_too_large")
    path = f"{case.url}/uploads/{upload}/content"
    assert case.rm.put(f"{path}?offset=0", b"x", content_type="text/plain").status_code == 415
    for offset in ("", "?offset=-1", "?offset=x"):
        assert case.rm.put(path + offset, b"x", content_type="application/octet-stream").status_code == 400


@pytest.mark.parametrize(
    "threshold,value,status,code",
    [
        ("loan.upload_file_bytes", 99, 422, "upload_too_large"),
        ("loan.uploads_open_per_person", 1, 409, "too_many_uploads"),
        ("loan.upload_open_bytes_per_person", 150, 409, "upload_quota_used_up"),
    ],
)
def test_a_persons_open_uploads_are_bounded(case: Case, threshold: str, value: int, status: int, code: str) -> None:
    case.draft()
    first = None if status == 422 else done(announce(case, b"x" * 100))["id"]
    Parameter.objects.filter(code=threshold).update(value=value)
    refused(announce(case, b"y" * 100), status, code)
    if first:
        assert case.rm.delete(f"{case.url}/uploads/{first}").status_code == 204
        done(announce(case, b"y" * 100))


@pytest.mark.parametrize("wrong", [{"size": 0}, {"sha256": "x"}, {"type": "LOVE_LETTER"}, {"latitude": "91"}])
def test_an_announcement_in_bad_form_is_refused(case: Case, wrong: dict[str, Any]) -> None:
    case.draft()
    assert announce(case, b"x", **wrong).status_code == 400


def test_what_filing_would_refuse_is_refused_before_a_byte_is_sent(case: Case) -> None:
    case.draft()
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    refused(announce(case, b"x", taken_at=tomorrow), 422, "taken_in_future")
    yesterday = str(clock.today() - timedelta(days=1))
    refused(announce(case, b"x", expires_on=yesterday), 422, "material_expired")
    done(case.post("cancel", {"reason": "客户不办了"}))
    refused(announce(case, b"x"), 409, "materials_closed")


# --- Whose it is, and until when -----------------------------------------------------------------
def test_an_upload_is_its_persons_own(case: Case) -> None:
    case.draft()
    upload = done(announce(case, b"x"))["id"]
    co_rm = case.phone(case.bank.co_rm)
    path = f"{case.url}/uploads/{upload}"
    refused(co_rm.get(path), 404, "not_found")
    refused(co_rm.delete(path), 403, "not_in_charge")
    refused(
        case.post("uploads", {"type": "ID_CARD", "size": 1, "sha256": "0" * 64}, by=case.bank.manager),
        403,
        "not_permitted",
    )


def test_an_upload_that_is_given_up_or_late_leaves_nothing(
    case: Case, tmp_path: Path, django_capture_on_commit_callbacks: Commits
) -> None:
    case.draft()
    content = a_picture()
    given_up, late = (done(announce(case, content))["id"] for _ in range(2))
    for upload in (given_up, late):
        done(put(case, upload, 0, content[:3000]))
    with django_capture_on_commit_callbacks(execute=True):
        assert case.rm.delete(f"{case.url}/uploads/{given_up}").status_code == 204
    assert uploads.expire() == 0
    with clock.at(clock.now() + timedelta(hours=25)), django_capture_on_commit_callbacks(execute=True):
        refused(put(case, late, 3000, content[3000:]), 409, "upload_expired")
        assert uploads.expire() == 1
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert {look(case, upload)["state"] for upload in (given_up, late)} == {"ABANDONED", "EXPIRED"}
