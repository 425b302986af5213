"""Identity verification: the population register and a comparison of faces; after three tries, a second person."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotPermitted
from loans import blockers, gates, obligors
from loans.codes import Step
from loans.gateways import identity_verification as vendor
from loans.gateways.identity_verification import IdentityOutcome
from loans.leading import lead_only, touch
from loans.models import IdentityCheck, LoanApplication
from loans.obligors import Obligor
from loans.pictures import picture_of
from loans.refusals import refuse_any
from loans.states import IN_FLIGHT, State
from loans.transitions import advance, hold, subject_of
from organization.access import require
from organization.models import Staff

_BUSINESS = "贷款业务"
#: A name or number that changes later has to be verified anew before the contract, so most states allow it.
_NOT_IN = (State.DRAFT, State.DISBURSING)


@dataclass(frozen=True)
class _Answer:
    """What the vendor said about a customer and the picture of his face."""

    outcome: IdentityOutcome
    score: Decimal | None
    reference: str
    message: str


@transaction.atomic
def check_online(
    application: LoanApplication, *, face: bytes, by: Staff, party_id: UUID | None = None
) -> IdentityCheck:
    """One try at 联网核查 with face comparison, of the borrower or of one beside him; the last of them to pass it
    moves the case on.

    A mismatch is an outcome, not an error. Raises `identity_attempts_exhausted`, `identity_already_verified`,
    `wrong_state_for_identity` (409), `identity_expired` and the codes of pictures (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.verify_identity", by)
    obligor = obligors.one(held, party_id)
    _check_wanted(obligor)
    if attempts_left(obligor) == 0:
        raise Conflict("identity_attempts_exhausted", "今日联网核查次数已用完，请转人工核验")
    refuse_any(gates.identity_paper_of(obligor))
    picture = picture_of(face, field="face")
    answer = _ask(obligor, picture.content)
    threshold = held.product_version.face_score_threshold
    check = IdentityCheck(
        method=IdentityCheck.Method.ONLINE,
        outcome=answer.outcome,
        face_score=answer.score,
        passed=answer.outcome == IdentityOutcome.MATCH_WITH_PHOTO
        and answer.score is not None
        and answer.score >= threshold,
        provider_reference=answer.reference,
        face_sha256=picture.original_sha256,
        note=answer.message[:300],
    )
    return _record(obligor, check, by)


def _ask(obligor: Obligor, face: bytes) -> _Answer:
    """Both questions; the face only where there is something to compare it with. The picture is not kept."""
    person = obligor.person
    found = vendor.verify_citizen(name=person.name, identity_no=person.identity_no, business=_BUSINESS)
    if found.outcome != IdentityOutcome.MATCH_WITH_PHOTO:
        return _Answer(found.outcome, None, found.request_no, found.message)
    compared = vendor.compare_face(identity_no=person.identity_no, picture=face)
    outcome = IdentityOutcome.SYSTEM_ERROR if compared.score is None else found.outcome
    return _Answer(outcome, compared.score, found.request_no, compared.message)


@transaction.atomic
def check_by_hand(application: LoanApplication, *, note: str, by: Staff, party_id: UUID | None = None) -> IdentityCheck:
    """A second person looks at card and customer, where the register matched but the face did not, or had no photo.

    Raises `separation_of_duties` (403), `online_check_first`, `identity_mismatch` (409)."""
    held = hold(application.pk)
    require(by, "loan.verify_identity_by_hand")
    if by.pk in {held.investigator_id, held.co_investigator_id}:
        raise NotPermitted("separation_of_duties", "人工核验须由调查人员以外的人办理")
    obligor = obligors.one(held, party_id)
    _check_wanted(obligor)
    refuse_any(gates.identity_paper_of(obligor))
    outcome = _last_match(obligor)
    check = IdentityCheck(method=IdentityCheck.Method.MANUAL, outcome=outcome, passed=True, note=note)
    return _record(obligor, check, by)


def _last_match(obligor: Obligor) -> str:
    """What the register said last about the person as he is entered now."""
    answered = obligor.identity_checks.filter(
        method=IdentityCheck.Method.ONLINE, subject_fingerprint=gates.fingerprint(obligor.person)
    ).exclude(outcome=IdentityCheck.Outcome.SYSTEM_ERROR)
    last = answered.order_by("at").last()
    if last is None:
        raise Conflict("online_check_first", "请先进行联网核查，未通过时方可人工核验")
    if last.outcome not in (IdentityCheck.Outcome.MATCH_WITH_PHOTO, IdentityCheck.Outcome.MATCH_NO_PHOTO):
        raise Conflict("identity_mismatch", f"联网核查结果为“{last.get_outcome_display()}”，不能以人工核验代替")
    return last.outcome


def _check_wanted(obligor: Obligor) -> None:
    held = obligor.application
    if held.state in _NOT_IN or held.state not in IN_FLIGHT:
        raise Conflict("wrong_state_for_identity", f"当前状态“{State(held.state).label}”不能核验身份", state=held.state)
    if not any(gates.identity_of(obligor)) and not blockers.is_returned_to(held, Step.IDENTITY_CHECK):
        raise Conflict("identity_already_verified", f"{obligor.title}身份已核验通过，无需重复核验")


def _record(obligor: Obligor, check: IdentityCheck, by: Staff) -> IdentityCheck:
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
        passed=check.passed,
        **({"party": str(obligor.party.pk)} if obligor.party else {}),
    )
    if not (check.passed and advance(held, by=by)):
        touch(held)
    return check


def attempts_left(obligor: Obligor) -> int:
    """Online tries left today; a failure of the vendor's system does not count as one."""
    tried = obligor.identity_checks.filter(method=IdentityCheck.Method.ONLINE).exclude(
        outcome=IdentityCheck.Outcome.SYSTEM_ERROR
    )
    today = sum(clock.business_date(at) == clock.today() for at in tried.values_list("at", flat=True))
    return max(0, parameters.integer("loan.identity_attempts_a_day") - today)
