"""Loan products: what is on the shelf today, what it costs, and the two that the house ships."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from aladdin import clock
from aladdin.money import rate
from aladdin.problems import RuleBroken
from loans.codes import ApprovalLevel, Guarantee, LoanKind, LprTenor, MaterialType, Purpose, RepaymentMethod, Step
from loans.models import (
    ApprovalTier,
    LoanProduct,
    LoanProductVersion,
    LprQuote,
    ProductFee,
    RequiredMaterial,
)

_BASIS_POINTS = 100


class LprMissing(LookupError):
    """No loan prime rate was published yet on that day: a fault of configuration."""


def on_shelf(on: date | None = None) -> list[LoanProductVersion]:
    """The version in force of every product that may be applied for on a business date."""
    newest: dict[Any, LoanProductVersion] = {}
    for version in LoanProductVersion.objects.in_force(on or clock.today()).select_related("product"):
        newest.setdefault(version.product_id, version)
    return sorted(newest.values(), key=lambda version: version.product.code)


def version_in_force(code: str, on: date | None = None) -> LoanProductVersion:
    """The product's terms of the day. Raises `product_not_on_shelf`."""
    versions = LoanProductVersion.objects.in_force(on or clock.today()).select_related("product")
    version = versions.filter(product__code=code).first()
    if version is None:
        detail = "该产品不存在或当前不可申请"
        raise RuleBroken("product_not_on_shelf", detail, errors={"product": [detail]})
    return version


def lpr(tenor: str, on: date) -> Decimal:
    """The loan prime rate in force on a day, in percent a year. Raises LprMissing."""
    quote = LprQuote.objects.filter(tenor=tenor, published_on__lte=on).order_by("published_on").last()
    if quote is None:
        raise LprMissing(f"LPR {tenor} on {on}")
    return quote.rate


def price(version: LoanProductVersion, on: date | None = None) -> Decimal:
    """The product's rate in percent a year: LPR of the day plus the spread, within floor and cap; or the fixed one."""
    if version.fixed_rate is not None:
        return version.fixed_rate
    return priced(version, lpr(version.lpr_tenor, on or clock.today()))


def priced(version: LoanProductVersion, prime: Decimal) -> Decimal:
    """The product's rate on a prime rate; both in percent a year."""
    found = prime + Decimal(version.spread_bp) / _BASIS_POINTS
    if version.rate_floor is not None:
        found = max(found, version.rate_floor)
    if version.rate_cap is not None:
        found = min(found, version.rate_cap)
    return rate(found)


def approval_level_for(version: LoanProductVersion, amount: Decimal) -> int:
    """The level that has the last word on `amount` yuan. Raises `no_level_decides`."""
    tier = version.approval_tiers.filter(up_to__gte=amount).order_by("up_to").first()
    if tier is None:
        raise RuleBroken("no_level_decides", "该金额超出本产品的审批权限表")
    return tier.level


# --- What the house ships ------------------------------------------------------------------------
#: Published on these days: (day, one year, five years), percent a year.
LPR_HISTORY = (
    ("2019-08-20", "4.25", "4.85"),
    ("2019-09-20", "4.20", "4.85"),
    ("2019-11-20", "4.15", "4.80"),
    ("2020-02-20", "4.05", "4.75"),
    ("2020-04-20", "3.85", "4.65"),
    ("2021-12-20", "3.80", "4.65"),
    ("2022-01-20", "3.70", "4.60"),
    ("2022-05-20", "3.70", "4.45"),
    ("2022-08-22", "3.65", "4.30"),
    ("2023-06-20", "3.55", "4.20"),
    ("2023-08-21", "3.45", "4.20"),
    ("2024-02-20", "3.45", "3.95"),
    ("2024-07-22", "3.35", "3.85"),
    ("2024-10-21", "3.10", "3.60"),
    ("2025-05-20", "3.00", "3.50"),
)
_FROM = date(2020, 1, 1)
_STEPS = [
    Step.APPLICANT,
    Step.IDENTITY_CHECK,
    Step.CREDIT_AUTHORIZATION,
    Step.MATERIALS,
    Step.DUE_DILIGENCE,
    Step.CONFIRMATION,
]

_CONSUMPTION: dict[str, Any] = {
    "min_amount": Decimal(1_000),
    "max_amount": Decimal(1_000_000),
    "min_term_months": 3,
    "max_term_months": 60,
    "max_age": 65,
    "repayment_methods": [
        RepaymentMethod.EQUAL_INSTALLMENT,
        RepaymentMethod.EQUAL_PRINCIPAL,
        RepaymentMethod.INTEREST_ONLY,
    ],
    "purposes": [
        Purpose.HOME_IMPROVEMENT,
        Purpose.CAR,
        Purpose.DURABLES,
        Purpose.EDUCATION,
        Purpose.MEDICAL,
        Purpose.TRAVEL,
        Purpose.HOUSEHOLD,
    ],
    "steps": _STEPS,
    "spread_bp": 150,
    "rate_floor": Decimal(3),
    "rate_cap": Decimal(24),
    "two_investigators_above": Decimal(0),
    "self_payment_up_to": Decimal(300_000),
    "electronic_signing_up_to": Decimal(200_000),
}
_BUSINESS: dict[str, Any] = {
    "min_amount": Decimal(10_000),
    "max_amount": Decimal(1_000_000),
    "min_term_months": 3,
    "max_term_months": 60,
    "max_age": 65,
    "repayment_methods": [
        RepaymentMethod.EQUAL_INSTALLMENT,
        RepaymentMethod.EQUAL_PRINCIPAL,
        RepaymentMethod.INTEREST_ONLY,
        RepaymentMethod.BULLET,
    ],
    "purposes": [
        Purpose.WORKING_CAPITAL,
        Purpose.INVENTORY,
        Purpose.EQUIPMENT,
        Purpose.RENT,
        Purpose.PREMISES,
    ],
    "steps": [Step.APPLICANT, Step.BUSINESS_INFORMATION, *_STEPS[1:]],
    "spread_bp": 120,
    "rate_floor": Decimal(3),
    "rate_cap": Decimal(24),
    "two_investigators_above": Decimal(0),
    "self_payment_up_to": Decimal(500_000),
    "electronic_signing_up_to": Decimal(200_000),
}
_TIERS = (
    (ApprovalLevel.OUTLET, Decimal(300_000)),
    (ApprovalLevel.CENTRE, Decimal(1_000_000)),
    (ApprovalLevel.HEAD_OFFICE, Decimal(10_000_000)),
)
_ALWAYS, _IF = RequiredMaterial.Condition.ALWAYS, RequiredMaterial.Condition
_CONSUMPTION_PAPERS = (
    (MaterialType.ID_CARD, _ALWAYS, None, 2),
    (MaterialType.INC_PROOF, _IF.EMPLOYED, None, 1),
    (MaterialType.BIZ_LICENSE, _IF.SELF_EMPLOYED, None, 1),
    (MaterialType.BANK_FLOW, _IF.AMOUNT_ABOVE, Decimal(100_000), 1),
    (MaterialType.ASSET_PROOF, _IF.AMOUNT_ABOVE, Decimal(300_000), 1),
)
_BUSINESS_PAPERS = (
    (MaterialType.ID_CARD, _ALWAYS, None, 2),
    (MaterialType.BIZ_LICENSE, _ALWAYS, None, 1),
    (MaterialType.SITE_PHOTO, _ALWAYS, None, 1),
    (MaterialType.BANK_FLOW, _ALWAYS, None, 1),
    (MaterialType.PURCHASE_CONTRACT, _IF.AMOUNT_ABOVE, Decimal(300_000), 1),
)


@transaction.atomic
def seed() -> list[LoanProduct]:
    """The two products with their first published versions, and the published prime rates; what is there stays."""
    for day, one_year, five_years in LPR_HISTORY:
        for tenor, value in ((LprTenor.ONE_YEAR, one_year), (LprTenor.FIVE_YEARS, five_years)):
            LprQuote.objects.get_or_create(
                tenor=tenor, published_on=date.fromisoformat(day), defaults={"rate": Decimal(value)}
            )
    return [
        _ship("PERSONAL_CONSUMPTION", "个人消费贷", LoanKind.CONSUMPTION, _CONSUMPTION, _CONSUMPTION_PAPERS),
        _ship("PERSONAL_BUSINESS", "个人经营贷", LoanKind.BUSINESS, _BUSINESS, _BUSINESS_PAPERS),
    ]


def _ship(
    code: str, name: str, kind: LoanKind, terms: dict[str, Any], papers: tuple[tuple[Any, ...], ...]
) -> LoanProduct:
    described = {"name": name, "kind": kind, "guarantee": Guarantee.UNSECURED}
    product, is_new = LoanProduct.objects.get_or_create(code=code, defaults=described)
    if is_new:
        version = product.versions.create(
            state=LoanProductVersion.State.PUBLISHED, effective_from=_FROM, lpr_tenor=LprTenor.ONE_YEAR, **terms
        )
        _furnish(version, papers)
    return product


def _furnish(version: LoanProductVersion, papers: tuple[tuple[Any, ...], ...]) -> None:
    ApprovalTier.objects.bulk_create(
        [ApprovalTier(version=version, level=level, up_to=up_to) for level, up_to in _TIERS]
    )
    RequiredMaterial.objects.bulk_create(
        [
            RequiredMaterial(version=version, type=kind, condition=condition, amount_above=above, pages=pages)
            for kind, condition, above, pages in papers
        ]
    )
    ProductFee.objects.create(
        version=version,
        name="提前还款违约金",
        basis=ProductFee.Basis.PERCENT,
        value=Decimal(1),
        when=ProductFee.When.CONTINGENT,
        collected_by="本行",
    )
