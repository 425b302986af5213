"""Credit-bureau authorization (征信授权): a person's signed consent to one query (征信业管理条例 18–20)."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound, RuleBroken
from loans import (
    authorization_paper,
    consent_texts,
    evidence,
    gates,
    intake,
    numbers,
    obligors,
    one_time_codes,
    signing,
)
from loans.consent_texts import RenderedText
from loans.leading import lead_only, touch
from loans.models import CreditAuthorization, LoanApplication, OneTimeCode
from loans.obligors import Obligor
from loans.refusals import refuse
from loans.signing import Signature
from loans.states import State
from loans.transitions import advance, hold, subject_of
from organization.access import require
from organization.models import Staff

#: Besides the intake, where an earlier report has run out: a new one needs a new consent, without moving the case.
_SIGNED_IN = (
    State.ACCEPTED,
    State.ID_VERIFIED,
    State.CREDIT_AUTHORIZED,
    State.INVESTIGATING,
    State.RETURNED,
)


def consent_text(application: LoanApplication, party_id: UUID | None = None) -> RenderedText:
    """What the borrower, or one beside him, would sign today. Raises NotFound."""
    return consent_texts.rendered(obligors.one(application, party_id))


# --- Signing -------------------------------------------------------------------------------------
@transaction.atomic
def sign(
    application: LoanApplication,
    *,
    signature: Signature,
    text_sha256: str,
    by: Staff,
    party_id: UUID | None = None,
) -> CreditAuthorization:
    """The borrower, or one beside him, signs on the RM's phone; with the last signature the case moves on.

    Raises `identity_not_verified`, `already_authorized`, `report_still_valid`, `wrong_state_for_authorization`
    (409), `consent_text_changed`, `signature_blank` and the codes of pictures (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.authorize_credit", by)
    obligor = obligors.one(held, party_id)
    check_wanted(obligor, _SIGNED_IN)
    grant = CreditAuthorization(channel=CreditAuthorization.Channel.RM_PHONE, witnessed_by=by)
    put_down(grant, obligor, signature, text_sha256=text_sha256)
    audit.record(by=by, action="loan.sign_authorization", subject=subject_of(held), grant=grant.authorization_no)
    if not advance(held, by=by):
        touch(held)
    return grant


def send_code(application: LoanApplication, *, by: Staff, ip: str | None, party_id: UUID | None = None) -> int:
    """Send the signer the code that stands for his signature, to the phone that the file knows; seconds until the
    next. Raises `mobile_missing` (422), what `sign` raises of the state, and TooMany."""
    lead_only(application, "loan.authorize_credit", by)
    obligor = obligors.one(application, party_id)
    check_wanted(obligor, _SIGNED_IN)
    return send_code_to(obligor, ip=ip)


def redeem_code(
    application: LoanApplication, code: str, *, by: Staff, ip: str | None, party_id: UUID | None = None
) -> OneTimeCode:
    """The code that the signer read from his phone, as evidence for `sign`. Call it outside of what a refusal rolls
    back: each try counts. Raises CodeRefused, TooMany."""
    lead_only(application, "loan.authorize_credit", by)
    return redeem_code_of(obligors.one(application, party_id), code, ip=ip)


def send_code_to(obligor: Obligor, *, ip: str | None) -> int:
    """Send it, whoever asks. Raises `mobile_missing`, TooMany."""
    mobile = obligor.person.mobile
    if not mobile:
        raise RuleBroken("mobile_missing", f"{obligor.title}没有登记手机号，不能以验证码签署")
    return one_time_codes.send(OneTimeCode.Purpose.SIGN_CONSENT, subject=obligor.key, mobile=mobile, ip=ip)


def redeem_code_of(obligor: Obligor, code: str, *, ip: str | None) -> OneTimeCode:
    """Redeem it, whoever asks. Raises CodeRefused, TooMany."""
    return one_time_codes.redeem(
        OneTimeCode.Purpose.SIGN_CONSENT, subject=obligor.key, mobile=obligor.person.mobile, code=code, ip=ip
    )


def check_wanted(obligor: Obligor, states: tuple[State, ...]) -> None:
    """Raise where this person need not, or must not yet, sign."""
    held = obligor.application
    for blocker in gates.identity_of(obligor):
        raise Conflict(blocker.code, blocker.detail, state=held.state)
    if held.state not in states:
        detail = f"当前状态“{State(held.state).label}”不能签署征信授权"
        raise Conflict("wrong_state_for_authorization", detail, state=held.state)
    if gates.standing_authorization(obligor) is not None:
        raise Conflict("already_authorized", f"{obligor.title}已签署有效的征信授权，请勿重复签署")
    if gates.report_of(obligor) is not None:
        raise Conflict("report_still_valid", "现有征信报告仍在有效期内，不得重复查询")


def put_down(grant: CreditAuthorization, obligor: Obligor, signature: Signature, *, text_sha256: str) -> None:
    """Fill the row with what was read, who signed and how, print its paper, and save it.

    Raises `consent_text_changed`, `signature_blank` and the codes of pictures (422)."""
    text = consent_texts.rendered(obligor)
    if text_sha256 != text.sha256:
        raise refuse("consent_text_changed", "授权书内容已更新，请客户重新阅读后签署", "text_sha256")
    days = parameters.integer("loan.credit_authorization_valid_days")
    grant.authorization_no = numbers.authorization_no()
    grant.application, grant.party = obligor.application, obligor.party
    grant.customer = None if obligor.party else obligor.application.customer
    grant.reasons = [obligor.reason]
    grant.text_version, grant.text_sha256, grant.text = text.version, text.sha256, text.body
    grant.subject_fingerprint = gates.fingerprint(obligor.person)
    grant.identity_check = obligor.identity_checks.filter(passed=True).order_by("at").last()
    grant.one_time_code = signature.code
    grant.signed_at, grant.valid_until = clock.now(), clock.today() + timedelta(days=days)
    picture = signing.affix(grant, signature, application=obligor.application, key=obligor.person.data_key())
    authorization_paper.make(grant, picture=picture)
    grant.save(force_insert=True)


# --- Afterwards ----------------------------------------------------------------------------------
@transaction.atomic
def paper_of(application: LoanApplication, authorization_no: str, *, by: Staff) -> bytes:
    """The sealed paper, for one look, which is logged. Raises NotFound."""
    require(by, "credit_authorization.read")
    grant = _grant_of(application, authorization_no)
    if not grant.paper_file:
        raise NotFound("该授权没有电子授权书")
    audit.record(by=by, action="loan.read_authorization", subject=subject_of(application), grant=authorization_no)
    return evidence.fetch(grant.paper_file, key=grant.data_key())


@transaction.atomic
def revoke(application: LoanApplication, authorization_no: str, *, reason: str, by: Staff) -> CreditAuthorization:
    """The person takes an unspent consent back; the case falls back (PIPL 15).

    Raises NotFound, `authorization_spent`, `authorization_revoked` (409)."""
    held = hold(application.pk)
    lead_only(held, "loan.authorize_credit", by)
    grant = _grant_of(held, authorization_no)
    if grant.spent_at is not None:
        raise Conflict("authorization_spent", "该授权已用于查询，不能撤销")
    if grant.revoked_at is not None:
        raise Conflict("authorization_revoked", "该授权已撤销")
    grant.revoked_at = clock.now()
    grant.save(update_fields=["revoked_at"])
    audit.record(by=by, action="loan.revoke_authorization", subject=subject_of(held), grant=authorization_no)
    if held.state == State.CREDIT_AUTHORIZED and grant.is_of_standing_obligor():
        intake.fall_back(held, reason=f"客户撤销征信授权：{reason}")
    else:
        touch(held)
    return grant


def _grant_of(application: LoanApplication, authorization_no: str) -> CreditAuthorization:
    grants = application.credit_authorizations.select_related("customer", "party")
    grant = grants.filter(authorization_no=authorization_no).first()
    if grant is None:
        raise NotFound("没有找到该授权")
    return grant
