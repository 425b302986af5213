"""A draft version is tried out before it is published, and a product that never was there takes an application."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loans import product_versions, products
from loans.models import LoanApplication, LoanProduct, LoanProductVersion
from tests.loans.builders import API, Case, done, refused
from tests.loans.configuring import another_product, in_force_from_today
from tests.loans.test_forms import form
from tests.world import Bank, Phone

pytestmark = pytest.mark.django_db

APPLICANT: dict[str, Any] = {
    "amount": "800000.00",
    "term_months": 12,
    "purpose": "INVENTORY",
    "repayment_method": "EQUAL_INSTALLMENT",
    "repayment_day": 15,
    "occupation": "SELF_EMPLOYED",
    "marital_status": "MARRIED",
    "monthly_income": "60000",
    "monthly_debt": "0",
}


@pytest.fixture
def draft(bank: Bank) -> LoanProductVersion:
    products.seed()
    product = LoanProduct.objects.get(code="MORTGAGE_BUSINESS")
    found = product_versions.draft_next(product, by=bank.product_manager)
    LoanProductVersion.objects.filter(pk=found.pk).update(max_amount=Decimal(700_000))
    return LoanProductVersion.objects.get(pk=found.pk)


def tried(bank: Bank, draft: LoanProductVersion, **sample: Any) -> dict[str, Any]:
    phone = Phone(bank.product_manager)
    found: dict[str, Any] = done(phone.post(f"{API}/loan-product-versions/{draft.pk}/trial", sample))
    return found


def test_a_draft_says_what_it_would_ask_and_cost(bank: Bank, draft: LoanProductVersion) -> None:
    flat = {"id": "01990000-0000-7000-8000-000000000001", "kind": "RESIDENTIAL", "is_co_owned": True}
    sample = {"APPLICANT": {**APPLICANT, "amount": 500_000}, "COLLATERAL": {"collaterals": [flat]}}
    found = tried(bank, draft, documents=sample, born_on="1950-01-01")
    faults = {each["step"]: [fault["field"] for fault in each["faults"]] for each in found["steps"]}
    assert faults["APPLICANT"] == []
    assert f"collaterals.{flat['id']}.co_owners_consented_on" in faults["COLLATERAL"]
    assert "credit_code" in faults["BUSINESS_INFORMATION"]
    papers = {each["type"] for each in found["papers"]}
    assert {"SPOUSE_ID", "COOWNER_CONSENT", "OTHER_RIGHT_CERT"} <= papers
    assert "GUARANTOR_ID" not in papers
    assert [each["code"] for each in found["limits"]] == ["age_out_of_range"]
    assert found["rate"] == "3.700000"
    assert len(found["schedule"]) in (12, 13)
    assert sum(Decimal(each["principal"]) for each in found["schedule"]) == Decimal(500_000)
    assert (found["approval_level"], found["approval_level_label"]) == (1, "支行审批")
    assert (found["is_entrusted_required"], found["may_sign_electronically"]) == (False, False)
    assert found["needs_two_investigators"]
    assert not LoanApplication.objects.exists()


def test_the_drafts_own_limits_answer_not_the_published_ones(bank: Bank, draft: LoanProductVersion) -> None:
    found = tried(bank, draft, documents={"APPLICANT": APPLICANT})
    (fault,) = found["steps"][0]["faults"]
    assert fault["detail"] == "申请金额须在100,000.00元至700,000.00元之间"
    assert found["schedule"] == []


def test_an_empty_sample_lists_everything(bank: Bank, draft: LoanProductVersion) -> None:
    found = tried(bank, draft)
    assert "请填写申请金额" in {fault["detail"] for fault in found["steps"][0]["faults"]}
    assert found["approval_level"] is None


def test_only_product_people_try(bank: Bank, draft: LoanProductVersion) -> None:
    refused(Phone(bank.rm).post(f"{API}/loan-product-versions/{draft.pk}/trial", {}), 403, "not_permitted")
    assert Phone(bank.product_manager).get(f"{API}/loan-products/MORTGAGE_BUSINESS/versions").status_code == 200


def test_versions_are_listed_and_compared_at_the_api(bank: Bank, draft: LoanProductVersion) -> None:
    phone = Phone(bank.product_manager)
    newest, oldest = done(phone.get(f"{API}/loan-products/MORTGAGE_BUSINESS/versions"))
    assert (newest["state"], oldest["state"]) == ("DRAFT", "PUBLISHED")
    said = done(phone.get(f"{API}/loan-product-versions/{oldest['id']}/comparison/{newest['id']}"))
    assert ("最高金额", "10,000,000", "700,000") in {(each["label"], each["before"], each["after"]) for each in said}


# --- Without a deployment ------------------------------------------------------------------------
def test_a_new_product_takes_an_application_through_the_whole_intake(case: Case) -> None:
    """Another order of the shared steps, other papers and limits: rows alone."""
    steps = ["APPLICANT", "IDENTITY_CHECK", "MATERIALS", "CREDIT_AUTHORIZATION", "DUE_DILIGENCE", "CONFIRMATION"]
    code = another_product(
        "QUICK",
        like="PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        steps=steps,
        max_amount=Decimal(150_000),
        furnish=lambda draft: draft.required_materials.filter(type="BANK_FLOW").delete(),
    )
    case.draft(product=code)
    assert [each["step"] for each in done(case.rm.get(f"{case.url}/next"))["steps"]] == steps
    case.accept().verify().authorize().query().investigate().submit()
    assert case.row.state == "SUBMITTED"
    assert case.row.product.code == code


def test_an_application_keeps_limits_papers_and_steps_of_its_version(case: Case) -> None:
    case.draft(amount="400000.00").accept()
    in_force_from_today(
        "PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        max_amount=Decimal(10_000),
        furnish=lambda draft: draft.required_materials.create(type="HUKOU"),
    )
    assert form(case, "APPLICANT")["errors"] == {}
    assert "HUKOU" not in {each["type"] for each in done(case.rm.get(f"{case.url}/materials"))["checklist"]}
    assert products.version_in_force("PERSONAL_CONSUMPTION").version == 2
    assert case.row.product_version.version == 1


def test_the_day_from_which_a_version_rules(bank: Bank, draft: LoanProductVersion) -> None:
    assert products.version_in_force("MORTGAGE_BUSINESS", date(2999, 1, 1)).version == 1, "a draft never rules"
