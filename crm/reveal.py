"""Looking at a clear value: with a right and a reason, written down, so many times a day (domain 5.4)."""

from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.problems import NotFound, Problem
from crm.models import Customer, Reveal
from organization import access
from organization.models import Staff


@transaction.atomic
def reveal(customer_id: UUID, *, field: Reveal.Field, reason: str, by: Staff) -> str:
    """The clear value of one field of a customer within the person's scope.

    Counted under the person's lock, so that looks side by side count each. Raises NotPermitted, NotFound,
    `reveal_limit_reached` (429)."""
    access.require(by, "customer.reveal")
    Staff.objects.select_for_update().get(pk=by.pk)
    customer = Customer.objects.visible_to(by).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    _count(by)
    Reveal.objects.create(customer=customer, staff=by, field=field, reason=reason)
    audit.record(by=by, action="reveal", subject=f"customer/{customer.pk}", field=field, reason=reason)
    value: str = getattr(customer, field)
    return value


def _count(by: Staff) -> None:
    today = clock.today()
    limit = parameters.integer("reveal.daily_limit", today)
    if Reveal.objects.filter(staff=by, business_date=today).count() >= limit:
        raise Problem("reveal_limit_reached", f"今日查看明文次数已达上限（{limit}次）", status=429)
