"""Papers of the file: pictures are made anew, the original is kept sealed, every look is logged (domain 1.6)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound
from loans import evidence
from loans.leading import lead_only, touch
from loans.models import LoanApplication, Material
from loans.pictures import picture_of
from loans.refusals import refuse
from loans.states import EDITABLE, State
from loans.transitions import hold, subject_of
from organization.access import require
from organization.models import Staff

#: Besides the intake, papers for the disbursement come in after the contract.
OPEN_IN = (*EDITABLE, State.APPROVED, State.CONTRACTING, State.CONTRACTED)


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
    held = hold(application.pk)
    lead_only(held, "loan.upload_material", by)
    _check_open(held)
    _check_dates(taken_at, expires_on)
    material = Material(
        application=held,
        type=kind,
        taken_at=taken_at,
        latitude=latitude,
        longitude=longitude,
        expires_on=expires_on,
        uploaded_by=by,
        original_bytes=len(file),
    )
    _keep_files(held, material, file)
    _insert(material)
    audit.record(
        by=by,
        action="loan.add_material",
        subject=subject_of(held),
        material=str(material.pk),
        type=kind,
        sha256=material.original_sha256,
    )
    touch(held)
    return material


def _check_dates(taken_at: datetime | None, expires_on: date | None) -> None:
    if taken_at is not None and taken_at > clock.now():
        raise refuse("taken_in_future", "拍摄时间不能晚于现在", "taken_at")
    if expires_on is not None and expires_on < clock.today():
        raise refuse("material_expired", "该证件已过有效期", "expires_on")


def _keep_files(held: LoanApplication, material: Material, file: bytes) -> None:
    picture = picture_of(file, field="file")
    key = held.data_key()
    material.original_sha256, material.copy_sha256 = picture.original_sha256, picture.sha256
    material.width, material.height = picture.width, picture.height
    material.original_file = evidence.keep(file, application_id=held.pk, key=key)
    material.copy_file = evidence.keep(picture.content, application_id=held.pk, key=key)
    material.thumbnail_file = evidence.keep(picture.thumbnail, application_id=held.pk, key=key)


def _insert(material: Material) -> None:
    try:
        with transaction.atomic():
            material.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("material_filed_already", "同一张图片已上传到该资料类型") from error


def _check_open(held: LoanApplication) -> None:
    if held.state not in OPEN_IN:
        detail = f"当前状态“{State(held.state).label}”不能变更资料"
        raise Conflict("materials_closed", detail, state=held.state)
    if held.materials.standing().count() >= parameters.integer("loan.materials_per_application"):
        raise Conflict("too_many_materials", "该申请的影像张数已达上限")


@transaction.atomic
def remove(application: LoanApplication, material_id: UUID, *, by: Staff) -> None:
    """Take a picture out of the file. The row and the sealed files stay; it no longer counts and is not shown.

    Raises NotFound, `materials_closed` (409)."""
    held = hold(application.pk)
    lead_only(held, "loan.upload_material", by)
    _check_open(held)
    material = held.materials.standing().filter(pk=material_id).first()
    if material is None:
        raise NotFound("没有找到该资料")
    material.removed_at, material.removed_by = clock.now(), by
    material.save(update_fields=["removed_at", "removed_by"])
    audit.record(by=by, action="loan.remove_material", subject=subject_of(held), material=str(material_id))
    touch(held)


@transaction.atomic
def look(application: LoanApplication, material_id: UUID, *, by: Staff, small: bool = False) -> bytes:
    """The re-made copy (or its thumbnail) as JPEG, for one look, which is logged. The original is never shown."""
    require(by, "loan.read")
    material = application.materials.standing().filter(pk=material_id).first()
    if material is None:
        raise NotFound("没有找到该资料")
    audit.record(
        by=by,
        action="loan.view_material",
        subject=subject_of(application),
        material=str(material_id),
        small=small,
    )
    name = material.thumbnail_file if small else material.copy_file
    return evidence.fetch(name, key=application.data_key())
