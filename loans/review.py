"""Review (审查): an independent reviewer takes a case up and writes an opinion, which passes it to approval."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from loans import chain, exposure, offer
from loans.codes import RiskGrade
from loans.models import LoanApplication, ReviewOpinion
from loans.models.application import LoanApplicationQuerySet
from loans.states import State
from loans.transitions import check_move, hold, move
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What the reviewer found; amount (yuan), term and rate (percent a year) where he suggests others."""

    recommendation: str
    opinion: str
    risk_points: str = ""
    risk_grade: str = RiskGrade.NORMAL
    amount: Decimal | None = None
    term_months: int | None = None
    rate: Decimal | None = None


def queue(staff: Staff) -> LoanApplicationQuerySet:
    """What this reviewer can do now: unclaimed cases in his scope that he did not investigate, and his own."""
    waiting = Q(state=State.SUBMITTED) | Q(state=State.UNDER_REVIEW, reviewer=staff)
    visible: LoanApplicationQuerySet = LoanApplication.objects.visible_to(staff)
    return visible.filter(free_for(staff), waiting).exclude(investigated_by(staff))


def investigated_by(staff: Staff) -> Q:
    """Cases in which the person is A or B. (Without the null test, excluding it would drop cases without a B.)"""
    return Q(investigator=staff) | Q(co_investigator__isnull=False, co_investigator=staff)


def free_for(staff: Staff) -> Q:
    """Cases that nobody has taken, or this person himself."""
    return Q(assignee__isnull=True) | Q(assignee=staff)


@transaction.atomic
def claim(application: LoanApplication, *, by: Staff) -> LoanApplication:
    """The reviewer takes the case up. Raises `separation_of_duties` (403) for an investigator of the case."""
    return move(hold(application.pk), "take_up_review", by=by, reviewer=by)


@transaction.atomic
def give_opinion(application: LoanApplication, opinion: Opinion, *, by: Staff) -> LoanApplication:
    """The reviewer's written opinion, with which the case goes to the first level of approval.

    Raises `not_in_charge` (403) for another reviewer, `offer_out_of_range` (422)."""
    held = hold(application.pk)
    check_move(held, "pass_to_approval", by)
    offer.require_within(held, amount=opinion.amount, term_months=opinion.term_months, rate=opinion.rate)
    row = ReviewOpinion.objects.create(application=held, by=by, **vars(opinion))
    reason = f"{row.get_recommendation_display()}：{opinion.opinion}"[:500]
    route = chain.route(held, exposure.of(held, opinion.amount or held.amount or Decimal(0)).total)
    return move(held, "pass_to_approval", by=by, reason=reason, level=route.first_level)
