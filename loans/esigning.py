"""Signing the contract electronically: an envelope to the provider, its signers, and what becomes of it.

What the provider tells is believed only for the words that were sent: its digest must be the contract's. The same said
again changes nothing; whichever of answer, call and question comes first, the contract is signed once.
"""

import hashlib
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound
from loans import contract_papers, contract_signing, numbers
from loans.contract_papers import signs
from loans.gateways import esigning as provider
from loans.gateways.esigning import NotAccepted, Result, Signed
from loans.leading import touch
from loans.models import Contract, ContractSigner, LoanApplication, SigningEnvelope
from loans.refusals import refuse
from loans.transitions import check_move, hold, subject_of
from organization.models import Staff

S = SigningEnvelope.State
OPEN = (S.UNKNOWN, S.OPEN)
_METHODS = {"CODE": ContractSigner.Method.ONE_TIME_CODE, "FACE": ContractSigner.Method.FACE}


# --- Sending -------------------------------------------------------------------------------------
@transaction.atomic
def start(application: LoanApplication, sha256: str, *, by: Staff) -> SigningEnvelope:
    """Let everybody sign electronically; the envelope goes out by a job.

    Raises `in_person_signing_required`, `contract_text_changed`, `mobile_missing` (422), `signing_begun` (409: somebody
    has signed before the RM), `electronic_signing_under_way`, `contract_altered` (409)."""
    held = hold(application.pk)
    check_move(held, "sign_contract", by)
    contract = Contract.objects.select_for_update().get(application=held)
    contract_signing.check_electronic(contract)
    contract_signing.check_text(contract, sha256)
    if contract.envelopes.filter(state__in=OPEN).exists():
        raise Conflict("electronic_signing_under_way", "该合同正在电子签约")
    if contract.signers.filter(state=ContractSigner.State.SIGNED).exists():
        raise Conflict("signing_begun", "已有人面签，请继续面签或重新制作合同")
    _require_mobiles(contract)
    envelope = SigningEnvelope.objects.create(
        contract=contract,
        reference=numbers.envelope_no(),
        sha256=contract.sha256,
        created_by=by,
        expires_at=clock.now() + timedelta(days=parameters.integer("loan.electronic_signing_days")),
    )
    contract.signers.update(state=ContractSigner.State.PENDING, refused_because="")
    contract.signing = Contract.Signing.ELECTRONIC
    contract.save(update_fields=["signing"])
    touch(held)
    audit.record(by=by, action="loan.send_envelope", subject=subject_of(held), envelope=envelope.reference)
    later("loans.ask_envelope", lock=lock_of(envelope), envelope_id=str(envelope.pk))
    return envelope


def latest(application: LoanApplication) -> SigningEnvelope:
    """The envelope that is open, or was last. Raises NotFound."""
    found = SigningEnvelope.objects.filter(contract__application=application).first()
    if found is None:
        raise NotFound("尚未发起电子签约")
    return found


def cancel(application: LoanApplication, *, by: Staff) -> SigningEnvelope:
    """Take it back, so that the contract may be signed in person or drawn up anew. Raises `envelope_ended`,
    `signing_provider_silent` (409)."""
    check_move(application, "sign_contract", by)
    envelope = latest(application)
    if envelope.state not in OPEN:
        raise Conflict("envelope_ended", f"电子签约{envelope.get_state_display()}，不能撤回")
    try:
        result = provider.cancel(envelope.reference)
    except NotAccepted:
        result = Result(reference=envelope.reference, state="CANCELLED", sha256=envelope.sha256, signers=())
    if result is None:
        raise Conflict("signing_provider_silent", "电子签约平台暂无响应，请稍后再试")
    audit.record(by=by, action="loan.cancel_envelope", subject=subject_of(application), envelope=envelope.reference)
    return take_in(envelope, result)


def lock_of(envelope: SigningEnvelope) -> str:
    """Jobs about one envelope run one after the other."""
    return f"envelope:{envelope.pk}"


def _require_mobiles(contract: Contract) -> None:
    for signer in contract.signers.select_related("party"):
        person = signer.party or contract.application.customer
        if not person.mobile:
            raise refuse("mobile_missing", f"{person.masked_name()}没有登记手机号，不能电子签约", "signers")


# --- What became of it ---------------------------------------------------------------------------
def ask(envelope_id: UUID) -> None:
    """Learn where an open envelope stands; where the provider says that it never arrived, send it."""
    envelope = SigningEnvelope.objects.select_related("contract__application__customer").get(pk=envelope_id)
    if envelope.state not in OPEN:
        return
    try:
        result = provider.query(envelope.reference)
    except NotAccepted:
        result = _send(envelope)
    if result is not None:
        envelope = take_in(envelope, result)
    elif envelope.state == S.UNKNOWN:
        later("loans.ask_envelope", wait=timedelta(seconds=15), lock=lock_of(envelope), envelope_id=str(envelope.pk))


def ask_about_open() -> int:
    """Let every open envelope be asked about: a call of the provider's may have been lost. How many."""
    rows = list(SigningEnvelope.objects.filter(state__in=OPEN))
    for envelope in rows:
        later(
            "loans.ask_envelope",
            lock=lock_of(envelope),
            dedupe=f"ask:{envelope.pk}",
            envelope_id=str(envelope.pk),
        )
    return len(rows)


def _send(envelope: SigningEnvelope) -> Result | None:
    contract = envelope.contract
    signers = list(contract.signers.select_related("party"))
    papers = list(contract.papers.select_related("contract__application__customer"))
    documents = [
        provider.Document(
            number=paper.number,
            title=paper.title,
            content=contract_papers.to_sign(paper),
            signers=tuple(str(each.pk) for each in signers if signs(each, paper)),
        )
        for paper in papers
    ]
    people = [_person(each, contract) for each in signers]
    try:
        return provider.create(
            reference=envelope.reference,
            sha256=envelope.sha256,
            documents=documents,
            people=people,
            expires_at=envelope.expires_at,
        )
    except NotAccepted as refused:
        _fail(envelope, refused.message)
        return None


def _person(signer: ContractSigner, contract: Contract) -> provider.Person:
    person = signer.party or contract.application.customer
    return provider.Person(
        reference=str(signer.pk), name=person.name, identity_no=person.identity_no, mobile=person.mobile
    )


@transaction.atomic
def _fail(envelope: SigningEnvelope, reason: str) -> None:
    held = hold(envelope.contract.application_id)
    ours = SigningEnvelope.objects.select_for_update().get(pk=envelope.pk)
    if ours.state in OPEN:
        _end(ours, S.FAILED, reason)
        touch(held)


def take_in_by_reference(result: Result) -> SigningEnvelope:
    """As `take_in`, for the provider's own call. Raises NotFound."""
    envelope = SigningEnvelope.objects.select_related("contract").filter(reference=result.reference).first()
    if envelope is None:
        raise NotFound("没有这份电子签约")
    return take_in(envelope, result)


@transaction.atomic
def take_in(envelope: SigningEnvelope, result: Result) -> SigningEnvelope:
    """Take in what the provider says. Raises `envelope_altered` (409) where it speaks of other words than were sent."""
    held = hold(envelope.contract.application_id)
    contract = Contract.objects.select_for_update().get(pk=envelope.contract_id)
    ours = SigningEnvelope.objects.select_for_update().get(pk=envelope.pk)
    if ours.state not in OPEN:
        return ours
    if not result.sha256 == ours.sha256 == contract.sha256:
        raise Conflict("envelope_altered", "电子签约的文本与合同不一致，请人工核对")
    signers = {str(each.pk): each for each in contract.signers.all()}
    for said in result.signers:
        if (signer := signers.get(said.reference)) is not None:
            _take_in_signer(signer, said)
    if result.state == S.OPEN:
        ours.state = S.OPEN
        ours.save(update_fields=["state"])
    elif result.state == S.COMPLETED and all(each.state == "SIGNED" for each in signers.values()):
        _end(ours, S.COMPLETED)
        contract_signing.complete(held, contract, by=None)
    elif result.state != S.COMPLETED:
        _end(ours, S(result.state), next((each.reason for each in result.signers if each.reason), ""))
        touch(held)
    return ours


def _take_in_signer(signer: ContractSigner, said: Signed) -> None:
    if signer.state == ContractSigner.State.SIGNED:
        return
    if said.state == "SIGNED":
        signer.signing_method, signer.certificate_no = _METHODS[said.method], said.certificate_no
        signer.signature_sha256 = hashlib.sha256(said.signature.encode()).hexdigest()
        contract_signing.signed(signer, at=said.at)
    elif said.state == "REFUSED":
        signer.state, signer.refused_because = ContractSigner.State.REFUSED, said.reason
        signer.save(update_fields=["state", "refused_because"])


def _end(envelope: SigningEnvelope, state: S, reason: str = "") -> None:
    envelope.state, envelope.reason, envelope.finished_at = state, reason[:200], clock.now()
    envelope.save()
    if state != S.COMPLETED:  # the signatures of an envelope that failed hold for nothing
        contract = Contract.objects.get(pk=envelope.contract_id)
        contract.signing = ""
        contract.save(update_fields=["signing"])
        contract.signers.filter(state=ContractSigner.State.SIGNED).update(
            state=ContractSigner.State.PENDING, signed_at=None
        )
