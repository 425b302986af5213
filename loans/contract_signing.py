"""Signing the contract: everybody who has to signs for himself; with the last signature the case moves on.

In person before the RM with a recording, or electronically through the signing provider where the law and the product
allow it (`loans/esigning.py`). One contract is signed in one of the two ways.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound, RuleBroken
from loans.codes import LoanKind
from loans.leading import touch
from loans.models import Contract, ContractSigner, LoanApplication
from loans.refusals import refuse
from loans.signing import Signature, affix
from loans.transitions import check_move, hold, move, subject_of
from organization.models import Staff

S = ContractSigner.State
IN_PERSON, ELECTRONIC = Contract.Signing.IN_PERSON, Contract.Signing.ELECTRONIC


@dataclass(frozen=True, kw_only=True)
class Signing:
    """One person's signature in person under the text with this digest, and the recording of it; no party is the
    borrower."""

    sha256: str
    signature: Signature
    recording_reference: str
    party_id: UUID | None = None


@transaction.atomic
def sign(application: LoanApplication, signing: Signing, *, by: Staff) -> Contract:
    """One person signs before the RM; with the last signature CONTRACTING → CONTRACTED.

    Raises `contract_text_changed`, `recording_missing`, `signature_blank` (422), `already_signed`,
    `electronic_signing_under_way`, `contract_altered` (409: the stored text is not the one that was drawn up),
    `transition_blocked` (409)."""
    held = hold(application.pk)
    check_move(held, "sign_contract", by)
    contract = _held(held)
    check_text(contract, signing.sha256)
    if contract.signing == ELECTRONIC:
        raise Conflict("electronic_signing_under_way", "该合同正在电子签约，撤回后方可面签")
    if not signing.recording_reference:
        raise refuse("recording_missing", "面签须录音录像，请填写双录编号", "recording_reference")
    signer = _signer(contract, signing.party_id)
    affix(signer, signing.signature, application=held, key=signer.party.data_key() if signer.party else None)
    signer.recording_reference, signer.witnessed_by = signing.recording_reference, by
    signed(signer)
    contract.signing, contract.recording_reference = IN_PERSON, signing.recording_reference
    audit.record(by=by, action="loan.sign_contract", subject=subject_of(held), signer=str(signer.pk))
    complete(held, contract, by=by)
    return contract


def signed(signer: ContractSigner, *, at: datetime | None = None) -> None:
    """The signature is there: the row says so."""
    signer.state, signer.signed_at = S.SIGNED, at or clock.now()
    signer.save()


def complete(held: LoanApplication, contract: Contract, *, by: Staff | None) -> None:
    """Move the case where nobody is missing; else only take note that it was worked on."""
    signers = list(contract.signers.all())
    contract.version += 1
    if any(each.state != S.SIGNED for each in signers):
        contract.save()
        touch(held)
        return
    (borrower,) = [each for each in signers if each.party_id is None]
    for name in ("signing_method", "signature_sha256", "signature_file", "signed_device", "signed_ip", "signed_place"):
        setattr(contract, name, getattr(borrower, name))
    contract.signed_at = clock.now()
    contract.save()
    move(held, "sign_contract", by=by, reason=f"{contract.get_signing_display()}，合同{contract.contract_no}")


def may_be_electronic(contract: Contract) -> bool:
    """Small and not for housing: within the law's limit and the product's."""
    application = contract.application
    limit = min(
        application.product_version.electronic_signing_up_to, parameters.decimal("loan.electronic_signing_up_to")
    )
    return contract.amount <= limit and application.product.kind != LoanKind.HOUSING


def check_electronic(contract: Contract) -> None:
    """Raise `in_person_signing_required` (422) unless the contract may be signed electronically."""
    if not may_be_electronic(contract):
        raise RuleBroken("in_person_signing_required", "该笔贷款须当面签约并双录", errors={"signing": ["须面签"]})


def check_text(contract: Contract, sha256: str) -> None:
    """The text that was read is the one that stands. Raises `contract_text_changed` (422), `contract_altered` (409)."""
    if sha256 != contract.sha256:
        raise refuse("contract_text_changed", "合同文本已更新，请客户重新阅读后签署", "sha256")
    if hashlib.sha256(contract.text.encode()).hexdigest() != contract.sha256:
        raise Conflict("contract_altered", "合同文本与制作时不一致，请重新制作合同")


def _held(held: LoanApplication) -> Contract:
    contract = Contract.objects.select_for_update().get(application=held)
    contract.application = held
    return contract


def _signer(contract: Contract, party_id: UUID | None) -> ContractSigner:
    signer = contract.signers.select_related("party").filter(party_id=party_id).first()
    if signer is None:
        raise NotFound("该人员不是本合同的签署人")
    if signer.state == S.SIGNED:
        raise Conflict("already_signed", "该人员已签署")
    return signer
