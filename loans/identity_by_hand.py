"""A second person looks at card and customer, where the register matched and the face could not tell (domain 1.4, 5.2).

Not by the investigators of the case. Where the register has no photo, a second document must be in the file.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from aladdin.problems import Conflict, NotPermitted
from loans import gates, obligors
from loans.codes import MaterialType
from loans.identity import FACE_NO_WORD, NO_WORD, Face, Outcome, attempts_left, check_wanted, record, tries
from loans.models import IdentityCheck, LoanApplication, Material
from loans.obligors import Obligor
from loans.refusals import refuse, refuse_any
from loans.states import State
from loans.transitions import hold
from organization.access import require
from organization.models import Staff

_MATCHES = (Outcome.MATCH_WITH_PHOTO, Outcome.MATCH_NO_PHOTO)
#: Which papers say who somebody is, besides the identity card.
_SECOND_DOCUMENTS = (
    MaterialType.HUKOU,
    MaterialType.MARRIAGE_CERT,
    MaterialType.RESIDENCE_PROOF,
    MaterialType.BIZ_LICENSE,
    MaterialType.TAX_PROOF,
    MaterialType.ACCOUNT_PROOF,
)
_LONGEST_QUEUE = 200


@transaction.atomic
def check_by_hand(
    application: LoanApplication,
    *,
    note: str,
    by: Staff,
    party_id: UUID | None = None,
    second_document_id: UUID | None = None,
) -> IdentityCheck:
    """Say that he is who he says, having looked at card and customer.

    Raises `separation_of_duties` (403), `online_check_first`, `identity_mismatch`, `online_tries_left` (409),
    `second_document_missing`, `second_document_unsuitable` (422)."""
    held = hold(application.pk)
    require(by, "loan.verify_identity_by_hand")
    if by.pk in {held.investigator_id, held.co_investigator_id}:
        raise NotPermitted("separation_of_duties", "人工核验须由调查人员以外的人办理")
    obligor = obligors.one(held, party_id)
    check_wanted(obligor)
    refuse_any(gates.identity_paper_of(obligor))
    last = _last_word(obligor)
    _require_reason(obligor, last)
    check = IdentityCheck(
        method=IdentityCheck.Method.MANUAL,
        outcome=last.outcome,
        passed=True,
        note=note,
        second_document=_second_document(held, last, second_document_id),
    )
    return record(obligor, check, by)


def _last_word(obligor: Obligor) -> IdentityCheck:
    """What the register said last about the person as he is entered now, which must be a match."""
    last = tries(obligor).exclude(outcome__in=NO_WORD).order_by("at").last()
    if last is None:
        raise Conflict("online_check_first", "请先进行联网核查，未通过时方可人工核验")
    if last.outcome not in _MATCHES:
        raise Conflict("identity_mismatch", f"联网核查结果为“{last.get_outcome_display()}”，不能以人工核验代替")
    return last


def _require_reason(obligor: Obligor, last: IdentityCheck) -> None:
    left = attempts_left(obligor)
    if not reason(obligor, last):
        raise Conflict("online_tries_left", f"今日还可重试人脸比对{left}次，次数用完后方可人工核验", attempts_left=left)


def reason(obligor: Obligor, last: IdentityCheck) -> str:
    """Why a person has to look, in words; empty while the face may still tell."""
    if last.outcome == Outcome.MATCH_NO_PHOTO:
        return "联网核查无照片"
    if last.face_outcome == Face.DECLINED:
        return "客户选择不进行人脸比对"
    if last.face_outcome == Face.NO_PHOTO_ON_FILE:
        return "人脸比对无留存照片"
    if last.face_outcome in FACE_NO_WORD:
        return last.get_face_outcome_display()
    return "当日人脸比对次数已用完" if attempts_left(obligor) == 0 else ""


def _second_document(held: LoanApplication, last: IdentityCheck, material_id: UUID | None) -> Material | None:
    if material_id is None:
        if last.outcome == Outcome.MATCH_NO_PHOTO:
            raise refuse("second_document_missing", "联网核查无照片，须另有辅助身份证明影像", "second_document")
        return None
    found: Material | None = held.materials.standing().filter(pk=material_id).first()
    if found is None or found.type not in _SECOND_DOCUMENTS:
        names = "、".join(each.label for each in _SECOND_DOCUMENTS)
        raise refuse("second_document_unsuitable", f"辅助身份证明应为已上传的{names}之一", "second_document")
    return found


# --- The queue -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Waiting:
    """Somebody at whom a second person has to look."""

    application: LoanApplication
    obligor: Obligor
    reason: str
    last: IdentityCheck


def waiting(staff: Staff) -> list[Waiting]:
    """Whom this person may look at: of the cases in sight that he does not investigate himself, the oldest first."""
    rows = LoanApplication.objects.visible_to(staff).filter(state=State.ACCEPTED, identity_checks__passed=False)
    rows = rows.exclude(investigator=staff).exclude(co_investigator=staff).distinct().order_by("state_since", "id")
    found = []
    for application in rows.select_related("customer", "product", "investigator")[:_LONGEST_QUEUE]:
        for obligor in obligors.of(application):
            found += _waiting_for(obligor)
    return found


def _waiting_for(obligor: Obligor) -> list[Waiting]:
    if not any(gates.identity_of(obligor)):
        return []
    last = tries(obligor).exclude(outcome__in=NO_WORD).order_by("at").last()
    if last is None or last.outcome not in _MATCHES or not (why := reason(obligor, last)):
        return []
    return [Waiting(obligor.application, obligor, why, last)]
