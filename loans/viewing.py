"""Looking at pictures of the file: always the re-made copy, with a watermark, and with a line in the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import NotFound
from loans import evidence, watermark
from loans.models import LoanApplication, Material, MaterialView, ViewPurpose
from loans.transitions import subject_of
from organization.access import require
from organization.models import Staff
from organization.roles import Role

#: For what a person looks, unless he says.
_BY_ROLE = {
    Role.REVIEWER: ViewPurpose.REVIEW,
    Role.APPROVER: ViewPurpose.REVIEW,
    Role.DISBURSEMENT_OFFICER: ViewPurpose.DISBURSEMENT,
    Role.POST_LOAN_REVIEWER: ViewPurpose.POST_LOAN,
    Role.AUDITOR: ViewPurpose.AUDIT,
}


@dataclass(frozen=True, kw_only=True)
class Looker:
    """Who looks, from where, and what for."""

    staff: Staff
    purpose: ViewPurpose | None = None
    ip: str | None = None
    device: str = ""

    def purpose_or_usual(self) -> ViewPurpose:
        """As said, else as the person's part in lending has it."""
        usual = next((_BY_ROLE[role] for role in _BY_ROLE if self.staff.has_role(role)), ViewPurpose.APPLICATION)
        return self.purpose or usual


@transaction.atomic
def look(application: LoanApplication, material_id: UUID, *, by: Looker, small: bool = False) -> bytes:
    """The re-made copy (or its thumbnail) as JPEG, for one look, which is logged. The original is never shown.

    Raises NotFound."""
    require(by.staff, "loan.read")
    material = application.materials.standing().filter(pk=material_id).first()
    if material is None:
        raise NotFound("没有找到该资料")
    purpose = by.purpose_or_usual()
    MaterialView.objects.create(
        material=material, by=by.staff, purpose=purpose, is_thumbnail=small, ip=by.ip, device=by.device
    )
    audit.record(
        by=by.staff,
        action="loan.view_material",
        subject=subject_of(application),
        material=str(material_id),
        purpose=str(purpose),
        small=small,
    )
    return watermark.marked(_kept(material, small=small), words(application, purpose, by.staff))


def note(materials: Iterable[Material], *, by: Looker) -> None:
    """Put on record that the person saw these pictures small, within a paper."""
    purpose = by.purpose_or_usual()
    MaterialView.objects.bulk_create(
        MaterialView(material=each, by=by.staff, purpose=purpose, is_thumbnail=True, ip=by.ip, device=by.device)
        for each in materials
    )


def _kept(material: Material, *, small: bool) -> bytes:
    name = material.thumbnail_file if small else material.copy_file
    return evidence.fetch(name, key=material.application.data_key())


def words(application: LoanApplication, purpose: ViewPurpose, staff: Staff) -> tuple[str, ...]:
    """What stands across the picture: for what it may be used, of which case, who looked and when."""
    product = application.product.name.removesuffix("贷款").removesuffix("贷")
    moment = clock.now().astimezone(clock.SHANGHAI)
    return (
        f"仅用于{product}{purpose.label} {application.application_no}",
        f"{staff.name} {staff.employee_no} {moment:%Y-%m-%d %H:%M}",
    )
