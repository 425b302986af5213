"""Calculators: what a loan takes and costs, how much an income bears, and what any terms come to."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.models import ProductFee
from loans.repayment import Method, monthly_burden, most_within, schedule
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import in_force_from_today

D = Decimal
API = "/api/v1/loan-calculator"
WANTED: dict[str, Any] = {
    "product": "PERSONAL_CONSUMPTION",
    "amount": "100000.00",
    "term_months": 12,
    "repayment_method": "EQUAL_INSTALLMENT",
}
MEANS: dict[str, Any] = {
    "product": "PERSONAL_CONSUMPTION",
    "term_months": 12,
    "repayment_method": "EQUAL_INSTALLMENT",
    "monthly_income": "20000.00",
    "monthly_debt": "1500.00",
}


# --- A product's loan ----------------------------------------------------------------------------
def test_a_loan_is_worked_out_at_the_rate_of_the_day(case: Case) -> None:
    found = done(case.rm.post(API, WANTED))
    assert (found["annual_rate"], len(found["lines"])) == ("4.500000", 12)
    assert sum(D(line["principal"]) for line in found["lines"]) == D(100_000)
    assert D(found["burden"]) == D(found["lines"][0]["payment"]) == D("8537.85")
    assert round(D(found["cost_simple"]), 2) == D("4.50")
    assert D(found["cost_effective"]) > D(found["cost_simple"])


def test_a_fee_is_part_of_the_cost(case: Case) -> None:
    def furnish(draft: Any) -> None:
        ProductFee.objects.create(
            version=draft, name="服务费", basis="PERCENT", value=D(1), when="UPFRONT", collected_by="合作机构"
        )

    in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, furnish=furnish)
    found = done(case.rm.post(API, WANTED))
    assert {"name": "服务费", "when": "UPFRONT", "collected_by": "合作机构", "amount": "1000.00"} in found["fees"]
    assert D(found["cost_simple"]) > D("6.3")


@pytest.mark.parametrize(
    "said, field",
    [
        ({"amount": "99999999.00"}, "amount"),
        ({"term_months": 600}, "term_months"),
        ({"repayment_method": "BULLET"}, "repayment_method"),
    ],
)
def test_what_the_product_does_not_offer_is_refused_on_its_field(case: Case, said: dict[str, Any], field: str) -> None:
    problem = refused(case.rm.post(API, WANTED | said), 422, "offer_does_not_fit")
    assert list(problem["errors"]) == [field]


def test_who_may_calculate(case: Case) -> None:
    assert done(case.phone(case.bank.manager).post(API, WANTED))
    for staff in (case.bank.auditor, case.bank.product_manager):
        refused(case.phone(staff).post(API, WANTED), 403, "not_permitted")
    refused(case.rm.post(API, WANTED | {"product": "NONE"}), 422, "product_not_on_shelf")


# --- How much ------------------------------------------------------------------------------------
def test_an_income_bears_so_much(case: Case) -> None:
    """55 % of 20,000 less 1,500 are 9,500 a month."""
    found = done(case.rm.post(f"{API}/bearable", MEANS))
    most = D(found["by_income"])
    assert (D(found["most"]), found["by_collateral"]) == (most, None)
    one_more = [WANTED | {"amount": f"{amount}"} for amount in (most, most + 1_000)]
    within, beyond = (D(done(case.rm.post(API, each))["burden"]) for each in one_more)
    assert within <= D(9_500) < beyond


def test_debts_may_leave_nothing(case: Case) -> None:
    found = done(case.rm.post(f"{API}/bearable", MEANS | {"monthly_debt": "12000.00"}))
    assert (found["most"], found["by_income"]) == ("0.00", "0.00")
    assert "低于产品起点1,000.00元" in found["reasons"]


def test_a_house_bounds_a_secured_loan(case: Case) -> None:
    secured = MEANS | {"product": "MORTGAGE_BUSINESS", "term_months": 60, "monthly_income": "200000.00"}
    house = {"collateral_kind": "RESIDENTIAL", "collateral_value": "1000000.00"}
    found = done(case.rm.post(f"{API}/bearable", secured | house))
    assert (found["by_collateral"], found["most"]) == ("700000.00", "700000.00")
    assert done(case.rm.post(f"{API}/bearable", secured))["most"] == "0.00"


@settings(max_examples=40)
@given(st.sampled_from(["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL", "INTEREST_ONLY", "BULLET"]), st.integers(0, 50_000))
def test_the_most_is_within_and_one_step_more_is_not(method: str, limit: int) -> None:
    def burden(amount: Decimal) -> Decimal:
        return monthly_burden(method, schedule(method, amount, "4.5", 24, date(2026, 1, 15)), 24) if amount else D(0)

    most = most_within(D(limit), burden, at_most=D(500_000), step=D(1_000))
    assert burden(most) <= limit
    assert most == 500_000 or burden(most + 1_000) > limit


def test_a_stepped_plan_weighs_by_its_highest_payment() -> None:
    lines = schedule(Method.EQUAL_PRINCIPAL, 12_000, 6, 12, date(2026, 1, 15))
    assert monthly_burden("STEPPED", lines, 12) == max(line.payment for line in lines)


# --- Any terms -----------------------------------------------------------------------------------
def test_any_terms_are_worked_out(case: Case) -> None:
    """The worked example of domain 2.3 with one percent up front."""
    terms = {
        "amount": "100000.00",
        "annual_rate": "6",
        "term_months": 12,
        "repayment_method": "EQUAL_INSTALLMENT",
        "disbursed_on": "2026-01-15",
        "fees": [{"on": "2026-01-15", "amount": "1000.00"}],
    }
    found = done(case.rm.post(f"{API}/schedule", terms))
    assert (found["total_interest"], found["lines"][0]["payment"]) == ("3279.73", "8606.64")
    assert (round(D(found["cost_simple"]), 2), round(D(found["cost_effective"]), 2)) == (D("7.89"), D("8.18"))


def test_steps_seasons_and_holidays_of_any_terms(case: Case) -> None:
    terms = {"amount": "90000.00", "annual_rate": "6", "term_months": 18, "disbursed_on": "2026-03-10"}
    seasonal = {"repayment_method": "SEASONAL", "payment_months": [6, 10], "interest_between": "WITH_PRINCIPAL"}
    assert len(done(case.rm.post(f"{API}/schedule", terms | seasonal))["lines"]) == 4
    groups = [{"instalments": 6, "principal_percent": "0"}, {"instalments": 12, "principal_percent": "100"}]
    stepped = {"repayment_method": "STEPPED", "groups": groups, "holidays": "NEXT_WORKING_DAY", "remainder": "FIRST"}
    lines = done(case.rm.post(f"{API}/schedule", terms | stepped | {"day_count": "THIRTY_360"}))["lines"]
    assert {line["payment"] for line in lines[:6]} == {"450.00"}


@pytest.mark.parametrize("said", [{"repayment_method": "SEASONAL"}, {"repayment_method": "STEPPED"}])
def test_terms_that_no_loan_can_have_are_refused(case: Case, said: dict[str, str]) -> None:
    terms = {"amount": "90000.00", "annual_rate": "6", "term_months": 18} | said
    refused(case.rm.post(f"{API}/schedule", terms), 422, "terms_cannot_be_repaid")
