"""Another version of a product for a test: published terms never change, so a test that wants others publishes them."""

from collections.abc import Callable
from typing import Any

from aladdin import clock
from loans import product_versions
from loans.models import LoanProduct, LoanProductVersion, RepaymentRule
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


def ruled_by(code: str, *, maker: Staff, methods: list[str] | None = None, **rule: Any) -> LoanProductVersion:
    """The product's next version with this rule of repayment, ruling from today; `methods` are those it offers."""

    def furnish(draft: LoanProductVersion) -> None:
        draft.repayment_rules.all().delete()
        RepaymentRule.objects.create(version=draft, **rule)

    terms = {} if methods is None else {"repayment_methods": methods}
    return in_force_from_today(code, maker=maker, furnish=furnish, **terms)


def another_product(
    code: str,
    *,
    like: str,
    maker: Staff,
    kind: str = "",
    guarantee: str = "",
    furnish: Furnish | None = None,
    **terms: Any,
) -> str:
    """The code of a further product, published today with the terms of one that there is, except for these."""
    old = LoanProductVersion.objects.filter(product__code=like).latest("version")
    of_kind, secured = kind or old.product.kind, guarantee or old.product.guarantee
    product = LoanProduct.objects.create(code=code, name=f"新品{code}", kind=of_kind, guarantee=secured)
    fields = {field.attname: getattr(old, field.attname) for field in old._meta.concrete_fields}
    own = {"id", "product_id", "state", "version", "effective_from", "submitted_by_id", "published_by_id"}
    said = {name: value for name, value in fields.items() if name not in own}
    said |= {"effective_from": clock.today(), "changed_by_id": maker.pk, **terms}
    draft = LoanProductVersion.objects.create(product=product, **said)
    for name in product_versions.PARTS:
        for part in getattr(old, name).all():
            part.pk, part.version_id = None, draft.pk
            part.save(force_insert=True)
    if furnish is not None:
        furnish(draft)
    product_versions.submit(draft, by=maker)
    product_versions.publish(draft, by=checker_beside(maker))
    return code


def checker_beside(maker: Staff) -> Staff:
    """Another product manager of the same house."""
    others = Staff.objects.filter(role_assignments__role=Role.PRODUCT_MANAGER).exclude(pk=maker.pk)
    found: Staff | None = others.first()
    if found is None:
        number = f"C{Staff.objects.count():05d}"
        found = Staff.objects.create_user(number, name="复核员", branch=maker.branch, position=maker.position)
        RoleAssignment.objects.create(staff=found, role=Role.PRODUCT_MANAGER)
    return found
