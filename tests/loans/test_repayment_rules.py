"""A product's rule of repayment from the application to the schedule: steps, seasons, holidays and counting."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from aladdin.calendar import is_working_day
from aladdin.problems import RuleBroken
from loans import product_versions
from loans.codes import RepaymentMethod
from loans.models import LoanProductVersion, RepaymentRule
from loans.repayment import DayCount, Holidays, InterestBetween, Method, Remainder
from tests.loans.builders import APPLICATIONS, TERMS, Case, done, refused
from tests.loans.configuring import ruled_by
from tests.loans.lending import approved, disbursed, show_cost
from tests.loans.repaying import lines

D = Decimal
STEPS = [{"instalments": 6, "principal_percent": "20"}, {"instalments": 6, "principal_percent": "80"}]


def rule(case: Case, **said: Any) -> LoanProductVersion:
    """The consumption product offers every method, by this rule."""
    methods = [each for each in RepaymentMethod.values if each != "STEPPED" or "groups" in said]
    return ruled_by("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, methods=methods, **said)


def test_the_words_of_the_tables_are_those_of_the_arithmetic() -> None:
    for words, codes in (
        (RepaymentMethod, Method),
        (RepaymentRule.DayCounts, DayCount),
        (RepaymentRule.HolidayRule, Holidays),
        (RepaymentRule.RemainderIn, Remainder),
        (RepaymentRule.Between, InterestBetween),
    ):
        assert words.values == [each.value for each in codes]


def test_a_farmer_names_his_months(case: Case) -> None:
    rule(case, payment_months=[6, 9, 10], interest_between="QUARTERLY")
    account = disbursed(case, repayment_method="SEASONAL", payment_months=[6, 10], term_months=24)
    bringing = [line for line in lines(account) if line.principal]
    assert {line.due_on.month for line in bringing[:-1]} == {6, 10}
    assert {line.due_on.month for line in lines(account)[:-1]} <= {3, 6, 9, 10, 12}
    assert sum(line.principal for line in lines(account)) == D(100_000)


def test_months_that_the_product_does_not_allow_are_refused_on_their_field(case: Case) -> None:
    rule(case, payment_months=[6, 9, 10])
    body = {"customer": str(case.customer.pk), "product": "PERSONAL_CONSUMPTION", **TERMS}
    wrong = body | {"repayment_method": "SEASONAL", "payment_months": [6, 11]}
    refusal = refused(case.rm.post(APPLICATIONS, wrong), 422, "repayment_plan_not_allowed")
    assert list(refusal["errors"]) == ["payment_months"]
    assert (
        case.rm.post(APPLICATIONS, body | {"repayment_method": "SEASONAL", "payment_months": [13]}).status_code == 400
    )


def test_where_neither_product_nor_customer_names_months_they_are_asked_for(case: Case) -> None:
    rule(case)
    wrong = {"customer": str(case.customer.pk), "product": "PERSONAL_CONSUMPTION", **TERMS} | {
        "repayment_method": "SEASONAL"
    }
    assert refused(case.rm.post(APPLICATIONS, wrong), 422, "repayment_plan_not_allowed")["detail"] == "请选择还本月份"


def test_a_stepped_loan_from_application_to_schedule(case: Case) -> None:
    rule(case, groups=STEPS)
    account = disbursed(case, repayment_method="STEPPED")
    after_six = sum(line.principal for line in lines(account)[:6])
    assert after_six == D(20_000)


def test_a_term_too_short_for_its_steps_is_refused(case: Case) -> None:
    rule(case, groups=STEPS)
    body = {"customer": str(case.customer.pk), "product": "PERSONAL_CONSUMPTION", **TERMS}
    wrong = body | {"repayment_method": "STEPPED", "term_months": 6}
    assert list(refused(case.rm.post(APPLICATIONS, wrong), 422, "repayment_plan_not_allowed")["errors"]) == [
        "term_months"
    ]


def test_another_choice_at_the_contract_must_fit_too(case: Case) -> None:
    rule(case, groups=STEPS, payment_months=[6])
    approved(case)
    refused(show_cost(case, repayment_method="SEASONAL", payment_months=[7]), 422, "terms_exceed_approval")
    refused(show_cost(case, repayment_method="STEPPED", term_months=5), 422, "terms_exceed_approval")
    assert done(show_cost(case, repayment_method="STEPPED"))["annualised_cost"]


def test_due_dates_move_and_remainders_go_where_the_product_says(case: Case) -> None:
    rule(case, holidays="NEXT_WORKING_DAY", remainder="FIRST", day_count="ACTUAL_365")
    account = disbursed(case, repayment_method="EQUAL_PRINCIPAL")
    principals = [line.principal for line in lines(account)]
    assert all(is_working_day(line.due_on) for line in lines(account))
    assert principals == [D("8333.37")] + [D("8333.33")] * 11
    first, second = lines(account)[:2]
    assert second.interest < D("91666.63") * D("4.5") * 33 / 36_000
    assert first.due_on > account.disbursed_on


# --- Publishing ----------------------------------------------------------------------------------
def test_the_next_version_begins_with_the_rule_of_the_last(case: Case) -> None:
    published = rule(case, groups=STEPS)
    draft = product_versions.draft_next(published.product, by=case.bank.product_manager)
    assert (draft.repayment.groups, draft.repayment.pk != published.repayment.pk) == (STEPS, True)


@pytest.mark.parametrize(
    "groups, reason",
    [
        ([], "阶梯分组的还本比例合计须为100%"),
        ([{"instalments": 6, "principal_percent": "20"}], "阶梯分组的还本比例合计须为100%"),
        ([{"instalments": 0, "principal_percent": "100"}], "阶梯分组的期数须为正整数"),
        ([{"instalments": 6}], "阶梯分组格式不正确"),
        ("x", "阶梯分组格式不正确"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_not_published(case: Case, groups: Any, reason: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rule(case, groups=groups)
    assert refusal.value.code == "version_incomplete"
    assert reason in refusal.value.detail


def test_what_is_published_keeps_its_rule(case: Case) -> None:
    published = rule(case, groups=STEPS)
    with pytest.raises(DatabaseError, match="draft alone"), transaction.atomic():
        published.repayment_rules.update(grace_days=9)


def test_the_house_ships_a_farmers_plan_and_a_stepped_one(case: Case) -> None:
    shelf = {each.product.code: each for each in LoanProductVersion.objects.filter(state="PUBLISHED")}
    assert "SEASONAL" in shelf["FARMER"].repayment_methods
    assert shelf["FARMER"].repayment.payment_months == [5, 6, 7, 9, 10, 11]
    assert "STEPPED" in shelf["MORTGAGE_BUSINESS"].repayment_methods
    assert shelf["MORTGAGE_BUSINESS"].repayment.repricing == "JANUARY"
