"""What a customer does himself behind the RM's link: the same capabilities, on his own case alone.

The RM in charge stands for what he lets the customer do; audit and log say that it was the customer (`audit.through`).
Each function takes the session, which was checked for this call; nothing but the link's own application is within
its reach.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound, NotPermitted, Problem, RuleBroken
from crm import customers
from crm.models import Customer
from loans import authorization, identity, intake, limits, link_notices, link_progress, materials
from loans.behind_link import (
    SeeYourManager,
    application_of,
    as_customer,
    begin_reading,
    held_link,
    obligor_behind,
    seconds_read,
    to_apply,
)
from loans.consent_texts import RenderedText, rendered
from loans.leading import touch
from loans.link_progress import StepProgress
from loans.models import (
    CreditAuthorization,
    CustomerLink,
    IdentityCheck,
    LinkSession,
    LinkUpload,
    LoanApplication,
    Material,
    OneTimeCode,
)
from loans.obligors import Obligor
from loans.refusals import refuse, refuse_any
from loans.signing import Signature
from loans.states import EDITABLE, State
from loans.transitions import advance, subject_of

_APPLY = CustomerLink.Purpose.APPLY
#: What the customer fills in of his application.
FIELDS = (
    "amount",
    "term_months",
    "purpose",
    "purpose_note",
    "repayment_method",
    "repayment_day",
    "occupation",
    "marital_status",
    "employer",
    "monthly_income",
    "monthly_debt",
    "identity_expires_on",
    "identity_is_long_term",
)
#: He may prove himself and sign before the RM has taken his draft up.
_SIGNED_IN = (State.DRAFT, State.ACCEPTED, State.ID_VERIFIED, State.CREDIT_AUTHORIZED, State.INVESTIGATING)


# --- Seeing --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Progress:
    """What the customer sees: his own steps and entries, and who is in charge."""

    link: CustomerLink
    steps: list[StepProgress]
    application: LoanApplication | None

    @property
    def entries(self) -> dict[str, Any]:
        """What he himself entered; of a case that is only to be signed nothing."""
        if self.application is None or self.link.purpose != _APPLY:
            return {}
        return {name: getattr(self.application, name) for name in FIELDS}


def progress(session: LinkSession) -> Progress:
    """How far he has come."""
    rows = CustomerLink.objects.select_related(
        "created_by", "branch", "product", "customer", "party", "application__product_version__product"
    )
    link = rows.get(pk=session.link_id)
    return Progress(link, link_progress.steps_of(link), link.application)


# --- Who he is -----------------------------------------------------------------------------------
def say_who(session: LinkSession, *, name: str, identity_no: str) -> None:
    """The holder of the phone says who he is; from then on the link is his alone.

    Whether the bank knows a number is not told: who cannot go on is sent to his RM, who hears why. Few tries, each
    of which counts, so call it outside of what a refusal rolls back. Raises `applicant_known` (409), SeeYourManager,
    `too_many_tries` (429), the codes of `crm.identifiers` (400)."""
    link = _count_try(session)
    refused: Problem | None = None
    try:
        _say_who(session, name=name, identity_no=identity_no)
    except SeeYourManager as error:
        refused = error
    if refused is not None:
        with as_customer(link):
            link_notices.moved(link, "loan_link.needs_manager")
        raise refused


@transaction.atomic
def _count_try(session: LinkSession) -> CustomerLink:
    link = held_link(session)
    _check_unnamed(link)
    if link.applicant_tries >= parameters.integer("loan.link_applicant_tries"):
        raise Problem("too_many_tries", "尝试次数过多，请联系您的客户经理", status=429)
    link.applicant_tries += 1
    link.save(update_fields=["applicant_tries"])
    return link


def _check_unnamed(link: CustomerLink) -> None:
    if link.purpose != _APPLY or link.customer is not None:
        raise Conflict("applicant_known", "本人信息已确认，无需重复填写")


@transaction.atomic
def _say_who(session: LinkSession, *, name: str, identity_no: str) -> None:
    link = held_link(session)
    _check_unnamed(link)  # another tap may have been faster
    with as_customer(link):
        customer = _customer(link, name, identity_no)
        link.customer = customer
        link.save(update_fields=["customer"])
        audit.record(by=link.created_by, action="loan.link_applicant", subject=link.door, customer=str(customer.pk))
        link_notices.moved(link)


def _customer(link: CustomerLink, name: str, identity_no: str) -> Customer:
    """The RM's own customer with this number, name and phone, or a new one whom the RM then manages."""
    rm = link.created_by
    try:
        with transaction.atomic():
            entered, _ = customers.enter(kind="PERSON", name=name, identity_no=identity_no, mobile=link.mobile, by=rm)
    except Conflict as known:
        found = customers.known_to(identity_no, by=rm)
        if found is None or found.mobile_index != link.mobile_index or found.name != name:
            raise SeeYourManager from known
        return found
    return entered


# --- His application -----------------------------------------------------------------------------
@transaction.atomic
def fill_in(session: LinkSession, **filled: Any) -> LoanApplication:
    """Save what is given, of a draft that the first saving begins.

    Raises `applicant_first`, `entry_closed` (409), `amount_out_of_range` and its like (422), SeeYourManager."""
    link = to_apply(session)
    with as_customer(link):
        if link.application is None:
            link.application = _begin(link, filled)
            link.save(update_fields=["application"])
        else:
            _check_open(link)
            link.application = intake.edit(link.application, by=link.created_by, **filled)
        link_notices.moved(link)
    return link.application


def _begin(link: CustomerLink, filled: dict[str, Any]) -> LoanApplication:
    if link.customer is None:
        raise Conflict("applicant_first", "请先填写本人信息")
    try:
        application, _ = intake.create(
            by=link.created_by,
            customer_id=link.customer.pk,
            product=link.product.code,
            by_customer=True,
            **filled,
        )
    except (NotFound, NotPermitted) as error:
        raise SeeYourManager from error  # he is another's customer by now
    return application


def _check_open(link: CustomerLink) -> None:
    if not link_progress.is_open(link):
        raise Conflict("entry_closed", "申请已提交，如需修改请联系您的客户经理")


@transaction.atomic
def hand_in(session: LinkSession) -> CustomerLink:
    """The customer is through; the RM goes on. Again does nothing.

    Raises `application_first`, `consent_first` (409), `field_missing` and its like (422)."""
    link = to_apply(session)
    application = application_of(link)
    if link.handed_in_at is not None:
        return link
    refuse_any(limits.broken_by(application))
    if not link_progress.has_consented(Obligor(application)):
        raise Conflict("consent_first", "请先签署征信授权书")
    link.handed_in_at = clock.now()
    link.save(update_fields=["handed_in_at"])
    with as_customer(link):
        audit.record(by=link.created_by, action="loan.hand_in_link", subject=subject_of(application), link=link.door)
        link_notices.moved(link, "loan_link.handed_in", customer=application.customer.masked_name())
    return link


# --- Identity and consent ------------------------------------------------------------------------
@transaction.atomic
def show_face(session: LinkSession, *, face: bytes) -> tuple[IdentityCheck, int]:
    """One try at 联网核查 with a picture of his face, and how many are left today.

    Raises `application_first`, `identity_attempts_exhausted`, `identity_already_verified` (409) and the like."""
    link = held_link(session)
    with as_customer(link):
        obligor = obligor_behind(link, lock=True)
        check = identity.try_online(obligor, face=face, by=None, may_be_draft=True)
        link_notices.moved(link)
    return check, identity.attempts_left(obligor)


@transaction.atomic
def show_text(session: LinkSession) -> tuple[RenderedText, int]:
    """The text of the consent and the seconds to read it: from now on counts how long he has it before him.

    Raises `application_first` (409)."""
    text = rendered(obligor_behind(session.link))
    begin_reading(session, text.sha256)
    return text, parameters.integer("loan.consent_read_seconds")


def send_code(session: LinkSession, *, ip: str | None) -> int:
    """A code that stands for his signature; seconds until the next. Raises what `sign` raises, and TooMany."""
    obligor = obligor_behind(session.link)
    authorization.check_wanted(obligor, _SIGNED_IN)
    return authorization.send_code_to(obligor, ip=ip)


def redeem_code(session: LinkSession, code: str, *, ip: str | None) -> OneTimeCode:
    """The code as evidence for `sign`; each try counts. Raises CodeRefused, TooMany."""
    return authorization.redeem_code_of(obligor_behind(session.link), code, ip=ip)


@transaction.atomic
def sign(session: LinkSession, *, signature: Signature, text_sha256: str) -> CreditAuthorization:
    """He signs the consent that he has read; with the last signature the case moves on.

    Raises `read_too_briefly` (422), and what `authorization.sign` raises."""
    link = held_link(session)
    obligor = obligor_behind(link, lock=True)
    authorization.check_wanted(obligor, _SIGNED_IN)
    grant = CreditAuthorization(
        channel=CreditAuthorization.Channel.LINK, read_seconds=_read_seconds(session, text_sha256)
    )
    with as_customer(link):
        authorization.put_down(grant, obligor, signature, text_sha256=text_sha256)
        held = obligor.application
        audit.record(
            by=link.created_by,
            action="loan.sign_authorization",
            subject=subject_of(held),
            grant=grant.authorization_no,
        )
        if not advance(held, by=None):
            touch(held)
        link_notices.moved(link, "loan_link.signed", customer=held.customer.masked_name())
    return grant


def _read_seconds(session: LinkSession, text_sha256: str) -> int:
    """How long the text lay before him, by our own clock."""
    least = parameters.integer("loan.consent_read_seconds")
    seconds = seconds_read(session, text_sha256)
    if seconds is None:
        raise refuse("consent_text_changed", "授权书内容已更新，请重新阅读后签署", "text_sha256")
    if seconds < least:
        raise RuleBroken("read_too_briefly", f"请完整阅读授权书，至少{least}秒", least=least, read=seconds)
    return seconds


# --- Papers --------------------------------------------------------------------------------------
@transaction.atomic
def file_paper(session: LinkSession, *, kind: str, file: bytes) -> Material:
    """File a picture of a paper that the product asks for.

    Raises `application_first`, `entry_closed` (409), `paper_not_asked_for` (422), and what `materials.add` raises."""
    link = to_apply(session)
    application = application_of(link)
    if application.state not in EDITABLE:
        raise Conflict("entry_closed", "申请已进入审批，如需补充资料请联系您的客户经理")
    if kind not in {each.type for each in link_progress.papers_of(link)}:
        raise refuse("paper_not_asked_for", "本次申请不需要该资料", "type")
    with as_customer(link):
        material = materials.add(application, kind=kind, file=file, by=link.created_by)
        LinkUpload.objects.create(link=link, material=material)
        link_notices.moved(link)
    return material


@transaction.atomic
def take_out(session: LinkSession, material_id: UUID) -> None:
    """Take out a picture that he filed himself, until he has handed in. Raises NotFound, `entry_closed`."""
    link = to_apply(session)
    upload = link.uploads.filter(material=material_id, material__removed_at__isnull=True).first()
    if upload is None:
        raise NotFound("没有找到该资料")
    _check_open(link)
    with as_customer(link):
        materials.remove(application_of(link), material_id, by=link.created_by)
        link_notices.moved(link)
