"""Products: what is on the shelf on a day, what it costs, and who decides."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.problems import RuleBroken
from loans import product_versions, products
from loans.models import LoanProduct, LoanProductVersion, LprQuote
from tests.loans.builders import API, Case, done
from tests.loans.configuring import in_force_from_today
from tests.world import Bank, Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def consumption() -> LoanProductVersion:
    products.seed()
    return products.version_in_force("PERSONAL_CONSUMPTION")


def test_the_shelf(bank: Bank) -> None:
    products.seed()
    shown = done(Phone(bank.rm).get(f"{API}/loan-products"))
    assert [(each["code"], each["annual_rate"]) for each in shown] == [
        ("FARMER", "4.000000"),
        ("MORTGAGE_BUSINESS", "3.700000"),
        ("PERSONAL_BUSINESS", "4.200000"),
        ("PERSONAL_CONSUMPTION", "4.500000"),
        ("SMALL_ENTERPRISE", "3.800000"),
    ]
    one = done(Phone(bank.rm).get(f"{API}/loan-products/PERSONAL_CONSUMPTION"))
    assert one["required_materials"][0]["type_label"] == "身份证"
    assert Phone(bank.rm).get(f"{API}/loan-products/NONE").status_code == 404


def test_shipping_twice_changes_nothing() -> None:
    call_command("seed_loan_products")
    before = (LoanProduct.objects.count(), LoanProductVersion.objects.count(), LprQuote.objects.count())
    call_command("seed_loan_products")
    assert (LoanProduct.objects.count(), LoanProductVersion.objects.count(), LprQuote.objects.count()) == before


@pytest.mark.parametrize(
    "day,rate",
    [
        (date(2025, 5, 19), "3.10"),
        (date(2025, 5, 20), "3.00"),
        (date(2026, 8, 20), "3.00"),
        (date(2021, 12, 19), "3.85"),
    ],
)
def test_the_prime_rate_of_a_day(consumption: LoanProductVersion, day: date, rate: str) -> None:
    assert products.lpr("1Y", day) == Decimal(rate)
    assert products.price(consumption, day) == Decimal(rate) + Decimal("1.5")


def test_no_prime_rate_before_the_first(consumption: LoanProductVersion) -> None:
    with pytest.raises(products.LprMissing):
        products.price(consumption, date(2019, 8, 19))


@given(spread=st.integers(-300, 3000))
def test_floor_and_cap_hold(spread: int) -> None:
    """Pure arithmetic on a fixed quote."""
    floor, cap = Decimal(3), Decimal(24)
    version = LoanProductVersion(lpr_tenor="1Y", spread_bp=spread, rate_floor=floor, rate_cap=cap)
    found = products.priced(version, Decimal("3.00"))
    assert floor <= found <= cap
    if floor < 3 + Decimal(spread) / 100 < cap:
        assert found == 3 + Decimal(spread) / 100


@pytest.mark.parametrize("amount,level", [("300000.00", 1), ("300000.01", 2), ("1000000.00", 2), ("1000000.01", 3)])
def test_who_has_the_last_word(consumption: LoanProductVersion, amount: str, level: int) -> None:
    assert products.approval_level_for(consumption, Decimal(amount)) == level


def test_beyond_every_level(consumption: LoanProductVersion) -> None:
    with pytest.raises(RuleBroken) as refused:
        products.approval_level_for(consumption, Decimal(10_000_001))
    assert refused.value.code == "no_level_decides"


def test_a_new_version_counts_from_its_day_and_leaves_running_cases_alone(case: Case) -> None:
    case.draft(amount="400000.00")
    old = products.version_in_force("PERSONAL_CONSUMPTION")
    new = in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, max_amount=Decimal(100_000))
    assert products.version_in_force("PERSONAL_CONSUMPTION") == new
    assert products.version_in_force("PERSONAL_CONSUMPTION", clock.today() - timedelta(days=1)) == old
    case.accept()
    assert case.row.product_version == old


def test_a_draft_version_is_not_on_the_shelf(bank: Bank, consumption: LoanProductVersion) -> None:
    draft = product_versions.draft_next(consumption.product, by=bank.product_manager)
    assert products.version_in_force("PERSONAL_CONSUMPTION", draft.effective_from) == consumption
    LoanProduct.objects.create(code="NEW", name="新产品", kind="CONSUMPTION", guarantee="UNSECURED")
    with pytest.raises(RuleBroken):
        products.version_in_force("NEW")


@pytest.mark.parametrize(
    "nonsense",
    [
        {"min_amount": 0},
        {"max_amount": 1},
        {"max_term_months": 1},
        {"min_age": 16},
        {"lpr_tenor": ""},
        {"fixed_rate": Decimal(5)},
        {"rate_cap": Decimal(1)},
    ],
    ids=str,
)
def test_a_product_that_makes_no_sense(
    bank: Bank, consumption: LoanProductVersion, nonsense: dict[str, object]
) -> None:
    draft = product_versions.draft_next(consumption.product, by=bank.product_manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        LoanProductVersion.objects.filter(pk=draft.pk).update(**nonsense)
