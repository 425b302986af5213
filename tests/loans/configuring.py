"""Another version of a product for a test: published terms never change, so a test that wants others publishes them."""

from collections.abc import Callable
from typing import Any

from aladdin import clock
from loans import product_versions
from loans.models import LoanProductVersion
from organization.models import RoleAssignment, Staff
from organization.roles import Role

Furnish = Callable[[LoanProductVersion], object]


def in_force_from_today(code: str, *, maker: Staff, furnish: Furnish | None = None, **terms: Any) -> LoanProductVersion:
    """The product's next version with these terms, ruling from today; `furnish` changes the rows that hang on it."""
    product = LoanProductVersion.objects.filter(product__code=code).latest("version").product
    draft = product_versions.draft_next(product, by=maker)
    for name, value in {"effective_from": clock.today(), **terms}.items():
        setattr(draft, name, value)
    draft.save()
    if furnish is not None:
        furnish(draft)
    product_versions.submit(draft, by=maker)
    return product_versions.publish(draft, by=checker_beside(maker))


def checker_beside(maker: Staff) -> Staff:
    """Another product manager of the same house."""
    others = Staff.objects.filter(role_assignments__role=Role.PRODUCT_MANAGER).exclude(pk=maker.pk)
    found: Staff | None = others.first()
    if found is None:
        number = f"C{Staff.objects.count():05d}"
        found = Staff.objects.create_user(number, name="复核员", branch=maker.branch, position=maker.position)
        RoleAssignment.objects.create(staff=found, role=Role.PRODUCT_MANAGER)
    return found
