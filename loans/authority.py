"""Who may grant how much (授权): rows by person, level, kind of loan and guarantee, with dates."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from aladdin import clock
from aladdin.problems import NotPermitted
from loans.codes import ApprovalLevel, Guarantee
from loans.models import ApprovalAuthority, ApprovalTier, LoanAccount, LoanApplication
from loans.states import State
from organization.models import Staff

#: Granted, but not yet a balance.
_PROMISED = (State.APPROVED, State.CONTRACTING, State.CONTRACTED, State.DISBURSING)

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


def seat(application: LoanApplication, staff: Staff) -> Decimal:
    """Up to which exposure, in yuan, this person has the last word at the level that the case has reached.

    Raises `separation_of_duties` (403) where he already decided on a lower level, `no_authority_at_level` (403)."""
    this_round = application.approval_decisions.filter(at__gte=application.submitted_at)
    if this_round.filter(by=staff).exists():
        raise NotPermitted("separation_of_duties", "已在下级审批环节作出意见，不得再审批同一笔申请")
    tier = application.product_version.approval_tiers.filter(level=level_of(application)).first()
    held = _fitting(application, staff)
    if tier is None or held is None:
        raise NotPermitted("no_authority_at_level", "您没有该审批层级的授权")
    return min(held.max_amount, tier.up_to)


def exposure(application: LoanApplication, amount: Decimal) -> Decimal:
    """What the customer would owe the bank with `amount` more: authority is granted per customer (单户)."""
    of_customer = Q(customer=application.customer_id)
    owed = LoanAccount.objects.live().filter(of_customer).aggregate(sum=Sum("balance"))["sum"]
    promised = LoanApplication.objects.filter(of_customer, state__in=_PROMISED).exclude(pk=application.pk)
    return amount + (owed or 0) + (promised.aggregate(sum=Sum("approved_amount"))["sum"] or 0)


def in_force(staff: Staff) -> QuerySet[ApprovalAuthority]:
    """The person's authority today."""
    today = clock.today()
    begun = ApprovalAuthority.objects.filter(staff=staff, effective_from__lte=today)
    return begun.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=today))


def next_tier(application: LoanApplication) -> ApprovalTier | None:
    """The rung above the present one in the product's chain."""
    tiers = application.product_version.approval_tiers.filter(level__gt=level_of(application))
    return tiers.order_by("level").first()


def level_of(application: LoanApplication) -> int:
    """The level that a case in approval has reached."""
    return application.approval_level or 0


def most_specific(rows: Iterable[ApprovalAuthority]) -> ApprovalAuthority | None:
    """Of several rows that fit: what names kind and guarantee goes before what names one, and that before what
    names none; of equals the lower limit."""
    return min(rows, key=lambda row: (-bool(row.kind) - bool(row.guarantee), row.max_amount), default=None)


def _fitting(application: LoanApplication, staff: Staff) -> ApprovalAuthority | None:
    product = application.product
    return most_specific(
        in_force(staff).filter(
            level=level_of(application), kind__in=["", product.kind], guarantee__in=["", product.guarantee]
        )
    )
