"""How far a customer has come behind his link: what he sees of his own doing, and what the RM watches."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from loans import checklist, disclosure, gates, limits
from loans.codes import MaterialType
from loans.models import ContractSigner, CustomerLink, LoanApplication
from loans.obligors import Obligor
from loans.states import State


class LinkStep(StrEnum):
    """The steps behind a link, in order."""

    PHONE = "PHONE"
    APPLICANT = "APPLICANT"
    FORM = "FORM"
    FACE = "FACE"
    CONSENT = "CONSENT"
    MATERIALS = "MATERIALS"
    COST = "COST"
    CONTRACT = "CONTRACT"
    HAND_IN = "HAND_IN"


LABELS = {
    LinkStep.PHONE: "验证手机",
    LinkStep.APPLICANT: "本人信息",
    LinkStep.FORM: "申请信息",
    LinkStep.FACE: "身份核验",
    LinkStep.CONSENT: "征信授权",
    LinkStep.MATERIALS: "上传资料",
    LinkStep.COST: "确认融资成本",
    LinkStep.CONTRACT: "签署合同",
    LinkStep.HAND_IN: "提交",
}


@dataclass(frozen=True)
class StepProgress:
    """One step, whether it is done, and what it still lacks in a sentence each."""

    step: LinkStep
    is_done: bool
    lacks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return LABELS[self.step]


def obligor_of(link: CustomerLink) -> Obligor | None:
    """Whom the link is for, where there is an application."""
    return Obligor(link.application, link.party) if link.application else None


def steps_of(link: CustomerLink) -> list[StepProgress]:
    """The steps of this link with what each lacks."""
    return list(_STEPS[CustomerLink.Purpose(link.purpose)](link))


def _to_sign(link: CustomerLink) -> Iterable[StepProgress]:
    yield StepProgress(LinkStep.PHONE, link.bound_at is not None)
    yield from _proofs(obligor_of(link))


def _to_apply(link: CustomerLink) -> Iterable[StepProgress]:
    yield StepProgress(LinkStep.PHONE, link.bound_at is not None)
    if link.customer is None or link.applicant_tries:
        yield StepProgress(LinkStep.APPLICANT, link.customer is not None)
    yield _form(link)
    yield from _proofs(obligor_of(link))
    yield _papers(link)
    yield StepProgress(LinkStep.HAND_IN, link.handed_in_at is not None)


def _to_contract(link: CustomerLink) -> Iterable[StepProgress]:
    yield StepProgress(LinkStep.PHONE, link.bound_at is not None)
    if link.application is not None and link.party is None:
        yield _cost(link.application)
    yield _contract(link)


_STEPS = {
    CustomerLink.Purpose.APPLY: _to_apply,
    CustomerLink.Purpose.SIGN: _to_sign,
    CustomerLink.Purpose.CONTRACT: _to_contract,
}


def _cost(application: LoanApplication) -> StepProgress:
    shown = disclosure.newest(application)
    if shown is None:
        return StepProgress(LinkStep.COST, False, ("客户经理正在准备明示表",))
    return StepProgress(LinkStep.COST, shown.confirmed_at is not None)


def _contract(link: CustomerLink) -> StepProgress:
    """Signed by him; in what way does not matter."""
    signer = ContractSigner.objects.filter(contract__application=link.application_id, party=link.party_id).first()
    is_signed = signer is not None and signer.state == ContractSigner.State.SIGNED
    return StepProgress(LinkStep.CONTRACT, is_signed, () if is_signed or signer else ("客户经理正在准备合同",))


def _form(link: CustomerLink) -> StepProgress:
    if link.application is None:
        return StepProgress(LinkStep.FORM, False)
    lacks = tuple(each.detail for each in limits.broken_by(link.application))
    return StepProgress(LinkStep.FORM, not lacks, lacks)


def _proofs(obligor: Obligor | None) -> Iterable[StepProgress]:
    """Identity and consent; what is spent already is done."""
    if obligor is None:
        yield StepProgress(LinkStep.FACE, False)
        yield StepProgress(LinkStep.CONSENT, False)
        return
    lacks = tuple(each.detail for each in gates.identity_of(obligor))
    yield StepProgress(LinkStep.FACE, not lacks, lacks)
    yield StepProgress(LinkStep.CONSENT, has_consented(obligor))


def has_consented(obligor: Obligor) -> bool:
    """Whether his consent stands, or was used already."""
    return gates.standing_authorization(obligor) is not None or gates.report_of(obligor) is not None


def _papers(link: CustomerLink) -> StepProgress:
    if link.application is None:
        return StepProgress(LinkStep.MATERIALS, False)
    lacks = tuple(each.detail for each in checklist.shortcomings(link.application, stage="SUBMISSION"))
    return StepProgress(LinkStep.MATERIALS, not lacks, lacks)


@dataclass(frozen=True)
class WantedPaper:
    """A paper that the customer may bring, and how many pictures of it he himself has filed."""

    type: MaterialType
    pages: int
    filed: int


def papers_of(link: CustomerLink) -> list[WantedPaper]:
    """What the product asks of this case before it is handed in; counted is only what came through this link."""
    if link.application is None or link.purpose != CustomerLink.Purpose.APPLY:
        return []
    own = list(link.uploads.filter(material__removed_at__isnull=True).values_list("material__type", flat=True))
    asked = [each for each in checklist.entries(link.application) if each.stage == "SUBMISSION"]
    return [WantedPaper(each.type, each.pages, own.count(each.type)) for each in asked]


def is_open(link: CustomerLink) -> bool:
    """Whether the customer may still fill in his form."""
    begun = link.application is not None
    return not begun or (link.application.state == State.DRAFT and link.handed_in_at is None)  # type: ignore[union-attr]
