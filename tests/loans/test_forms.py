"""The forms of the intake at the phone: schemas by product, partial saves, figures, what is known already."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aladdin import clock
from crm.customers import enter
from crm.identifiers import credit_check_character, organisation_check_character
from crm.models import Customer
from loans import house_products, products
from loans.models import BusinessInformation, FieldChange
from tests.loans.builders import API, APPLICATIONS, TERMS, Case, done, identity_no, refused
from tests.loans.configuring import another_product, in_force_from_today
from tests.world import Bank, Phone

BUSINESS: dict[str, Any] = {
    "name": "廊坊市广阳区好再来餐馆",
    "legal_representative": "张三丰",
    "registered_on": "2018-05-06",
    "licence_is_long_term": True,
    "industry": "H",
    "main_business": "正餐服务",
    "years_in_trade": "8",
    "staff_count": 12,
    "premises": "RENTED",
    "premises_address": "河北省廊坊市广阳区新华路12号",
    "annual_turnover": "1800000.00",
}


def credit_code(sequence: int = 1, kind: str = "92") -> str:
    """A code of the area that no place has, with both its check characters."""
    organisation = f"MA{sequence:06d}"
    body = f"{kind}999999{organisation}{organisation_check_character(organisation)}"
    return body + credit_check_character(body)


def form(case: Case, step: str) -> dict[str, Any]:
    found: dict[str, Any] = done(case.rm.get(f"{case.url}/forms/{step}"))
    return found


def save(case: Case, step: str, document: dict[str, Any], **more: Any) -> Any:
    etag = case.rm.get(f"{case.url}/forms/{step}")["ETag"]
    return case.rm.patch(f"{case.url}/forms/{step}", {"document": document, **more}, etag=etag)


@pytest.fixture
def shop(case: Case) -> Case:
    """A shopkeeper's draft."""
    return case.draft(product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED")


# --- Schemas -------------------------------------------------------------------------------------
@pytest.mark.parametrize("house", house_products.ALL, ids=lambda each: each.code)
def test_every_step_of_every_product_has_a_schema(bank: Bank, house: house_products.HouseProduct) -> None:
    products.seed()
    found = done(Phone(bank.rm).get(f"{API}/loan-products/{house.code}/forms"))
    assert [each["step"] for each in found] == house.terms["steps"]
    for each in found:
        schema = each["form_schema"]
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["x-door"]["path"].startswith("/api/v1/loan-applications/")
        assert [name for name in schema["x-order"] if name not in schema["properties"]] == []
        for shown in schema["properties"].values():
            assert any("\u4e00" <= char <= "\u9fff" for char in shown["title"]), shown


def test_a_schema_says_what_the_product_allows(bank: Bank) -> None:
    products.seed()
    found = done(Phone(bank.rm).get(f"{API}/loan-products/FARMER/forms"))
    applicant = found[0]["form_schema"]["properties"]
    assert (applicant["amount"]["x-minimum"], applicant["amount"]["x-maximum"]) == ("5000.00", "300000.00")
    assert (applicant["term_months"]["minimum"], applicant["term_months"]["maximum"]) == (3, 36)
    assert applicant["purpose"]["enum"] == ["PLANTING", "BREEDING", "FARM_SUPPLIES", "FARM_MACHINERY"]
    assert applicant["purpose"]["x-enum-labels"]["PLANTING"] == "种植"
    business = found[1]["form_schema"]
    assert "farm_area_mu" in business["properties"]
    assert "credit_code" not in business["required"]


def test_there_is_no_form_of_what_is_not_on_the_shelf(bank: Bank) -> None:
    assert Phone(bank.rm).get(f"{API}/loan-products/NONE/forms").status_code == 404


# --- Partial saves -------------------------------------------------------------------------------
def test_a_step_is_saved_in_parts_and_says_what_is_still_missing(shop: Case) -> None:
    first = done(save(shop, "BUSINESS_INFORMATION", {"name": BUSINESS["name"], "industry": "H"}))
    assert first["document"] == {"name": BUSINESS["name"], "industry": "H"}
    assert first["errors"]["credit_code"] == ["请填写统一社会信用代码"]
    assert "premises_address" not in first["errors"], "asked only where there are premises"
    assert not first["is_done"]
    second = done(save(shop, "BUSINESS_INFORMATION", {**BUSINESS, "credit_code": credit_code()}))
    assert second["errors"] == {}
    assert second["is_done"]
    row = BusinessInformation.objects.get()
    assert (row.name, row.annual_turnover, row.credit_code) == (BUSINESS["name"], Decimal(1_800_000), credit_code())
    assert BUSINESS["name"] not in row.name_sealed


def test_all_faults_are_told_at_once_and_nothing_is_saved(shop: Case) -> None:
    wrong = {
        "credit_code": "92110101MA0000001X",
        "registered_on": "2999-01-01",
        "industry": "Z",
        "staff_count": -1,
        "annual_turnover": "12.345",
        "colour": "red",
        "name": 7,
    }
    problem = refused(save(shop, "BUSINESS_INFORMATION", wrong), 422, "form_invalid")
    assert set(problem["errors"]) == set(wrong)
    assert problem["errors"]["registered_on"] == ["成立日期不能晚于今天"]
    assert problem["errors"]["staff_count"] == ["从业人数须在0至1000000人之间"]
    assert problem["errors"]["annual_turnover"] == ["年营业收入须为金额，最多两位小数"]
    assert problem["errors"]["colour"] == ["colour不是本表单的内容"]
    assert not BusinessInformation.objects.exists()


def test_a_field_is_cleared_and_amounts_may_come_as_numbers(shop: Case) -> None:
    done(save(shop, "BUSINESS_INFORMATION", {"name": "好再来", "annual_turnover": 1000}))
    found = done(save(shop, "BUSINESS_INFORMATION", {"name": None, "main_business": ""}))
    assert found["document"] == {"annual_turnover": "1000.00"}


def test_the_applicants_step_is_the_application_itself(case: Case) -> None:
    case.draft(amount=None)
    found = done(save(case, "APPLICANT", {"amount": "80000", "residence_area": "131003"}))
    assert found["document"]["amount"] == "80000.00"
    assert found["document"]["co_investigator"] == str(case.bank.co_rm.pk)
    assert (case.row.amount, case.row.residence_area) == (Decimal(80_000), "131003")
    problem = refused(save(case, "APPLICANT", {"amount": "999", "term_months": 2}), 422, "form_invalid")
    assert problem["errors"] == {
        "amount": ["申请金额须在1,000.00元至1,000,000.00元之间"],
        "term_months": ["申请期限须在3至60个月之间"],
    }


def test_after_acceptance_what_is_required_is_not_cleared(case: Case) -> None:
    case.to("ACCEPTED")
    refused(save(case, "APPLICANT", {"amount": None}), 422, "field_missing")


def test_a_stale_save_is_refused(case: Case) -> None:
    case.draft()
    etag = case.rm.get(f"{case.url}/forms/APPLICANT")["ETag"]
    done(case.rm.patch(f"{case.url}/forms/APPLICANT", {"document": {"purpose_note": "一"}}, etag=etag))
    refused(case.rm.patch(f"{case.url}/forms/APPLICANT", {"document": {"purpose_note": "二"}}, etag=etag), 412, "stale")
    refused(case.rm.patch(f"{case.url}/forms/APPLICANT", {"document": {}}), 428, "precondition_required")


@pytest.mark.parametrize("step", ["COLLATERAL", "IDENTITY_CHECK", "NONSENSE"])
def test_a_step_that_the_product_has_no_form_for(case: Case, step: str) -> None:
    case.draft()
    assert case.rm.get(f"{case.url}/forms/{step}").status_code == 404


def test_only_the_lead_fills_in_and_only_while_the_file_is_his(case: Case) -> None:
    case.draft()
    etag = case.rm.get(f"{case.url}/forms/APPLICANT")["ETag"]
    helper = case.phone(case.bank.co_rm)
    refused(helper.patch(f"{case.url}/forms/APPLICANT", {"document": {}}, etag=etag), 403, "not_in_charge")
    case.accept().verify().authorize().query().investigate().submit()
    refused(save(case, "APPLICANT", {"purpose_note": "晚了"}), 409, "not_editable")


def test_others_see_the_form_without_personal_fields(shop: Case) -> None:
    done(save(shop, "BUSINESS_INFORMATION", BUSINESS))
    seen = done(shop.phone(shop.bank.manager).get(f"{shop.url}/forms/BUSINESS_INFORMATION"))
    assert seen["document"]["name"] == "****"
    assert seen["document"]["industry"] == "H"
    assert seen["suggestions"] == []


def test_every_change_is_on_record_sealed(shop: Case) -> None:
    done(save(shop, "BUSINESS_INFORMATION", {"name": "好再来"}))
    change = FieldChange.objects.get(step="BUSINESS_INFORMATION")
    assert (change.field, change.by, change.outcome) == ("name", shop.bank.rm, "TAKEN")
    assert "好再来" not in change.value_sealed
    assert change.value == '"好再来"'


# --- What a product asks -------------------------------------------------------------------------
def test_a_product_asks_for_other_fields_without_a_deployment(case: Case) -> None:
    def furnish(draft: Any) -> None:
        draft.field_rules.create(step="APPLICANT", field="employer", rule="REQUIRED")
        draft.field_rules.create(step="APPLICANT", field="monthly_debt", rule="HIDDEN")

    maker = case.bank.product_manager
    code = another_product("PICKY", like="PERSONAL_CONSUMPTION", maker=maker, furnish=furnish)
    case.draft(product=code, employer=None, monthly_debt=None)
    found = form(case, "APPLICANT")
    assert found["errors"] == {"employer": ["请填写工作单位或经营主体"]}
    assert "monthly_debt" not in found["form_schema"]["properties"]
    refused(case.post("accept"), 422, "field_missing")
    done(save(case, "APPLICANT", {"employer": "廊坊某公司"}))
    case.accept()


def test_an_application_keeps_the_form_it_began_with(case: Case) -> None:
    case.draft(amount="400000.00")
    in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, max_amount=Decimal(300_000))
    assert form(case, "APPLICANT")["errors"] == {}
    assert form(case, "APPLICANT")["form_schema"]["x-product-version"] == 1
    case.accept()


# --- Figures -------------------------------------------------------------------------------------
def test_figures_follow_from_what_was_filled_in(case: Case) -> None:
    case.draft()
    figures = {each["name"]: each for each in form(case, "APPLICANT")["computed"]}
    assert figures["annual_rate"]["value"] == "4.5"
    assert figures["instalment"]["value"] == "8537.85"
    assert figures["debt_to_income"]["value"] == "50.19"
    assert figures["debt_to_income"]["explanation"] == "（现有月还款1,500.00元＋本笔8,537.85元）÷月收入20,000.00元"
    assert figures["age"]["value"] == str(_age(case.customer))


def _age(customer: Customer) -> int:
    born, today = customer.birth_on, clock.today()
    assert born is not None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


# --- What is known already -----------------------------------------------------------------------
def test_nothing_is_typed_twice(case: Case, another_case: Callable[..., Case]) -> None:
    case.draft(payee_account="6222020402000000016").accept()
    second = Case(case.bank, case.run_jobs, case.customer, phones=case.phones)
    only = {"customer": str(case.customer.pk), "product": "PERSONAL_BUSINESS"}
    second.id = done(second.rm.post(APPLICATIONS, only))["id"]
    found = {each["field"]: each for each in form(second, "APPLICANT")["suggestions"]}
    assert found["employer"]["value"] == TERMS["employer"]
    assert found["employer"]["source"] == "EARLIER_APPLICATION"
    assert case.row.application_no in found["employer"]["source_label"]
    assert "amount" not in found, "what he wants now is another matter"
    wanted = ["employer", "occupation", "payee_account", "payee_name"]
    saved = done(save(second, "APPLICANT", {"occupation": "SELF_EMPLOYED"}, use_prefill=wanted))
    assert saved["document"]["employer"] == TERMS["employer"]
    assert saved["document"]["occupation"] == "SELF_EMPLOYED", "what is typed goes before"
    assert second.row.payee_account == "6222020402000000016"
    assert second.row.payee_name == case.customer.name
    assert "employer" not in {each["field"] for each in saved["suggestions"]}


def test_an_earlier_application_out_of_sight_tells_nothing(case: Case) -> None:
    case.draft().accept()
    stranger = case.bank.stranger
    own, _ = enter(kind="PERSON", name="李四", identity_no=identity_no(), by=stranger)
    phone = case.phone(stranger)
    made = done(phone.post(APPLICATIONS, {"customer": str(own.pk), "product": "PERSONAL_CONSUMPTION"}))
    found = done(phone.get(f"{APPLICATIONS}/{made['id']}/forms/APPLICANT"))
    assert {each["source"] for each in found["suggestions"]} == {"CUSTOMER"}


# --- The business as a gate ----------------------------------------------------------------------
def test_a_business_loan_is_not_handed_in_without_the_business(shop: Case) -> None:
    shop.accept().verify().authorize().query()
    steps = {each["step"]: each for each in done(shop.rm.get(f"{shop.url}/next"))["steps"]}
    lacks = {each["field"]: each for each in steps["BUSINESS_INFORMATION"]["blockers"]}
    assert lacks["business.credit_code"]["detail"] == "请填写统一社会信用代码"
    assert lacks["business.credit_code"]["door"] == {
        "method": "PATCH",
        "path": f"{shop.url}/forms/BUSINESS_INFORMATION",
    }
    assert lacks["business.credit_code"]["who"] == "客户经理"
    problem = refused(shop.post("submit"), 409, "transition_blocked")
    assert "business.credit_code" in {each.get("field") for each in problem["blockers"]}
    done(save(shop, "BUSINESS_INFORMATION", {**BUSINESS, "credit_code": credit_code(2)}))
    problem = refused(shop.post("submit"), 409, "transition_blocked")
    assert not [each for each in problem["blockers"] if each.get("field", "").startswith("business")]


def test_an_expired_licence_is_told_apart(shop: Case) -> None:
    expired = str(clock.today() - timedelta(days=1))
    said = {**BUSINESS, "credit_code": credit_code(3), "licence_is_long_term": False, "licence_expires_on": expired}
    done(save(shop, "BUSINESS_INFORMATION", said))
    steps = {each["step"]: each for each in done(shop.rm.get(f"{shop.url}/next"))["steps"]}
    assert [each["code"] for each in steps["BUSINESS_INFORMATION"]["blockers"]] == ["licence_expired"]
