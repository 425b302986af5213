"""Papers of the file: pictures are made anew, the original is kept sealed, every look is logged (domain 1.6)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound
from loans import evidence, likeness
from loans.codes import MaterialType
from loans.diligence import places
from loans.imaging import Picture
from loans.leading import lead_only, touch
from loans.models import LoanApplication, Material
from loans.pictures import page_of, pages_of, picture_of
from loans.refusals import refuse
from loans.states import EDITABLE, State
from loans.transitions import hold, subject_of
from organization.models import Staff

#: Besides the intake, papers for the disbursement come in after the contract.
OPEN_IN = (*EDITABLE, State.APPROVED, State.CONTRACTING, State.CONTRACTED)
#: Under which the pictures of the room are remembered by what they look like.
SUBJECT = "loans.material"


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """When and where a picture was taken, and until when the paper is valid."""

    taken_at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    expires_on: date | None = None


@transaction.atomic
def add(
    application: LoanApplication,
    *,
    kind: str,
    file: bytes,
    by: Staff,
    taken_at: datetime | None = None,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    expires_on: date | None = None,
) -> Material:
    """File one picture of one paper.

    Raises the codes of pictures (422), `material_expired`, `taken_in_future` (422), `materials_closed`,
    `material_filed_already`, `too_many_materials` (409)."""
    around = Circumstances(taken_at=taken_at, latitude=latitude, longitude=longitude, expires_on=expires_on)
    held = check_open(application, around, by=by)
    picture = picture_of(file, field="file")
    original = evidence.keep(file, application_id=held.pk, key=held.data_key())
    material = _file(Material(application=held, type=kind, uploaded_by=by), around, picture, original, len(file))
    touch(held)
    return material


@transaction.atomic
def add_pages(
    application: LoanApplication, *, kind: str, file: bytes, pages: list[Picture], by: Staff, around: Circumstances
) -> list[Material]:
    """File a PDF page by page, each as the picture that `pages_in` made of it; the document is kept once, sealed.

    Raises what `add` raises."""
    held = check_open(application, around, by=by)
    _check_room(held, len(pages))
    original = evidence.keep(file, application_id=held.pk, key=held.data_key())
    filed = []
    for number, picture in enumerate(pages, start=1):
        material = Material(application=held, type=kind, uploaded_by=by, page=number, pages=len(pages))
        filed.append(_file(material, around, picture, original, len(file)))
    touch(held)
    return filed


def pages_in(file: bytes) -> list[Picture]:
    """Every page of a PDF made anew as a picture. It takes a while: hold no lock.

    Raises the codes of documents (422): `pdf_encrypted`, `pdf_damaged`, `pdf_too_many_pages`, …"""
    return [page_of(file, number, field="file") for number in range(pages_of(file, field="file"))]


def check_open(application: LoanApplication, around: Circumstances, *, by: Staff) -> LoanApplication:
    """The application, locked, if the person may file such a paper now. Raises what `add` raises before the picture
    is looked at."""
    held = hold(application.pk)
    lead_only(held, "loan.upload_material", by)
    _check_state(held)
    _check_room(held, 1)
    _check_dates(around)
    return held


def _check_dates(around: Circumstances) -> None:
    if around.taken_at is not None and around.taken_at > clock.now():
        raise refuse("taken_in_future", "拍摄时间不能晚于现在", "taken_at")
    if around.expires_on is not None and around.expires_on < clock.today():
        raise refuse("material_expired", "该证件已过有效期", "expires_on")


def _check_state(held: LoanApplication) -> None:
    if held.state not in OPEN_IN:
        detail = f"当前状态“{State(held.state).label}”不能变更资料"
        raise Conflict("materials_closed", detail, state=held.state)


def _check_room(held: LoanApplication, more: int) -> None:
    most = parameters.integer("loan.materials_per_application")
    if held.materials.standing().count() + more > most:
        raise Conflict("too_many_materials", "该申请的影像张数已达上限")


def _file(material: Material, around: Circumstances, picture: Picture, original: str, size: int) -> Material:
    """Keep the copy and the thumbnail sealed, the row, and what the picture looks like."""
    material.taken_at, material.expires_on = around.taken_at, around.expires_on
    material.latitude, material.longitude = around.latitude, around.longitude
    material.original_file, material.original_bytes = original, size
    _describe(material, picture)
    held = material.application
    material.copy_file = evidence.keep(picture.content, application_id=held.pk, key=held.data_key())
    material.thumbnail_file = evidence.keep(picture.thumbnail, application_id=held.pk, key=held.data_key())
    _insert(material)
    likeness.remember(SUBJECT, material.pk, picture.perceptual_hash)
    later("loans.look_for_duplicates", material_id=str(material.pk))
    if material.type == MaterialType.SITE_PHOTO:
        places.ask(held)
    audit.record(
        by=material.uploaded_by,
        action="loan.add_material",
        subject=subject_of(held),
        material=str(material.pk),
        type=str(material.type),
        sha256=material.original_sha256,
    )
    return material


def _describe(material: Material, picture: Picture) -> None:
    material.original_sha256, material.copy_sha256 = picture.original_sha256, picture.sha256
    material.width, material.height = picture.width, picture.height
    material.perceptual_hash = picture.perceptual_hash
    material.sharpness, material.glare = picture.scores.sharpness, picture.scores.glare
    material.brightness = picture.scores.brightness


def _insert(material: Material) -> None:
    try:
        with transaction.atomic():
            material.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("material_filed_already", "同一张图片已上传到该资料类型") from error


@transaction.atomic
def remove(application: LoanApplication, material_id: UUID, *, by: Staff) -> None:
    """Take a picture out of the file. The row and the sealed files stay; it no longer counts and is not shown.

    Raises NotFound, `materials_closed` (409)."""
    held = hold(application.pk)
    lead_only(held, "loan.upload_material", by)
    _check_state(held)
    material = held.materials.standing().filter(pk=material_id).first()
    if material is None:
        raise NotFound("没有找到该资料")
    material.removed_at, material.removed_by = clock.now(), by
    material.save(update_fields=["removed_at", "removed_by"])
    audit.record(by=by, action="loan.remove_material", subject=subject_of(held), material=str(material_id))
    touch(held)
