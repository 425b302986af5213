"""A signer reads the contract's papers behind his link and signs them with the code that the signing provider sent him.

The signature itself is the provider's, with certificate; here is the page on which he reads, for as long as reading
takes by the server's clock, and says yes or no. What the provider did not answer is asked for by a job.
"""

from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from aladdin import audit, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict, NotFound, NotPermitted, RuleBroken
from loans import contract_papers, contract_signing, esigning, link_notices
from loans.behind_link import SeeYourManager, as_customer, begin_reading, held_link, seconds_read
from loans.gateways import esigning as provider
from loans.gateways.esigning import NotAccepted, Result
from loans.gateways.signed_calls import NoAnswer
from loans.models import ContractSigner, CustomerLink, LinkSession, LoanPaper, SigningEnvelope
from loans.one_time_codes import CodeRefused, TooMany
from loans.transitions import subject_of

_PENDING = ContractSigner.State.PENDING
_LOCKED = ("code_locked", "too_many_codes")


@dataclass(frozen=True)
class ToSign:
    """One person's papers: who signs, which envelope they are in, what they say."""

    signer: ContractSigner
    envelope: SigningEnvelope | None
    papers: tuple[LoanPaper, ...]

    @property
    def sha256(self) -> str:
        """Of the whole contract: what signing it is about."""
        return self.signer.contract.sha256

    @property
    def is_open(self) -> bool:
        """Whether he can sign now."""
        return self.envelope is not None and self.signer.state == _PENDING


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """On what he signs, and from where."""

    device: str
    ip: str | None


# --- Reading -------------------------------------------------------------------------------------
def show(session: LinkSession) -> tuple[ToSign, int]:
    """His papers and the seconds to read them: from now on counts how long he has them before him.

    Raises `link_not_for_contract` (403), `contract_not_ready` (409), SeeYourManager."""
    found = _to_sign(session.link)
    begin_reading(session, found.sha256)
    return found, parameters.integer("loan.contract_read_seconds")


def pdf_of(session: LinkSession, paper_id: UUID) -> tuple[LoanPaper, bytes]:
    """One of his papers as PDF: marked as unsigned before, sealed afterwards. Raises NotFound, and as `show`."""
    link = session.link
    paper = next((each for each in _to_sign(link).papers if each.pk == paper_id), None)
    if paper is None:
        raise NotFound("没有找到该合同文本")
    with as_customer(link):
        subject = subject_of(paper.contract.application)
        audit.record(by=link.created_by, action="loan.read_contract", subject=subject, paper=paper.number)
        is_signed = paper.contract.signed_at is not None
        return paper, contract_papers.issued(paper) if is_signed else contract_papers.to_read(paper)


def _to_sign(link: CustomerLink) -> ToSign:
    if link.purpose != CustomerLink.Purpose.CONTRACT:
        raise NotPermitted("link_not_for_contract", "该链接不能用于签署合同")
    if link.party is not None and link.party.removed_at is not None:
        raise SeeYourManager
    signers = ContractSigner.objects.select_related("party", "contract__application__customer")
    signer = signers.filter(contract__application=link.application_id, party=link.party_id).first()
    if signer is None:
        raise Conflict("contract_not_ready", "合同尚在准备，请稍后再来")
    papers = LoanPaper.objects.filter(contract=signer.contract).select_related("contract__application__customer")
    own = tuple(each for each in papers.order_by("position") if contract_papers.signs(signer, each))
    return ToSign(signer, signer.contract.envelopes.filter(state=SigningEnvelope.State.OPEN).first(), own)


# --- Signing -------------------------------------------------------------------------------------
def send_code(session: LinkSession) -> int:
    """Let the provider send him another code; seconds until the next.

    Raises `contract_not_ready`, `already_signed`, `signing_provider_silent` (409), TooMany (429)."""
    found = _open(session.link)
    try:
        return provider.send_code(_envelope(found).reference, str(found.signer.pk))
    except NotAccepted as refused:
        _tell(found, refused)
    except NoAnswer as error:
        raise _silent(found) from error


def sign(session: LinkSession, *, sha256: str, code: str, around: Circumstances) -> None:
    """He signs; with the last signature the contract is signed. The provider counts the tries.

    Raises `contract_text_changed`, `read_too_briefly`, `code_wrong` (422), TooMany (429), `contract_not_ready`,
    `already_signed`, `contract_altered`, `signing_provider_silent` (409: what became of it will show)."""
    found = _open(session.link)
    contract_signing.check_text(found.signer.contract, sha256)
    read = _seconds_read(session, sha256)
    _note_circumstances(session, found, around, read)
    try:
        result = provider.sign(_envelope(found).reference, str(found.signer.pk), code=code)
    except NotAccepted as refused:
        _tell(found, refused)
    if result is None:
        raise _silent(found)
    _take_in(session, found, result, "loan_link.contract_signed")


def refuse(session: LinkSession, *, reason: str) -> None:
    """He will not sign: the envelope ends. Raises what `send_code` raises."""
    found = _open(session.link)
    try:
        result = provider.refuse(_envelope(found).reference, str(found.signer.pk), reason=reason)
    except NotAccepted as refused:
        _tell(found, refused)
    if result is None:
        raise _silent(found)
    _take_in(session, found, result, "loan_link.contract_refused", reason=reason)


def _open(link: CustomerLink) -> ToSign:
    found = _to_sign(link)
    if found.signer.state == ContractSigner.State.SIGNED:
        raise Conflict("already_signed", "您已签署合同")
    if not found.is_open:
        raise Conflict("contract_not_ready", "合同尚在准备，请稍后再来")
    return found


def _seconds_read(session: LinkSession, sha256: str) -> int:
    least, seconds = parameters.integer("loan.contract_read_seconds"), seconds_read(session, sha256)
    if seconds is None or seconds < least:
        raise RuleBroken("read_too_briefly", f"请完整阅读合同，至少{least}秒", least=least, read=seconds or 0)
    return seconds


@transaction.atomic
def _note_circumstances(session: LinkSession, found: ToSign, around: Circumstances, read: int) -> None:
    """Before the provider is asked: whether its answer comes or not, what he did is on record."""
    link = held_link(session)
    held = ContractSigner.objects.select_for_update().get(pk=found.signer.pk)
    held.signed_device, held.signed_ip, held.signed_place = around.device, around.ip, "线上自助"
    held.save(update_fields=["signed_device", "signed_ip", "signed_place"])
    with as_customer(link):
        audit.record(
            by=link.created_by,
            action="loan.sign_online",
            subject=subject_of(found.signer.contract.application),
            signer=str(held.pk),
            sha256=found.sha256,
            read_seconds=read,
        )


@transaction.atomic
def _take_in(session: LinkSession, found: ToSign, result: Result, kind: str, **values: str) -> None:
    """What the provider answered, and word of it to the RM."""
    link = held_link(session)
    with as_customer(link):
        esigning.take_in(_envelope(found), result)
        customer = found.signer.contract.application.customer
        link_notices.moved(link, kind, customer=customer.masked_name(), **values)


def _silent(found: ToSign) -> Conflict:
    """Nobody knows what became of it: the provider is asked by a job."""
    envelope = _envelope(found)
    later("loans.ask_envelope", lock=esigning.lock_of(envelope), envelope_id=str(envelope.pk))
    return Conflict("signing_provider_silent", "电子签约平台暂无响应，结果稍后更新，请勿重复操作")


def _envelope(found: ToSign) -> SigningEnvelope:
    if found.envelope is None:
        raise TypeError("there is nothing to sign")
    return found.envelope


def _tell(found: ToSign, refused: NotAccepted) -> NoReturn:
    """The provider's no in the bank's words."""
    if refused.code == "code_wrong":
        raise CodeRefused from refused
    if refused.code in _LOCKED:
        raise TooMany("too_many_tries", refused.message) from refused
    esigning.ask(_envelope(found).pk)
    raise Conflict("contract_not_ready", "该签约已结束，请联系您的客户经理") from refused
