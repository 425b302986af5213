"""Identity verification: the population register and a comparison of faces; after three tries, a second person."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotPermitted
from loans import gates
from loans.gateways import identity_verification as vendor
from loans.gateways.identity_verification import IdentityOutcome
from loans.leading import lead_only, touch
from loans.models import IdentityCheck, LoanApplication
from loans.pictures import picture_of
from loans.refusals import refuse_any
from loans.states import IN_FLIGHT, State
from loans.transitions import hold, move, subject_of
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
def check_online(application: LoanApplication, *, face: bytes, by: Staff) -> IdentityCheck:
    """One try at 联网核查 with face comparison; passing it moves the case on.

    A mismatch is an outcome, not an error. Raises `identity_attempts_exhausted`, `identity_already_verified`,
    `wrong_state_for_identity` (409), `identity_expired` and the codes of pictures (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.verify_identity", by)
    _check_wanted(held)
    if attempts_left(held) == 0:
        raise Conflict("identity_attempts_exhausted", "今日联网核查次数已用完，请转人工核验")
    refuse_any(gates.identity_paper(held))
    picture = picture_of(face, field="face")
    answer = _ask(held, picture.content)
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
    return _record(held, check, by)


def _ask(application: LoanApplication, face: bytes) -> _Answer:
    """Both questions; the face only where there is something to compare it with. The picture is not kept."""
    customer = application.customer
    found = vendor.verify_citizen(name=customer.name, identity_no=customer.identity_no, business=_BUSINESS)
    if found.outcome != IdentityOutcome.MATCH_WITH_PHOTO:
        return _Answer(found.outcome, None, found.request_no, found.message)
    compared = vendor.compare_face(identity_no=customer.identity_no, picture=face)
    outcome = IdentityOutcome.SYSTEM_ERROR if compared.score is None else found.outcome
    return _Answer(outcome, compared.score, found.request_no, compared.message)


@transaction.atomic
def check_by_hand(application: LoanApplication, *, note: str, by: Staff) -> IdentityCheck:
    """A second person looks at card and customer, where the register matched but the face did not, or had no photo.

    Raises `separation_of_duties` (403), `online_check_first`, `identity_mismatch` (409)."""
    held = hold(application.pk)
    require(by, "loan.verify_identity_by_hand")
    if by.pk in {held.investigator_id, held.co_investigator_id}:
        raise NotPermitted("separation_of_duties", "人工核验须由调查人员以外的人办理")
    _check_wanted(held)
    refuse_any(gates.identity_paper(held))
    check = IdentityCheck(method=IdentityCheck.Method.MANUAL, outcome=_last_match(held), passed=True, note=note)
    return _record(held, check, by)


def _last_match(held: LoanApplication) -> str:
    """What the register said last about the customer as he is entered now."""
    answered = held.identity_checks.filter(
        method=IdentityCheck.Method.ONLINE, subject_fingerprint=gates.fingerprint(held.customer)
    ).exclude(outcome=IdentityCheck.Outcome.SYSTEM_ERROR)
    last = answered.order_by("at").last()
    if last is None:
        raise Conflict("online_check_first", "请先进行联网核查，未通过时方可人工核验")
    if last.outcome not in (IdentityCheck.Outcome.MATCH_WITH_PHOTO, IdentityCheck.Outcome.MATCH_NO_PHOTO):
        raise Conflict("identity_mismatch", f"联网核查结果为“{last.get_outcome_display()}”，不能以人工核验代替")
    return last.outcome


def _check_wanted(held: LoanApplication) -> None:
    if held.state in _NOT_IN or held.state not in IN_FLIGHT:
        raise Conflict("wrong_state_for_identity", f"当前状态“{State(held.state).label}”不能核验身份", state=held.state)
    if not any(gates.identity(held)):
        raise Conflict("identity_already_verified", "客户身份已核验通过，无需重复核验")


def _record(held: LoanApplication, check: IdentityCheck, by: Staff) -> IdentityCheck:
    check.application, check.by, check.at = held, by, clock.now()
    check.subject_fingerprint = gates.fingerprint(held.customer)
    check.save(force_insert=True)
    audit.record(
        by=by,
        action="loan.check_identity",
        subject=subject_of(held),
        method=check.method,
        outcome=check.outcome,
        passed=check.passed,
    )
    if check.passed and held.state == State.ACCEPTED:
        move(held, "verify_identity", by=by)
    else:
        touch(held)
    return check


def attempts_left(application: LoanApplication) -> int:
    """Online tries left today; a failure of the vendor's system does not count as one."""
    tried = application.identity_checks.filter(method=IdentityCheck.Method.ONLINE).exclude(
        outcome=IdentityCheck.Outcome.SYSTEM_ERROR
    )
    today = sum(clock.business_date(at) == clock.today() for at in tried.values_list("at", flat=True))
    return max(0, parameters.integer("loan.identity_attempts_a_day") - today)
