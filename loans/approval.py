"""Approval (审批): level by level, each person within his authority and in no case of his own.

Who wants to grant more than his authority lets him recommends instead, and the case goes one level up.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from aladdin import audit, clock
from aladdin.money import yuan
from aladdin.problems import RuleBroken
from loans import authority, chain, conditions_precedent, exposure, notices, offer, products
from loans.codes import Stage
from loans.decision import evaluation, support
from loans.leading import touch
from loans.models import ApprovalDecision, ApprovalTier, LoanApplication
from loans.models.application import LoanApplicationQuerySet
from loans.reading import undisturbed
from loans.review import free_for, investigated_by
from loans.states import State
from loans.transitions import check_move, hold, move, subject_of
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What is approved: yuan, months, percent a year (None: the product's price of the day), in how many
    draws it may be paid out, and the conditions to be met before the money moves."""

    amount: Decimal
    term_months: int
    rate: Decimal | None = None
    max_draws: int = 1
    conditions: str = ""
    opinion: str = ""


def queue(staff: Staff) -> LoanApplicationQuerySet:
    """Cases that have reached a level where this person holds authority, without those he had a part in."""
    levels = authority.levels_of(staff)
    decided = ApprovalDecision.objects.filter(application=OuterRef("pk"), by=staff, at__gte=OuterRef("submitted_at"))
    waiting: LoanApplicationQuerySet = LoanApplication.objects.visible_to(staff).filter(
        free_for(staff), state=State.IN_APPROVAL, approval_level__in=levels
    )
    return waiting.exclude(investigated_by(staff)).exclude(reviewer=staff).exclude(Exists(decided))


@transaction.atomic
def approve(application: LoanApplication, grant: Grant, *, by: Staff) -> LoanApplication:
    """Grant the loan; above one's authority recommend it to the next level, and where two have to sign wait for the
    second (in both cases the state stays IN_APPROVAL).

    Raises `no_authority_at_level`, `separation_of_duties` (403), `offer_out_of_range`, `countersign_differs` (422),
    `authority_exceeded` (422: nobody in the chain may grant as much)."""
    exposure.lock(application)
    held = hold(application.pk)
    check_move(held, "approve", by)
    with undisturbed():
        return _decide(held, grant, by)


def _decide(held: LoanApplication, grant: Grant, by: Staff) -> LoanApplication:
    seat = authority.seat(held, by)
    said = _decision(held, grant, seat)
    route = chain.route(held, said["exposure"])
    last_word = max(route.last_word, evaluation.needed_level(held))
    if said["exposure"] > seat.limit or authority.level_of(held) < last_word:
        return _recommend(held, grant, said, by)
    if _waits_for_countersign(held, route, said):
        return _concur(held, grant, said, by)
    conditions_precedent.lay_down(record(held, "APPROVE", by=by, reason=grant.opinion, **said))
    reason = f"{seat.on_behalf}{grant.opinion}"[:500]
    move(held, "approve", by=by, reason=reason, approver=by, **kept_terms(held, said))
    support.keep(held, Stage.APPROVAL, by=by)
    return held


def _decision(held: LoanApplication, grant: Grant, seat: authority.Seat) -> dict[str, Any]:
    """What is decided and on which authority, as the row of the decision says it."""
    return {
        **within_offer(held, grant.amount, grant.term_months, grant.rate, grant.max_draws),
        "conditions": grant.conditions,
        "exposure": exposure.of(held, grant.amount).total,
        "authority_limit": seat.limit,
        "delegation": seat.delegation,
    }


def within_offer(
    held: LoanApplication, amount: Decimal, term_months: int, rate: Decimal | None, max_draws: int
) -> dict[str, Any]:
    """The terms, with the product's price of the day where no rate is said. Raises `offer_out_of_range` (422)."""
    rate = products.price(held.product_version) if rate is None else rate
    offer.require_within(held, amount=amount, term_months=term_months, rate=rate, max_draws=max_draws)
    return {"amount": amount, "term_months": term_months, "rate": rate, "max_draws": max_draws}


def kept_terms(held: LoanApplication, said: dict[str, Any]) -> dict[str, Any]:
    """What the machine keeps of the decision."""
    expires_on = clock.today() + timedelta(days=held.product_version.approval_valid_days)
    return {name: said[name] for name in ("amount", "term_months", "rate", "max_draws")} | {"expires_on": expires_on}


def _waits_for_countersign(held: LoanApplication, route: chain.Route, said: dict[str, Any]) -> bool:
    """Whether another signature at this level is still wanted. Raises `countersign_differs` (422)."""
    if route.signatures < 2:
        return False
    level = authority.level_of(held)
    first = authority.decided(held).filter(level=level, decision=ApprovalDecision.Decision.CONCUR).first()
    if first is None:
        return True
    for name in ("amount", "term_months", "rate", "max_draws", "conditions"):
        if getattr(first, name) != said[name]:
            detail = f"会签须与首签一致：{yuan(first.amount or 0)}元、{first.term_months}个月、年利率{first.rate}%"
            raise RuleBroken("countersign_differs", detail, errors={name: [detail]})
    return False


def _concur(held: LoanApplication, grant: Grant, said: dict[str, Any], by: Staff) -> LoanApplication:
    """The first of two signatures: the case stays at its level, in nobody's hands, and the others are told."""
    row = record(held, "CONCUR", by=by, reason=grant.opinion, **said)
    held.assignee = held.assigned_at = None
    held.save(update_fields=["assignee", "assigned_at"])
    touch(held)
    audit.record(by=by, action="loan.concur", subject=subject_of(held), amount=str(grant.amount))
    notices.asked_to_countersign(held, row.pk)
    return held


@transaction.atomic
def escalate(application: LoanApplication, *, by: Staff, reason: str) -> LoanApplication:
    """Leave the decision to the next level. Raises `no_higher_level` (422) at the top of the chain."""
    held = hold(application.pk)
    check_move(held, "escalate", by)
    seat = authority.seat(held, by)
    higher = chain.next_tier(held)
    if higher is None:
        raise RuleBroken("no_higher_level", "已是最高审批层级，请作出决定")
    return _go_up(held, higher, by, f"{seat.on_behalf}{reason}", delegation=seat.delegation)


def record(held: LoanApplication, decision: str, *, by: Staff, reason: str, **said: Any) -> ApprovalDecision:
    """A decision at the present level, as a row that is never changed."""
    level = authority.level_of(held)
    return ApprovalDecision.objects.create(
        application=held, level=level, decision=decision, by=by, reason=reason[:500], **said
    )


def _recommend(held: LoanApplication, grant: Grant, said: dict[str, Any], by: Staff) -> LoanApplication:
    higher, limit, total = chain.next_tier(held), said["authority_limit"], said["exposure"]
    if higher is None:
        detail = f"该客户（含关联）贷款合计{yuan(total)}元，超出您的审批权限{yuan(limit)}元，且无上级审批层级"
        raise RuleBroken("authority_exceeded", detail, limit=str(limit), exposure=str(total))
    why = f"超出本级权限{yuan(limit)}元" if total > limit else "按审批流转规则或风险规则由上级终审"
    return _go_up(held, higher, by, f"{why}，建议同意。{grant.opinion}", **said)


def _go_up(held: LoanApplication, higher: ApprovalTier, by: Staff, reason: str, **said: Any) -> LoanApplication:
    record(held, "ESCALATE", by=by, reason=reason, **said)
    return move(held, "escalate", by=by, reason=reason[:500], level=higher.level)
