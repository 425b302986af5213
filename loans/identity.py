"""Identity verification: the population register and a comparison of faces, of everybody who answers for the debt.

Three tries a day, of which the vendor's troubles and pictures without a face do not count; then, or where the register
has no photo, a second person looks at card and customer (`loans.identity_by_hand`).
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict
from loans import blockers, gates, obligors
from loans.codes import Step
from loans.gateways import identity_verification as vendor
from loans.gateways.identity_verification import FaceOutcome
from loans.leading import lead_only, touch
from loans.models import IdentityCheck, LoanApplication
from loans.obligors import Obligor
from loans.pictures import picture_of
from loans.refusals import refuse_any
from loans.states import IN_FLIGHT, State
from loans.transitions import advance, hold, subject_of
from organization.models import Staff

_BUSINESS = "贷款业务"
#: A name or number that changes later has to be verified anew before the contract, so most states allow it.
_NOT_IN = frozenset({State.DRAFT, State.DISBURSING})

Outcome, Face = IdentityCheck.Outcome, IdentityCheck.Face
#: Nobody was asked, or nobody answered: no word about the person.
NO_WORD = (Outcome.SYSTEM_ERROR, Outcome.TIMED_OUT, Outcome.LIMIT_REACHED)
FACE_NO_WORD = (Face.SYSTEM_ERROR, Face.TIMED_OUT, Face.LIMIT_REACHED)
#: The picture was no good: another one is taken at once.
FACE_RETAKE = (Face.NO_FACE, Face.SEVERAL_FACES, Face.POOR_PICTURE, Face.BAD_INPUT)


@dataclass(frozen=True)
class _Answer:
    """What the register said of a person, or had said before today; then what became of his face."""

    outcome: IdentityCheck.Outcome
    reference: str
    message: str
    face: IdentityCheck.Face | None = None
    score: Decimal | None = None


@transaction.atomic
def check_online(
    application: LoanApplication, *, face: bytes | None, by: Staff, party_id: UUID | None = None
) -> IdentityCheck:
    """One try at 联网核查 with face comparison, of the borrower or of one beside him; the last of them to pass it
    moves the case on.

    `face` is None where the person does not want his face compared, which nobody may hold against him
    (人脸识别技术应用安全管理办法): the register is asked, and a second person looks at him instead.

    A mismatch is an outcome, not an error. Raises `identity_attempts_exhausted`, `identity_already_verified`,
    `wrong_state_for_identity` (409), `identity_expired` and the codes of pictures (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.verify_identity", by)
    return try_online(obligors.one(held, party_id), face=face, by=by)


def try_online(obligor: Obligor, *, face: bytes | None, by: Staff | None, may_be_draft: bool = False) -> IdentityCheck:
    """The try itself, of a case that is held: `by` a person who may, or None for the customer through his link, who
    may show who he is before his draft is taken up. Raises what `check_online` raises of the case."""
    check_wanted(obligor, may_be_draft=may_be_draft)
    if attempts_left(obligor) == 0:
        raise Conflict("identity_attempts_exhausted", "今日联网核查次数已用完，请转人工核验")
    refuse_any(gates.identity_paper_of(obligor))
    picture = picture_of(face, field="face") if face is not None else None
    answer = _ask(obligor, picture.content if picture else None)
    check = IdentityCheck(
        method=IdentityCheck.Method.ONLINE,
        outcome=answer.outcome,
        face_outcome=answer.face or "",
        face_score=answer.score,
        passed=answer.outcome == Outcome.MATCH_WITH_PHOTO and answer.face == Face.MATCH,
        provider_reference=answer.reference,
        face_sha256=picture.original_sha256 if picture else "",
        note=answer.message[:300],
    )
    return record(obligor, check, by)


def _ask(obligor: Obligor, face: bytes | None) -> _Answer:
    """Both questions; the face only where there is something to compare it with. The picture is not kept."""
    found = _matched_today(obligor) or _ask_register(obligor)
    if found.outcome != Outcome.MATCH_WITH_PHOTO:
        return found
    if face is None:
        return _Answer(found.outcome, found.reference, found.message, Face.DECLINED)
    compared = vendor.compare_face(identity_no=obligor.person.identity_no, picture=face)
    judged = _judged(compared, obligor.application.product_version.face_score_threshold)
    return _Answer(found.outcome, found.reference, compared.message, judged, compared.score)


def _ask_register(obligor: Obligor) -> _Answer:
    person = obligor.person
    found = vendor.verify_citizen(name=person.name, identity_no=person.identity_no, business=_BUSINESS)
    return _Answer(Outcome(found.outcome), found.request_no, found.message)


def _matched_today(obligor: Obligor) -> _Answer | None:
    """A match counts until the end of the day for this case (domain 5.2): who blinked is not asked for again."""
    last = tries_today(obligor).filter(outcome=Outcome.MATCH_WITH_PHOTO).order_by("at").last()
    return _Answer(Outcome.MATCH_WITH_PHOTO, last.provider_reference, last.note) if last else None


def _judged(compared: vendor.FaceComparison, threshold: Decimal) -> IdentityCheck.Face:
    if compared.outcome == FaceOutcome.COMPARED and compared.score is not None:
        return Face.MATCH if compared.score >= threshold else Face.MISMATCH
    return Face(compared.outcome)


# --- Shared with the check by hand ---------------------------------------------------------------
def check_wanted(obligor: Obligor, *, may_be_draft: bool = False) -> None:
    """Raise unless the state allows it and he is not verified yet."""
    held = obligor.application
    if obligor.is_firm:
        raise Conflict("firm_has_no_face", "企业借款人由其法定代表人核验身份，请选择法定代表人", state=held.state)
    not_in = _NOT_IN - {State.DRAFT} if may_be_draft else _NOT_IN
    if held.state in not_in or held.state not in IN_FLIGHT:
        raise Conflict("wrong_state_for_identity", f"当前状态“{State(held.state).label}”不能核验身份", state=held.state)
    if not any(gates.identity_of(obligor)) and not blockers.is_returned_to(held, Step.IDENTITY_CHECK):
        raise Conflict("identity_already_verified", f"{obligor.title}身份已核验通过，无需重复核验")


def record(obligor: Obligor, check: IdentityCheck, by: Staff | None) -> IdentityCheck:
    """Keep the try, and move the case on where it was the last that was wanting."""
    held = obligor.application
    check.application, check.party, check.by, check.at = held, obligor.party, by, clock.now()
    check.subject_fingerprint = gates.fingerprint(obligor.person)
    check.save(force_insert=True)
    audit.record(
        by=by,
        action="loan.check_identity",
        subject=subject_of(held),
        method=check.method,
        outcome=check.outcome,
        face=str(check.face_outcome),
        passed=check.passed,
        **({"party": str(obligor.party.pk)} if obligor.party else {}),
    )
    if not (check.passed and advance(held, by=by)):
        touch(held)
    return check


def tries(obligor: Obligor) -> QuerySet[IdentityCheck]:
    """The online tries about the person as he is entered now."""
    fingerprint = gates.fingerprint(obligor.person)
    return obligor.identity_checks.filter(method=IdentityCheck.Method.ONLINE, subject_fingerprint=fingerprint)


def tries_today(obligor: Obligor) -> QuerySet[IdentityCheck]:
    """Those of them since midnight in Shanghai."""
    return tries(obligor).filter(at__gte=clock.midnight(clock.today()))


def attempts_left(obligor: Obligor) -> int:
    """Online tries left today, whatever the name and number were. The vendor's troubles, pictures without a face and
    the wish not to be compared do not count."""
    today = obligor.identity_checks.filter(method=IdentityCheck.Method.ONLINE, at__gte=clock.midnight(clock.today()))
    free = Q(outcome__in=NO_WORD) | Q(face_outcome__in=(*FACE_NO_WORD, *FACE_RETAKE, Face.DECLINED))
    return max(0, parameters.integer("loan.identity_attempts_a_day") - today.exclude(free).count())


def advice(check: IdentityCheck) -> str:
    """What the phone says about a try: what came of it and what to do now."""
    if check.passed:
        return "身份核验通过"
    if check.outcome in NO_WORD:
        return f"{check.get_outcome_display()}，本次不计入次数，请稍后重试"
    if check.outcome == Outcome.MATCH_NO_PHOTO:
        return "号码与姓名一致但无照片，请收集辅助身份证明，由行长或团队长人工核验"
    if check.outcome != Outcome.MATCH_WITH_PHOTO:
        return f"联网核查结果为“{check.get_outcome_display()}”，请核对姓名和身份证号码"
    return _about_face(check)


def _about_face(check: IdentityCheck) -> str:
    if check.face_outcome in FACE_RETAKE:
        return f"{check.get_face_outcome_display()}，本次不计入次数，请重新拍摄人脸"
    if check.face_outcome in FACE_NO_WORD:
        return f"{check.get_face_outcome_display()}，本次不计入次数，请稍后重试或转人工核验"
    if check.face_outcome == Face.MISMATCH:
        return "人脸比对未通过，请重试；次数用完后转人工核验"
    return f"人脸比对：{check.get_face_outcome_display()}，请由行长或团队长人工核验"
