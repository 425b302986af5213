"""Who may grant how much (授权): rows by person, level, kind of loan and guarantee, with dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from aladdin import clock
from aladdin.problems import NotPermitted
from loans import blockers
from loans.codes import ApprovalLevel, Guarantee
from loans.models import (
    ApprovalAuthority,
    ApprovalDecision,
    ApprovalDelegation,
    ApprovalTier,
    LoanApplication,
)
from organization.access import may
from organization.models import Staff

#: The house's example (domain 1.4), in yuan: unsecured, and with any guarantee behind it.
STANDARD: dict[ApprovalLevel, tuple[Decimal, Decimal]] = {
    ApprovalLevel.OUTLET: (Decimal(300_000), Decimal(1_000_000)),
    ApprovalLevel.CENTRE: (Decimal(1_000_000), Decimal(5_000_000)),
    ApprovalLevel.HEAD_OFFICE: (Decimal(10_000_000), Decimal(10_000_000)),
}


def grant_standard(staff: Staff, level: ApprovalLevel) -> list[ApprovalAuthority]:
    """Give the person the house's standard authority of a level from today on; what he has there stays."""
    unsecured, secured = STANDARD[level]
    limits = {Guarantee.UNSECURED: unsecured, Guarantee.GUARANTEED: secured}
    limits |= {Guarantee.MORTGAGED: secured, Guarantee.PLEDGED: secured}
    return [
        ApprovalAuthority.objects.get_or_create(
            staff=staff,
            level=level,
            kind="",
            guarantee=guarantee,
            defaults={"max_amount": limit, "effective_from": clock.today()},
        )[0]
        for guarantee, limit in limits.items()
    ]


@dataclass(frozen=True)
class Seat:
    """Up to which exposure, in yuan, a person has the last word on a case; and in whose place he sits, if he does."""

    limit: Decimal
    delegation: ApprovalDelegation | None = None

    @property
    def on_behalf(self) -> str:
        """Said in front of the reason of whatever is decided from a seat that was lent."""
        return f"（受{self.delegation.delegator}转授权）" if self.delegation else ""


def seat(application: LoanApplication, staff: Staff) -> Seat:
    """The person's seat at the level that the case has reached: his own, or else one that was lent to him.

    Raises `separation_of_duties` (403) where he already decided in this round, `committee_decides` (403),
    `no_authority_at_level` (403), `delegation_of_conflicted` (403)."""
    if level_of(application) == ApprovalLevel.COMMITTEE:
        raise NotPermitted("committee_decides", "该申请由贷审会表决，不由个人审批")
    if decided(application).filter(by=staff).exists():
        raise NotPermitted("separation_of_duties", "已在本次审批中作出意见，不得再审批同一笔申请")
    tier = application.product_version.approval_tiers.filter(level=level_of(application)).first()
    if tier is not None:
        own = fitting(application, staff)
        if own is not None:
            return Seat(min(own.max_amount, tier.up_to))
        return _lent(application, staff, tier)
    raise NotPermitted("no_authority_at_level", "您没有该审批层级的授权")


def _lent(application: LoanApplication, staff: Staff, tier: ApprovalTier) -> Seat:
    """The first of the seats lent to the person today from which this case may be decided."""
    refusal = NotPermitted("no_authority_at_level", "您没有该审批层级的授权")
    lent = ApprovalDelegation.objects.on(clock.today()).filter(delegate=staff).select_related("delegator")
    for delegation in lent.order_by("created_at"):
        theirs = fitting(application, delegation.delegator)
        mine = highest(application, staff)
        if theirs is None or mine is None or not may(delegation.delegator, "loan.approve"):
            continue
        if _is_conflicted(application, delegation.delegator):
            refusal = NotPermitted("delegation_of_conflicted", "授权人须回避本笔申请，不得由其受托人代为审批")
            continue
        return Seat(min(theirs.max_amount, mine, tier.up_to), delegation)
    raise refusal


def _is_conflicted(application: LoanApplication, delegator: Staff) -> bool:
    """Whether the lender of the seat could not decide himself: nobody's case is decided through a stand-in."""
    if decided(application).filter(by=delegator).exists():
        return True
    return any(blockers.conflicts_of(application, "approve", delegator))


def decided(application: LoanApplication) -> QuerySet[ApprovalDecision]:
    """The decisions of the present round: since the file was handed in the last time."""
    return application.approval_decisions.filter(at__gte=application.submitted_at)


def in_force(staff: Staff) -> QuerySet[ApprovalAuthority]:
    """The person's authority today."""
    return _of_today(ApprovalAuthority.objects.filter(staff=staff))


def _of_today(rows: QuerySet[ApprovalAuthority]) -> QuerySet[ApprovalAuthority]:
    today = clock.today()
    return rows.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=today), effective_from__lte=today)


def levels_of(staff: Staff) -> set[int]:
    """The levels at which the person may sit today, by his own right or in a lent seat."""
    lenders = ApprovalDelegation.objects.on(clock.today()).filter(delegate=staff).values("delegator")
    rows = _of_today(ApprovalAuthority.objects.filter(Q(staff=staff) | Q(staff__in=lenders)))
    return set(rows.values_list("level", flat=True))


def level_of(application: LoanApplication) -> int:
    """The level that a case in approval has reached."""
    return application.approval_level or 0


def most_specific(rows: Iterable[ApprovalAuthority]) -> ApprovalAuthority | None:
    """Of several rows that fit: what names kind and guarantee goes before what names one, and that before what
    names none; of equals the lower limit."""
    return min(rows, key=lambda row: (-bool(row.kind) - bool(row.guarantee), row.max_amount), default=None)


def fitting(application: LoanApplication, staff: Staff, level: int | None = None) -> ApprovalAuthority | None:
    """The person's own row for this kind of loan, at the level that the case has reached unless another is named."""
    product = application.product
    level = level_of(application) if level is None else level
    rows = in_force(staff).filter(level=level, kind__in=["", product.kind], guarantee__in=["", product.guarantee])
    return most_specific(rows)


def highest(application: LoanApplication, staff: Staff) -> Decimal | None:
    """The person's own limit for this kind of loan at whichever level it is highest; None without any."""
    rows = (fitting(application, staff, level) for level in ApprovalLevel)
    return max((row.max_amount for row in rows if row is not None), default=None)
