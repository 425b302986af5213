"""Loan products: what is on the shelf today, and what it costs."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from aladdin import clock
from aladdin.money import rate
from aladdin.problems import NotFound, RuleBroken
from loans import consent_texts, contract_templates, house_products, lending_areas, reason_catalogue
from loans.codes import LprTenor
from loans.models import LoanProduct, LoanProductVersion, LprQuote

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


def shown(code: str, on: date | None = None) -> LoanProductVersion:
    """The product as it may be applied for today. Raises NotFound."""
    found = LoanProductVersion.objects.in_force(on or clock.today()).select_related("product")
    version = found.filter(product__code=code).first()
    if version is None:
        raise NotFound("没有找到该贷款产品")
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


@transaction.atomic
def seed() -> list[LoanProduct]:
    """The house's products with their first published versions, the published prime rates, and where the house lends;
    what is there stays."""
    consent_texts.seed()
    lending_areas.seed()
    contract_templates.seed()
    reason_catalogue.seed()
    for day, one_year, five_years in LPR_HISTORY:
        for tenor, value in ((LprTenor.ONE_YEAR, one_year), (LprTenor.FIVE_YEARS, five_years)):
            LprQuote.objects.get_or_create(
                tenor=tenor, published_on=date.fromisoformat(day), defaults={"rate": Decimal(value)}
            )
    return house_products.ship()
