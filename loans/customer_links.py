"""Links for customers (客户自助链接): the RM makes one, the customer opens it with a code sent to his phone.

A link is a secret of 192 bits kept as its digest; the session behind it another. What does not open says the same
whatever the cause: unknown, run out, taken back.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import segno
from django.conf import settings
from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound, NotPermitted, Problem, RuleBroken
from crm.identifiers import InvalidIdentifier
from crm.identity import checked_mobile, mobile_index
from crm.models import Customer
from loans import link_notices, obligors, one_time_codes, products
from loans.models import CustomerLink, LinkSession, LoanApplication, OneTimeCode
from loans.one_time_codes import CodeRefused
from loans.states import IN_FLIGHT, State
from notifications import sms
from organization.access import require
from organization.models import Staff

_TOKEN_BYTES = 24
_Purpose = CustomerLink.Purpose
_CONTRACT_SIGNED_IN = (State.APPROVED, State.CONTRACTING)


class LinkDead(NotFound):
    """The link opens nothing; the cause is not said."""

    def __init__(self) -> None:
        super().__init__("链接无效或已失效，请联系您的客户经理", "link_dead")


class SessionEnded(Problem):
    """The session is over, or never was."""

    status = 401

    def __init__(self) -> None:
        super().__init__("link_session_ended", "操作已超时，请重新获取验证码")


@dataclass(frozen=True)
class MadeLink:
    """A link with its secret, which is shown this once."""

    row: CustomerLink
    token: str

    @property
    def url(self) -> str:
        """What the QR code holds."""
        return f"{settings.PUBLIC_URL.rstrip('/')}/apply/{self.token}"

    def qr_svg(self) -> str:
        """The QR code as an SVG document."""
        return segno.make(self.url, error="m", micro=False).svg_inline(scale=6, border=3, light="white")

    def qr_png(self) -> str:
        """The QR code as a `data:` URL of a PNG picture."""
        return segno.make(self.url, error="m", micro=False).png_data_uri(scale=8, border=3)


# --- By the RM -----------------------------------------------------------------------------------
@transaction.atomic
def make(*, by: Staff, product: str = "", customer_id: UUID | None = None, send_text: bool = False) -> MadeLink:
    """A link with which a customer begins an application: a known one, or whoever scans it.

    Raises NotFound, `product_not_on_shelf`, `customer_not_a_person`, `mobile_missing` (422), `too_many_links` (429)."""
    require(by, "loan_link.make")
    version = products.version_in_force(product)
    customer = _customer(customer_id, by) if customer_id else None
    link = CustomerLink(purpose=_Purpose.APPLY, product=version.product, customer=customer, branch=by.branch)
    return _issue(link, by, phone=customer.mobile if customer else "", send_text=send_text)


@transaction.atomic
def make_to_sign(
    application: LoanApplication,
    *,
    by: Staff,
    party_id: UUID | None = None,
    send_text: bool = False,
    contract: bool = False,
) -> MadeLink:
    """A link with which the borrower, or one beside him, signs on his own phone: his consent, or with `contract` what
    is signed after the approval.

    Raises NotFound, `not_in_charge` (403), `application_closed`, `not_approved` (409), `mobile_missing` (422),
    `too_many_links`."""
    require(by, "loan_link.make")
    if by.pk != application.investigator_id:
        raise NotPermitted("not_in_charge", "只有本笔主办客户经理可以办理")
    if application.state not in IN_FLIGHT:
        raise Conflict("application_closed", f"当前状态“{State(application.state).label}”不能签署授权")
    if contract and application.state not in _CONTRACT_SIGNED_IN:
        raise Conflict("not_approved", f"当前状态“{State(application.state).label}”不能签署合同")
    obligor = obligors.one(application, party_id)
    link = CustomerLink(
        purpose=_Purpose.CONTRACT if contract else _Purpose.SIGN,
        product=application.product,
        customer=None if obligor.party else application.customer,
        application=application,
        party=obligor.party,
        branch=application.branch,
    )
    return _issue(link, by, phone=obligor.person.mobile, send_text=send_text)


def _customer(customer_id: UUID, by: Staff) -> Customer:
    customer = Customer.objects.visible_to(by).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound("没有找到该客户")
    if customer.kind != Customer.Kind.PERSON:
        raise RuleBroken("customer_not_a_person", "个人贷款只能由个人客户申请", errors={"customer": ["须为个人客户"]})
    return customer


def _issue(link: CustomerLink, by: Staff, *, phone: str, send_text: bool) -> MadeLink:
    """Keep it with its digest; a known person's link is bound to his phone from the start."""
    if not phone and (link.customer or link.party or send_text):
        raise RuleBroken("mobile_missing", "没有登记手机号，请先完善资料")
    _check_day(by)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    hours = parameters.integer("loan.link_hours")
    link.created_by, link.token_digest = by, _digest(token)
    link.expires_at = clock.now() + timedelta(hours=hours)
    if phone:
        link.mobile, link.mobile_index = phone, mobile_index(phone)
    link.save(force_insert=True)
    audit.record(by=by, action="loan.make_link", subject=link.door, purpose=link.purpose, product=link.product.code)
    if send_text:
        _text(link, token, hours)
    return MadeLink(link, token)


def _check_day(by: Staff) -> None:
    """So many a day; two at once may make one more, which harms nobody."""
    limit = parameters.integer("loan.links_a_day")
    since = clock.now() - timedelta(days=1)
    if CustomerLink.objects.filter(created_by=by, created_at__gt=since).count() >= limit:
        raise Problem("too_many_links", f"一日内生成的链接已达{limit}个", status=429)


def _text(link: CustomerLink, token: str, hours: int) -> None:
    values = {
        "manager": link.created_by.name,
        "business": str(link.get_purpose_display()),
        "hours": str(hours),
        "token": token,
    }
    sms.send(mobile=link.mobile, template="customer_link", values=values, reference=link.door)


@transaction.atomic
def revoke(link_id: UUID, *, by: Staff) -> CustomerLink:
    """Take a link back, with whoever is at work behind it. Again does nothing. Raises NotFound, `not_in_charge`."""
    require(by, "loan_link.make")
    link = CustomerLink.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=link_id).first()
    if link is None:
        raise NotFound("没有找到该链接")
    if link.created_by_id != by.pk:
        raise NotPermitted("not_in_charge", "只有生成链接的客户经理可以撤销")
    if link.revoked_at is None:
        link.revoked_at = clock.now()
        link.save(update_fields=["revoked_at"])
        link.sessions.filter(ended_at__isnull=True).update(ended_at=link.revoked_at)
        audit.record(by=by, action="loan.revoke_link", subject=link.door)
    return link


@transaction.atomic
def forget(*, days: int) -> int:
    """Delete links that ran out so many days ago and led to no application, with their sessions; how many. That they
    were made and opened stays in the audit."""
    idle = CustomerLink.objects.filter(expires_at__lt=clock.now() - timedelta(days=days), application__isnull=True)
    rows = list(idle.select_for_update().values_list("pk", flat=True))
    LinkSession.objects.filter(link__in=rows).delete()
    return CustomerLink.objects.filter(pk__in=rows).delete()[0]


# --- By the customer -----------------------------------------------------------------------------
def is_live(token: str) -> bool:
    """Whether the page has anything to open."""
    return CustomerLink.objects.live().filter(token_digest=_digest(token)).exists()


@transaction.atomic
def send_code(token: str, *, mobile: str, ip: str | None) -> int:
    """Send a code to the phone that is entered; seconds until the next. Whether it is the link's phone is not said.

    Raises LinkDead, `mobile_format` (400), TooMany."""
    link = _live(token)
    number = _mobile(mobile)
    CustomerLink.objects.select_for_update().get(pk=link.pk)  # so that calls at once are counted one by one
    is_known = link.mobile_index in ("", mobile_index(number))
    _check_codes_of(link)
    return one_time_codes.send(_OPEN, subject=link.door, mobile=number, ip=ip, is_known=is_known)


_OPEN = OneTimeCode.Purpose.OPEN_LINK


def _check_codes_of(link: CustomerLink) -> None:
    """A link that anybody may scan is no way to trouble strangers with messages."""
    sent = OneTimeCode.objects.filter(purpose=_OPEN, subject=link.door).count()
    if sent >= parameters.integer("loan.codes_a_link"):
        raise one_time_codes.TooMany("too_many_codes", "该链接获取验证码次数过多，请联系您的客户经理")


def begin(token: str, *, mobile: str, code: str, ip: str | None, device: str) -> tuple[LinkSession, str]:
    """Open the link with the code: a session and its secret. Binds the link to the phone; ends a session before.

    Each try counts, so call it outside of what a refusal rolls back. Raises LinkDead, CodeRefused, TooMany."""
    link = _live(token)
    number = _mobile(mobile)
    one_time_codes.redeem(_OPEN, subject=link.door, mobile=number, code=code, ip=ip)
    return _begin(link.pk, number, ip=ip, device=device)


@transaction.atomic
def _begin(link_id: UUID, number: str, *, ip: str | None, device: str) -> tuple[LinkSession, str]:
    link = CustomerLink.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=link_id)
    if not link.is_live:
        raise LinkDead
    if link.mobile_index not in ("", mobile_index(number)):
        raise CodeRefused  # another phone was first
    is_first = link.bound_at is None
    link.mobile, link.mobile_index = number, mobile_index(number)
    link.bound_at = link.bound_at or clock.now()
    link.times_opened += 1
    link.save(update_fields=["mobile_sealed", "mobile_index", "bound_at", "times_opened"])
    link.sessions.filter(ended_at__isnull=True).update(ended_at=clock.now())
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    minutes = timedelta(minutes=parameters.integer("loan.link_session_minutes"))
    session = LinkSession.objects.create(
        link=link,
        token_digest=_digest(token),
        device=device[:64],
        ip=ip,
        expires_at=min(clock.now() + minutes, link.expires_at),
    )
    with audit.through(link.door):
        audit.record(by=link.created_by, action="loan.open_link", subject=link.door, session=str(session.pk))
    link_notices.moved(link, "loan_link.opened" if is_first else "")
    return session, token


def session_of(token: str) -> LinkSession:
    """Whose session this is. Raises SessionEnded."""
    sessions = LinkSession.objects.select_related(
        "link__created_by", "link__product", "link__branch", "link__customer", "link__party", "link__application"
    )
    found = sessions.filter(token_digest=_digest(token), ended_at__isnull=True, expires_at__gt=clock.now()).first()
    if found is None or not found.link.is_live or not _is_still_his_phone(found.link):
        raise SessionEnded
    return found


def end(session: LinkSession) -> None:
    """The customer leaves."""
    LinkSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=clock.now())


def _live(token: str) -> CustomerLink:
    links = CustomerLink.objects.live().select_related("created_by", "customer", "party")
    found = links.filter(token_digest=_digest(token)).first()
    if found is None or not _is_still_his_phone(found):
        raise LinkDead
    return found


def _is_still_his_phone(link: CustomerLink) -> bool:
    """Whether the file still has the phone that the link is bound to: who gave his number up has given up the link."""
    person = link.party or link.customer
    return person is None or (bool(person.mobile) and mobile_index(person.mobile) == link.mobile_index)


def _mobile(text: str) -> str:
    try:
        number = checked_mobile(text)
    except InvalidIdentifier as invalid:
        raise Problem(invalid.code, invalid.message_zh, errors={"mobile": [invalid.message_zh]}) from invalid
    if not number:
        raise Problem("mobile_format", "请输入手机号", errors={"mobile": ["请输入手机号"]})
    return number


def _digest(token: str) -> str:
    """Enough for what has 192 random bits: nobody tries them all."""
    return hashlib.sha256(token.encode()).hexdigest()
