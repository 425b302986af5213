"""Approval (审批): level by level, each person within his authority and in no case of his own.

Who wants to grant more than his authority lets him recommends instead, and the case goes one level up.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from aladdin import clock
from aladdin.money import yuan
from aladdin.problems import RuleBroken
from loans import authority, offer, products
from loans.codes import Stage
from loans.decision import evaluation
from loans.models import ApprovalDecision, ApprovalTier, LoanApplication
from loans.models.application import LoanApplicationQuerySet
from loans.review import free_for, investigated_by
from loans.states import State
from loans.transitions import check_move, hold, move
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What is approved: yuan, months, percent a year (None: the product's price of the day), and the conditions
    to be met before the money moves."""

    amount: Decimal
    term_months: int
    rate: Decimal | None = None
    conditions: str = ""
    opinion: str = ""


def queue(staff: Staff) -> LoanApplicationQuerySet:
    """Cases that have reached a level where this person holds authority, without those he had a part in."""
    levels = authority.in_force(staff).values("level")
    decided = ApprovalDecision.objects.filter(application=OuterRef("pk"), by=staff, at__gte=OuterRef("submitted_at"))
    waiting: LoanApplicationQuerySet = LoanApplication.objects.visible_to(staff).filter(
        free_for(staff), state=State.IN_APPROVAL, approval_level__in=levels
    )
    return waiting.exclude(investigated_by(staff)).exclude(reviewer=staff).exclude(Exists(decided))


@transaction.atomic
def approve(application: LoanApplication, grant: Grant, *, by: Staff) -> LoanApplication:
    """Grant the loan, or above one's authority recommend it to the next level (the state stays IN_APPROVAL).

    Raises `no_authority_at_level`, `separation_of_duties` (403), `offer_out_of_range` (422),
    `authority_exceeded` (422: nobody in the chain may grant as much)."""
    held = hold(application.pk)
    check_move(held, "approve", by)
    limit = authority.seat(held, by)
    rate = products.price(held.product_version) if grant.rate is None else grant.rate
    offer.require_within(held, amount=grant.amount, term_months=grant.term_months, rate=rate)
    terms: dict[str, Any] = {"amount": grant.amount, "term_months": grant.term_months, "rate": rate}
    if authority.exposure(held, grant.amount) > limit:
        return _recommend(held, grant, terms, limit, by)
    record(held, "APPROVE", by=by, reason=grant.opinion, conditions=grant.conditions, **terms)
    expires_on = clock.today() + timedelta(days=held.product_version.approval_valid_days)
    move(held, "approve", by=by, reason=grant.opinion[:500], approver=by, expires_on=expires_on, **terms)
    evaluation.record(held, Stage.APPROVAL, by=by)
    return held


@transaction.atomic
def escalate(application: LoanApplication, *, by: Staff, reason: str) -> LoanApplication:
    """Leave the decision to the next level. Raises `no_higher_level` (422) at the top of the chain."""
    held = hold(application.pk)
    check_move(held, "escalate", by)
    authority.seat(held, by)
    higher = authority.next_tier(held)
    if higher is None:
        raise RuleBroken("no_higher_level", "已是最高审批层级，请作出决定")
    return _go_up(held, higher, by, reason)


def record(held: LoanApplication, decision: str, *, by: Staff, reason: str, **said: Any) -> ApprovalDecision:
    """A decision at the present level, as a row that is never changed."""
    level = authority.level_of(held)
    return ApprovalDecision.objects.create(
        application=held, level=level, decision=decision, by=by, reason=reason[:500], **said
    )


def conditions_of(application: LoanApplication) -> str:
    """The conditions precedent under which the loan was granted; empty where there are none."""
    granted = application.approval_decisions.filter(decision=ApprovalDecision.Decision.APPROVE)
    return granted.order_by(F("at").desc()).values_list("conditions", flat=True).first() or ""


def _recommend(
    held: LoanApplication, grant: Grant, terms: dict[str, Any], limit: Decimal, by: Staff
) -> LoanApplication:
    higher = authority.next_tier(held)
    if higher is None:
        total = authority.exposure(held, grant.amount)
        detail = f"该客户贷款合计{yuan(total)}元，超出您的审批权限{yuan(limit)}元，且无上级审批层级"
        raise RuleBroken("authority_exceeded", detail, limit=str(limit), exposure=str(total))
    reason = f"超出本级权限{yuan(limit)}元，建议同意。{grant.opinion}"
    return _go_up(held, higher, by, reason, conditions=grant.conditions, **terms)


def _go_up(held: LoanApplication, higher: ApprovalTier, by: Staff, reason: str, **terms: Any) -> LoanApplication:
    record(held, "ESCALATE", by=by, reason=reason, **terms)
    return move(held, "escalate", by=by, reason=reason[:500], level=higher.level)
