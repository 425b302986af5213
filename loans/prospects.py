"""Before the application: offers that an RM keeps with a customer or a prospect, until something comes of them.

An offer has the figures of its day and is valid for some days. The customer takes it up (an application with nothing
typed again), declines it, or is told that the bank will not; each end has its reason.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from aladdin import audit, clock, parameters
from aladdin.crypto import query_tokens
from aladdin.money import fen
from aladdin.problems import Conflict, NotFound, NotPermitted
from crm import customers
from crm.identifiers import InvalidIdentifier
from crm.identity import checked_mobile, mobile_index
from crm.models import Customer
from loans import calculation, intake, numbers, products, reason_catalogue
from loans.calculation import Means, Wanted, Worked
from loans.models import ClosingReason, LoanApplication, LoanOffer
from loans.models.offer import LoanOfferQuerySet
from loans.refusals import refuse
from loans.repayment import total_interest
from organization.access import require
from organization.models import Staff

State = LoanOffer.State
Stage = ClosingReason.Stage


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the offer is for: a customer whom the RM may see, or a name and a mobile."""

    customer_id: UUID | None = None
    name: str = ""
    mobile: str = ""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Why nothing came of it. `competitor_rate` in percent a year."""

    reason_code: str
    note: str = ""
    competitor: str = ""
    competitor_rate: Decimal | None = None


# --- Making --------------------------------------------------------------------------------------
@transaction.atomic
def make(
    person: Person, wanted: Wanted, means: Means | None, *, product: str, by: Staff, purpose: str = ""
) -> LoanOffer:
    """Work it out and keep it. Raises `product_not_on_shelf`, `offer_does_not_fit`, `offer_without_a_name`,
    `mobile_format` (422), NotFound for a customer out of sight."""
    require(by, "loan.offer")
    version, day = products.version_in_force(product), clock.today()
    worked = calculation.work_out(version, wanted)
    offer = LoanOffer(
        offer_no=numbers.offer_no(),
        owner=by,
        branch=by.branch,
        product=version.product,
        product_version=version,
        purpose=purpose,
        made_on=day,
        valid_until=day + timedelta(days=parameters.integer("loan.offer_valid_days")),
        lpr=None if version.fixed_rate is not None else products.lpr(version.lpr_tenor, day),
    )
    _put_person(offer, person, by)
    _put_wish(offer, wanted, means)
    _put_figures(offer, worked)
    if means is not None:
        offer.most = calculation.bearable(version, means, wanted).most
    offer.save(force_insert=True)
    audit.record(by=by, action="loan.make_offer", subject=_subject(offer), product=product, amount=str(wanted.amount))
    return offer


def _put_person(offer: LoanOffer, person: Person, by: Staff) -> None:
    if person.customer_id is not None:
        offer.customer = Customer.objects.visible_to(by).filter(pk=person.customer_id).first()
        if offer.customer is None:
            raise NotFound("没有找到该客户")
        return
    name = person.name.strip()
    if not name:
        raise refuse("offer_without_a_name", "请选择客户，或填写姓名", "name")
    try:
        offer.describe(name=name, mobile=checked_mobile(person.mobile))
    except InvalidIdentifier as wrong:
        raise refuse(wrong.code, wrong.message_zh, "mobile") from wrong


def _put_wish(offer: LoanOffer, wanted: Wanted, means: Means | None) -> None:
    offer.amount, offer.term_months = wanted.amount, wanted.term_months
    offer.repayment_method, offer.repayment_day = wanted.repayment_method, wanted.repayment_day
    offer.payment_months = list(wanted.payment_months)
    if means is not None:
        offer.monthly_income, offer.monthly_debt = means.monthly_income, means.monthly_debt
        offer.collateral_kind = means.collateral_kind
        offer.collateral_value = means.collateral_value if means.collateral_kind else None


def _put_figures(offer: LoanOffer, worked: Worked) -> None:
    offer.rate, offer.burden = worked.terms.rate, worked.burden
    offer.first_payment, offer.total_interest = worked.lines[0].payment, fen(total_interest(worked.lines))
    offer.cost_simple, offer.cost_effective = worked.cost.simple, worked.cost.effective
    offer.lines = [
        {
            "number": line.number,
            "due_on": str(line.due_on),
            "principal": f"{line.principal:.2f}",
            "interest": f"{line.interest:.2f}",
            "balance": f"{line.balance:.2f}",
        }
        for line in worked.lines
    ]
    offer.fees = [
        {"name": fee.name, "when": fee.when, "collected_by": fee.collected_by, "amount": f"{fee.amount:.2f}"}
        for fee in worked.fees
    ]


# --- Finding -------------------------------------------------------------------------------------
def search(text: str, *, by: Staff) -> LoanOfferQuerySet:
    """Offers within sight, by number, whole mobile, or name (characters or pinyin initials); empty text means all."""
    typed = "".join(text.split())
    visible: LoanOfferQuerySet = LoanOffer.objects.visible_to(by)
    if not typed:
        return visible
    found = Q(offer_no=typed.upper())
    if typed.isascii() and typed.isdigit() and len(typed) == 11:
        index = mobile_index(typed)
        found |= Q(mobile_index=index) | Q(customer__mobile_index=index)
    if not any(character.isdigit() for character in typed):
        tokens = query_tokens(typed)
        found |= Q(name_tokens__contains=tokens) | Q(customer__name_tokens__contains=tokens)
    return visible.filter(found)


def find(offer_id: UUID, *, by: Staff) -> LoanOffer:
    """The offer, if this person may see it. Raises NotFound."""
    rows = LoanOffer.objects.visible_to(by).select_related("product", "branch", "owner", "customer", "reason")
    found: LoanOffer | None = rows.filter(pk=offer_id).first()
    if found is None:
        raise NotFound("没有找到该报价")
    return found


# --- What becomes of it --------------------------------------------------------------------------
@transaction.atomic
def take_up(offer: LoanOffer, *, by: Staff, identity_no: str = "", address: str = "") -> LoanApplication:
    """The customer wants it: a draft with all that was said already, under the product's terms of today.

    A prospect becomes a customer by his identity number. Raises `offer_closed`, `offer_expired` (409),
    `not_in_charge` (403), `identity_no_needed` (422), and what entering a customer and a draft raise."""
    held = _own(offer, by)
    if held.valid_until < clock.today():
        raise Conflict("offer_expired", f"该报价已于{held.valid_until:%Y-%m-%d}过期，请重新测算")
    customer = held.customer or _enter(held, identity_no, address, by)
    said = {
        "amount": held.amount,
        "term_months": held.term_months,
        "purpose": held.purpose,
        "repayment_method": held.repayment_method,
        "repayment_day": held.repayment_day,
        "payment_months": held.payment_months,
        "monthly_income": held.monthly_income,
        "monthly_debt": held.monthly_debt,
    }
    filled: dict[str, Any] = {name: value for name, value in said.items() if value not in (None, "", [])}
    application, _ = intake.create(by=by, customer_id=customer.pk, product=held.product.code, **filled)
    held.customer, held.application = customer, application
    held.forget()  # who he is, the customer's own file says from here on
    _close(held, State.CONVERTED)
    audit.record(by=by, action="loan.take_up_offer", subject=_subject(held), application=str(application.pk))
    return application


def _enter(offer: LoanOffer, identity_no: str, address: str, by: Staff) -> Customer:
    if not identity_no:
        raise refuse("identity_no_needed", "请填写客户身份证号码", "identity_no")
    entered, _ = customers.enter(
        kind="PERSON", name=offer.name, identity_no=identity_no, mobile=offer.mobile, address=address, by=by
    )
    return entered


@transaction.atomic
def lose(offer: LoanOffer, loss: Loss, *, by: Staff) -> LoanOffer:
    """Nothing comes of it: the customer declines, or the bank will not; the reason's side says which.

    Raises `offer_closed` (409), `not_in_charge` (403), `reason_unknown` (422)."""
    held = _own(offer, by)
    reason = reason_catalogue.chosen(loss.reason_code, Stage.OFFER)
    held.reason, held.reason_note = reason, loss.note
    held.competitor, held.competitor_rate = loss.competitor, loss.competitor_rate
    _close(held, State.DECLINED if reason.party == ClosingReason.Party.CUSTOMER else State.REFUSED)
    audit.record(by=by, action="loan.lose_offer", subject=_subject(held), reason=reason.code)
    return held


def expire() -> int:
    """Close the offers past their last day; their number."""
    past = LoanOffer.objects.open().filter(valid_until__lt=clock.today())
    return sum(_expire(pk) for pk in list(past.values_list("pk", flat=True)))


@transaction.atomic
def _expire(offer_id: UUID) -> bool:
    """False where somebody closed it meanwhile, or holds it just now: then it is tomorrow's."""
    free = LoanOffer.objects.open().select_for_update(skip_locked=True, of=("self",))
    held = free.filter(pk=offer_id).first()
    if held is None:
        return False
    _close(held, State.EXPIRED)
    return True


def forget() -> int:
    """Forget who the prospects were of whom nothing came for so long; their number. The figures stay for the counts."""
    last = clock.today() - timedelta(days=parameters.integer("loan.prospect_kept_days"))
    past = LoanOffer.objects.exclude(data_key_sealed="").filter(closed_on__lt=last)
    offers = list(past.values_list("pk", flat=True))
    for offer_id in offers:
        _forget(offer_id)
    return len(offers)


@transaction.atomic
def _forget(offer_id: UUID) -> None:
    held = LoanOffer.objects.select_for_update(of=("self",)).get(pk=offer_id)
    held.forget()
    held.version += 1
    held.save()
    audit.record(by=None, action="loan.forget_prospect", subject=_subject(held))


# --- Sharing -------------------------------------------------------------------------------------
@transaction.atomic
def share(offer: LoanOffer, *, by: Staff) -> str:
    """The address of a page that shows the figures to whoever has it, until the offer ends; of the customer it shows
    nothing. A new address makes the one before worthless. Raises `offer_closed` (409), `not_in_charge` (403)."""
    held = _own(offer, by)
    token = secrets.token_urlsafe(24)
    held.share_sha256, held.shared_at = _digest(token), clock.now()
    held.version += 1
    held.save(update_fields=["share_sha256", "shared_at", "version"])
    audit.record(by=by, action="loan.share_offer", subject=_subject(held))
    return f"{settings.PUBLIC_URL}/offers/{token}"


def shared(token: str) -> LoanOffer | None:
    """The offer behind an address that was shared, while it is open and valid."""
    rows = LoanOffer.objects.open().select_related("product", "branch", "owner")
    return rows.filter(share_sha256=_digest(token), valid_until__gte=clock.today()).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- Around --------------------------------------------------------------------------------------
def _own(offer: LoanOffer, by: Staff) -> LoanOffer:
    """The offer, locked, open, and the person's own."""
    require(by, "loan.offer")
    held = LoanOffer.objects.select_for_update(of=("self",)).select_related("product", "customer").get(pk=offer.pk)
    if held.owner_id != by.pk:
        raise NotPermitted("not_in_charge", "只有报价的客户经理本人可以办理")
    if held.state != State.OPEN:
        raise Conflict("offer_closed", f"该报价{held.get_state_display()}", state=held.state)
    return held


def _close(held: LoanOffer, state: str) -> None:
    held.state, held.closed_on = state, clock.today()
    held.version += 1
    held.save()


def _subject(offer: LoanOffer) -> str:
    return f"loan-offer/{offer.pk}"
