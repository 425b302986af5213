"""In whose care a customer is: assigning, the managing RM, and the shares of a day."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from aladdin import audit, clock
from aladdin.problems import NotFound, RuleBroken
from crm.models import Customer, Ownership
from organization import access
from organization.models import Staff
from organization.roles import Role


@dataclass(frozen=True)
class Owner:
    """One person's part in a customer."""

    staff: Staff
    role: Ownership.Role = Ownership.Role.MANAGING
    share: Decimal = Decimal(1)


@dataclass(frozen=True)
class Share:
    """Who is credited with what fraction."""

    staff_id: UUID
    share: Decimal


@transaction.atomic
def assign(customer: Customer, *, owners: Sequence[Owner], by: Staff) -> list[Ownership]:
    """Put the customer in the care of `owners` from today on, instead of whoever has it.

    What was credited before stays where it is. Raises NotPermitted, NotFound where the customer is outside the
    assigner's scope, `one_managing_rm_needed`, `owner_named_twice`, `shares_exceed_one`, `not_an_rm`."""
    access.require(by, "ownership.assign")
    locked = Customer.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=customer.pk).first()
    if locked is None:
        raise NotFound
    _check(owners)
    _check_staff(owners, by)
    today = clock.today()
    _end(locked, today)
    rows = _begin(locked, owners, today, by)
    audit.record(by=by, action="assign_ownership", subject=f"customer/{customer.pk}", owners=_as_detail(owners))
    return rows


def take(customer: Customer, staff: Staff) -> Ownership:
    """The RM who enters a new customer manages him from that day."""
    return _begin(customer, [Owner(staff)], customer.opened_on, None)[0]


def managing_rm(customer: Customer, on: date | None = None) -> Staff | None:
    """The RM who manages the customer (主办客户经理) on a business date, today unless told."""
    row = (
        Ownership.objects.on(on or clock.today())
        .filter(customer=customer, role=Ownership.Role.MANAGING)
        .select_related("staff")
        .first()
    )
    return row.staff if row else None


def managing_rms(customer_ids: Collection[UUID], on: date | None = None) -> dict[UUID, Staff]:
    """The managing RM of each of many customers, in one query; who has none is left out."""
    rows = (
        Ownership.objects.on(on or clock.today())
        .filter(customer__in=customer_ids, role=Ownership.Role.MANAGING)
        .select_related("staff")
    )
    return {row.customer_id: row.staff for row in rows}


def shares_on(customer_ids: Collection[UUID], on: date) -> dict[UUID, list[Share]]:
    """Who is credited for each of many customers on a business date, in one query; zero shares are left out."""
    found: dict[UUID, list[Share]] = defaultdict(list)
    rows = (
        Ownership.objects.on(on)
        .filter(customer__in=customer_ids, share__gt=0)
        .order_by("customer_id", "-share", "staff_id")
        .values_list("customer_id", "staff_id", "share")
    )
    for customer_id, staff_id, share in rows:
        found[customer_id].append(Share(staff_id, share))
    return dict(found)


def _check(owners: Sequence[Owner]) -> None:
    if sum(owner.role == Ownership.Role.MANAGING for owner in owners) != 1:
        raise RuleBroken("one_managing_rm_needed", "须有且仅有一名管户客户经理")
    if len({owner.staff.pk for owner in owners}) != len(owners):
        raise RuleBroken("owner_named_twice", "同一人不能重复指定")
    if sum(owner.share for owner in owners) > 1:
        raise RuleBroken("shares_exceed_one", "归属比例合计不能超过100%")


def _check_staff(owners: Sequence[Owner], by: Staff) -> None:
    wanted = {owner.staff.pk for owner in owners}
    able = Staff.objects.visible_to(by).active().with_role(Role.RM).filter(pk__in=wanted)
    if set(able.values_list("pk", flat=True)) != wanted:
        raise RuleBroken("not_an_rm", "只能指定本机构范围内在职的客户经理")


def _end(customer: Customer, today: date) -> None:
    """Open rows end today; one that would begin later never comes into force."""
    Ownership.objects.filter(customer=customer, effective_from__gt=today).delete()
    Ownership.objects.filter(customer=customer).filter(Q(effective_to__isnull=True) | Q(effective_to__gt=today)).update(
        effective_to=today
    )


def _begin(customer: Customer, owners: Sequence[Owner], day: date, by: Staff | None) -> list[Ownership]:
    return Ownership.objects.bulk_create(
        [
            Ownership(
                customer=customer,
                staff=owner.staff,
                role=owner.role,
                share=owner.share,
                effective_from=day,
                assigned_by=by,
            )
            for owner in owners
        ]
    )


def _as_detail(owners: Sequence[Owner]) -> list[dict[str, str]]:
    return [{"staff": str(owner.staff.pk), "role": owner.role, "share": str(owner.share)} for owner in owners]
