"""Credit-bureau authorization (征信授权): the customer's signed consent to one query (征信业管理条例 18–20)."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from PIL import Image

from aladdin import audit, clock, masking, parameters
from aladdin.problems import Conflict, NotFound
from loans import evidence, gates, intake, numbers, obligors
from loans.leading import lead_only, touch
from loans.models import CreditAuthorization, LoanApplication
from loans.obligors import Obligor
from loans.pictures import picture_of
from loans.refusals import refuse
from loans.states import State
from loans.transitions import advance, hold, subject_of
from organization.models import Staff

TEXT_VERSION = "2026-01"
#: Where an earlier report has run out, a new one needs a new consent, without moving the case.
_AGAIN = (State.INVESTIGATING, State.RETURNED)
_INK = 60


@dataclass(frozen=True)
class ConsentText:
    """The clause as the customer reads it, conspicuous and whole, with the digest that he signs."""

    version: str
    body: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Where and on what the customer signed."""

    device: str
    ip: str | None
    place: str


def consent_text(application: LoanApplication, party_id: UUID | None = None) -> ConsentText:
    """What the borrower, or one beside him, would sign today. Raises NotFound."""
    return _text_for(obligors.one(application, party_id))


def _text_for(obligor: Obligor) -> ConsentText:
    application, person = obligor.application, obligor.person
    body = render_to_string(
        f"loans/credit_authorization/{TEXT_VERSION}.txt",
        {
            "name": person.name,
            "identity_no": masking.identity_number_for_owner(person.identity_no),
            "application_no": application.application_no,
            "product": application.product.name,
            "reason": obligor.reason.label,
            "days": parameters.integer("loan.credit_authorization_valid_days"),
        },
    )
    return ConsentText(TEXT_VERSION, body, hashlib.sha256(body.encode()).hexdigest())


@transaction.atomic
def sign(
    application: LoanApplication,
    *,
    signature: bytes,
    text_sha256: str,
    where: Circumstances,
    by: Staff,
    party_id: UUID | None = None,
) -> CreditAuthorization:
    """The borrower, or one beside him, signs on the RM's phone; with the last signature the case moves on.

    Raises `identity_not_verified`, `already_authorized`, `report_still_valid`, `wrong_state_for_authorization`
    (409), `consent_text_changed`, `signature_blank` and the codes of pictures (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.authorize_credit", by)
    obligor = obligors.one(held, party_id)
    _check_wanted(obligor)
    text = _text_for(obligor)
    if text_sha256 != text.sha256:
        raise refuse("consent_text_changed", "授权书内容已更新，请客户重新阅读后签署", "text_sha256")
    grant = _grant(obligor, text, where, by)
    _put_signature(grant, signature)
    grant.save(force_insert=True)
    audit.record(by=by, action="loan.sign_authorization", subject=subject_of(held), grant=grant.authorization_no)
    if not advance(held, by=by):
        touch(held)
    return grant


def _check_wanted(obligor: Obligor) -> None:
    held = obligor.application
    for blocker in gates.identity_of(obligor):
        raise Conflict(blocker.code, blocker.detail, state=held.state)
    if held.state not in (State.ACCEPTED, State.ID_VERIFIED, State.CREDIT_AUTHORIZED, *_AGAIN):
        detail = f"当前状态“{State(held.state).label}”不能签署征信授权"
        raise Conflict("wrong_state_for_authorization", detail, state=held.state)
    if gates.standing_authorization(obligor) is not None:
        raise Conflict("already_authorized", f"{obligor.title}已签署有效的征信授权，请勿重复签署")
    if gates.report_of(obligor) is not None:
        raise Conflict("report_still_valid", "现有征信报告仍在有效期内，不得重复查询")


def _grant(obligor: Obligor, text: ConsentText, where: Circumstances, by: Staff) -> CreditAuthorization:
    days = parameters.integer("loan.credit_authorization_valid_days")
    return CreditAuthorization(
        authorization_no=numbers.authorization_no(),
        application=obligor.application,
        customer=None if obligor.party else obligor.application.customer,
        party=obligor.party,
        reasons=[obligor.reason],
        text_version=text.version,
        text_sha256=text.sha256,
        signed_at=clock.now(),
        signing_method=CreditAuthorization.Method.HANDWRITTEN,
        signed_device=where.device,
        signed_ip=where.ip,
        signed_place=where.place,
        witnessed_by=by,
        valid_until=clock.today() + timedelta(days=days),
    )


def _put_signature(grant: CreditAuthorization, signature: bytes) -> None:
    picture = picture_of(signature, field="signature")
    if not _has_ink(picture.content):
        raise refuse("signature_blank", "签名为空白，请客户重新签名", "signature")
    grant.signature_sha256 = picture.original_sha256
    grant.signature_file = evidence.keep(
        picture.content, application_id=grant.application_id, key=grant.person.data_key()
    )


def _has_ink(picture: bytes) -> bool:
    """Whether anything is written: the picture is our own re-made copy, safe to open here."""
    with Image.open(BytesIO(picture)) as image:
        darkest, lightest = image.convert("L").getextrema()
    return bool(lightest - darkest >= _INK)  # type: ignore[operator]  # one band, so two numbers


@transaction.atomic
def revoke(application: LoanApplication, authorization_no: str, *, reason: str, by: Staff) -> CreditAuthorization:
    """The customer takes an unspent consent back; the case falls back (PIPL 15).

    Raises NotFound, `authorization_spent`, `authorization_revoked` (409)."""
    held = hold(application.pk)
    lead_only(held, "loan.authorize_credit", by)
    grant = held.credit_authorizations.filter(authorization_no=authorization_no).first()
    if grant is None:
        raise NotFound("没有找到该授权")
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
