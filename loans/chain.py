"""The way of a case through the levels of approval: where it begins, who has the last word, how many sign, and who
is asked.

The product's tiers say up to which amount a level decides; the chain's rules send a case higher for its product,
branch, risk grade or exposure, and ask for two signatures.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from aladdin import clock
from aladdin.problems import RuleBroken
from loans.codes import ApprovalLevel, CommitteeOffice, RiskGrade
from loans.models import (
    ApprovalAuthority,
    ApprovalDelegation,
    ApprovalDesk,
    ApprovalTier,
    ChainRule,
    CommitteeSeat,
    LoanApplication,
)
from organization.models import Branch, Staff
from organization.roles import Role


@dataclass(frozen=True)
class Route:
    """From which level to which, and how many have to sign at the last."""

    first_level: int
    last_word: int
    signatures: int


def route(application: LoanApplication, exposure: Decimal) -> Route:
    """The way of this case with so much exposure, in yuan. Raises `approval_chain_missing` (422)."""
    levels = sorted(application.product_version.approval_tiers.values_list("level", flat=True))
    if not levels:
        raise RuleBroken("approval_chain_missing", "该产品未配置审批层级，请联系产品经理")
    rules = list(_fitting(application, exposure))
    return Route(
        first_level=_at_least(levels, max((rule.first_level or 0 for rule in rules), default=0)),
        last_word=_at_least(levels, max((rule.last_word or 0 for rule in rules), default=0)),
        signatures=max((rule.signatures for rule in rules), default=1),
    )


def _at_least(levels: list[int], wanted: int) -> int:
    """The lowest rung of the product's chain that is high enough; the topmost where none is."""
    return next((level for level in levels if level >= wanted), levels[-1])


def _fitting(application: LoanApplication, exposure: Decimal) -> QuerySet[ChainRule]:
    """The rules of today for this product, branch, grade and exposure."""
    today = clock.today()
    in_force = Q(effective_from__lte=today) & (Q(effective_to__isnull=True) | Q(effective_to__gt=today))
    return ChainRule.objects.filter(
        in_force,
        Q(product__isnull=True) | Q(product=application.product_id),
        Q(branch__isnull=True) | Q(branch__in=upwards(application.branch)),
        Q(risk_grade="") | Q(risk_grade=grade_of(application)),
        above__lt=exposure,
    )


def grade_of(application: LoanApplication) -> RiskGrade:
    """What the reviewer found in the last review; until then ordinary."""
    said = application.review_opinions.order_by("-at").values_list("risk_grade", flat=True).first()
    return RiskGrade(said or RiskGrade.NORMAL)


def next_tier(application: LoanApplication) -> ApprovalTier | None:
    """The rung above the present one in the product's chain."""
    tiers = application.product_version.approval_tiers.filter(level__gt=application.approval_level or 0)
    return tiers.order_by("level").first()


# --- Who is asked --------------------------------------------------------------------------------
def upwards(branch: Branch) -> list[Branch]:
    """The branch and those above it, the nearest first."""
    return [branch, *reversed(list(Branch.objects.get_ancestors(branch)))]


def asked(application: LoanApplication) -> list[Staff]:
    """The approvers who are told that it is their turn: at the branch that is named for it, else at the nearest
    upwards where somebody holds the authority of the level. Others who hold it may decide as well."""
    if application.approval_level == ApprovalLevel.COMMITTEE:
        return _callers_of_the_committee()
    branches = upwards(application.branch)
    able = _able(application).filter(branch__in=branches)
    found = list(able.select_related("branch"))
    named = _named_desk(application, branches)
    for branch in [named, *branches] if named else branches:
        here = [staff for staff in found if staff.branch_id == branch.pk]
        if here:
            return here
    return []


def _callers_of_the_committee() -> list[Staff]:
    """Chair and secretary, who convene it."""
    seats = CommitteeSeat.objects.today().filter(office__in=[CommitteeOffice.CHAIR, CommitteeOffice.SECRETARY])
    return [seat.staff for seat in seats.select_related("staff")]


def _named_desk(application: LoanApplication, branches: list[Branch]) -> Branch | None:
    rows = ApprovalDesk.objects.filter(level=application.approval_level or 0, branch__in=branches).select_related("at")
    desk_of = {row.branch_id: row.at for row in rows}
    return next((desk_of[branch.pk] for branch in branches if branch.pk in desk_of), None)


def _able(application: LoanApplication) -> QuerySet[Staff]:
    """Approvers with the authority of the level for this kind of loan, by their own right or from a lent seat, who
    have no other part in the case."""
    today, level, product = clock.today(), application.approval_level or 0, application.product
    rows = ApprovalAuthority.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gt=today),
        level=level,
        effective_from__lte=today,
        kind__in=["", product.kind],
        guarantee__in=["", product.guarantee],
    )
    lent = ApprovalDelegation.objects.on(today).filter(delegator__in=rows.values("staff"))
    own = Exists(rows.filter(staff=OuterRef("pk"))) | Exists(lent.filter(delegate=OuterRef("pk")))
    decided = application.approval_decisions.filter(at__gte=application.submitted_at).values("by")
    parts = (application.investigator_id, application.co_investigator_id, application.reviewer_id)
    approvers: QuerySet[Staff] = Staff.objects.active().with_role(Role.APPROVER)
    return approvers.filter(own).exclude(pk__in=[each for each in parts if each]).exclude(pk__in=decided)
