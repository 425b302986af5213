"""Pictures that another application used before: found after filing, shown by right, settled by the reviewer."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from aladdin import audit, clock
from aladdin.crypto import Unreadable
from aladdin.problems import Conflict, NotFound
from loans import evidence, likeness
from loans.evidence import EvidenceMissing
from loans.materials import SUBJECT
from loans.models import LoanApplication, Material, PictureMatch
from loans.transitions import hold, subject_of
from organization.access import require
from organization.models import Staff

_LOOKED_AT = 20
"""Of very many look-alikes (blank forms), so many of the nearest are compared."""


# --- Finding -------------------------------------------------------------------------------------
@transaction.atomic
def find(material_id: UUID) -> list[PictureMatch]:
    """Compare a picture with those of other applications that were filed before it; safe to run twice."""
    material = Material.objects.select_related("application__customer").get(pk=material_id)
    found = {**_looking_alike(material), **_same_file(material)}
    for other_id, (distance, is_identical) in found.items():
        PictureMatch.objects.get_or_create(
            material=material, other_id=other_id, defaults={"distance": distance, "is_identical": is_identical}
        )
    return list(material.matches.all())


def _earlier(material: Material) -> "QuerySet[Material]":
    """Of other applications, also of those that ended; what was taken out of its file again does not count."""
    rows = Material.objects.standing().exclude(application=material.application_id)
    return rows.filter(created_at__lte=material.created_at).exclude(pk=material.pk)


def _same_file(material: Material) -> dict[UUID, tuple[int, bool]]:
    rows = _earlier(material).filter(original_sha256=material.original_sha256, page=material.page)
    return dict.fromkeys(rows.values_list("pk", flat=True), (0, True))


def _looking_alike(material: Material) -> dict[UUID, tuple[int, bool]]:
    near = {each.subject_id: each.distance for each in likeness.similar(SUBJECT, material.perceptual_hash)}
    if not near.keys() - {material.pk}:
        return {}
    rows = _earlier(material).filter(pk__in=list(near)).select_related("application__customer")
    others = sorted(rows, key=lambda row: near[row.pk])[:_LOOKED_AT]
    mine = _thumbnail(material)
    return {
        row.pk: (near[row.pk], False)
        for row in others
        if mine is not None and (theirs := _thumbnail(row)) is not None and likeness.is_same(mine, theirs)
    }


def _thumbnail(material: Material) -> bytes | None:
    """None where the customer was erased, or the file is gone: nothing can be compared any more."""
    try:
        return evidence.fetch(material.thumbnail_file, key=material.application.data_key())
    except (Unreadable, EvidenceMissing):
        return None


# --- Showing -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Duplicate:
    """A picture of this case and where it was used before; `elsewhere` only for who may see that case."""

    match: PictureMatch
    elsewhere: LoanApplication | None
    is_same_customer: bool


def of(application: LoanApplication, *, by: Staff) -> list[Duplicate]:
    """What was found about the standing papers of the case."""
    rows = PictureMatch.objects.filter(material__application=application, material__removed_at__isnull=True)
    matches = list(rows.select_related("material", "other__application__customer", "settled_by"))
    others = {each.other.application_id for each in matches}
    visible = set(LoanApplication.objects.visible_to(by).filter(pk__in=others).values_list("pk", flat=True))
    return [
        Duplicate(
            each,
            each.other.application if each.other.application_id in visible else None,
            each.other.application.customer_id == application.customer_id,
        )
        for each in matches
    ]


def are_open(application: LoanApplication) -> bool:
    """Whether something was found that nobody has explained, about papers of other customers."""
    rows = PictureMatch.objects.filter(material__application=application, material__removed_at__isnull=True)
    others = rows.exclude(other__application__customer=application.customer_id)
    return others.exclude(verdict=PictureMatch.Verdict.EXPLAINED).exists()


# --- Settling ------------------------------------------------------------------------------------
@transaction.atomic
def settle(application: LoanApplication, match_id: UUID, *, verdict: str, note: str, by: Staff) -> PictureMatch:
    """The reviewer says what it was. Raises NotFound, `duplicate_settled_already` (409)."""
    require(by, "loan.settle_duplicate")
    held = hold(application.pk)
    rows = PictureMatch.objects.select_for_update(of=("self",)).filter(material__application=held)
    match = rows.filter(pk=match_id).first()
    if match is None:
        raise NotFound("没有找到该重复影像")
    if match.verdict:
        raise Conflict("duplicate_settled_already", "该重复影像已有处理结论")
    match.verdict, match.note, match.settled_by, match.settled_at = verdict, note, by, clock.now()
    match.save()
    audit.record(by=by, action="loan.settle_duplicate", subject=subject_of(held), match=str(match.pk), verdict=verdict)
    return match
