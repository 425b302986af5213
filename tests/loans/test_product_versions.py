"""Versions of products: drafted by one, published by another, never changed afterwards; and the five of the house."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.problems import Conflict, NotPermitted, Problem, RuleBroken
from loans import house_products, product_comparison, product_soundness, product_versions, products
from loans.codes import Step
from loans.models import LoanProduct, LoanProductVersion, LprQuote
from organization.models import Staff
from tests.loans.configuring import checker_beside, in_force_from_today
from tests.world import Bank

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(bank: Bank) -> Staff:
    products.seed()
    return bank.product_manager


@pytest.fixture
def draft(maker: Staff) -> LoanProductVersion:
    product = LoanProduct.objects.get(code="MORTGAGE_BUSINESS")
    return product_versions.draft_next(product, by=maker)


# --- The five of the house -----------------------------------------------------------------------
@pytest.mark.parametrize("house", house_products.ALL, ids=lambda each: each.code)
def test_what_the_house_ships_could_be_published_by_its_own_rules(
    maker: Staff, house: house_products.HouseProduct
) -> None:
    again = product_versions.draft_next(LoanProduct.objects.get(code=house.code), by=maker)
    assert list(product_soundness.wrong_with(again)) == []
    assert again.legal_basis
    assert again.planned_checks.exists()


# --- Maker and checker ---------------------------------------------------------------------------
def test_one_makes_another_publishes(draft: LoanProductVersion, maker: Staff) -> None:
    product_versions.submit(draft, by=maker)
    published = product_versions.publish(draft, by=checker_beside(maker))
    assert published.state == "PUBLISHED"
    assert published.submitted_by == maker
    assert published.published_by != maker
    entry = AuditEntry.objects.filter(action="publish_loan_product_version").latest("id")
    assert entry.detail["maker"] == str(maker)


def test_the_maker_publishes_nothing_of_his_own(draft: LoanProductVersion, maker: Staff) -> None:
    checker = checker_beside(maker)
    product_versions.submit(draft, by=checker)  # handed in by the other, but written by the maker
    for person in (maker, checker):
        with pytest.raises(NotPermitted) as refused:
            product_versions.publish(draft, by=person)
        assert refused.value.code == "maker_is_checker"


def test_the_database_holds_that_maker_and_checker_differ(draft: LoanProductVersion, maker: Staff) -> None:
    rows = LoanProductVersion.objects.filter(pk=draft.pk)
    rows.update(state="IN_CHECK", submitted_by=maker, submitted_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="PUBLISHED", published_by=maker)


def test_nothing_is_published_unchecked(draft: LoanProductVersion, maker: Staff) -> None:
    with pytest.raises(Conflict) as refused:
        product_versions.publish(draft, by=checker_beside(maker))
    assert refused.value.code == "not_in_check"


def test_sent_back_it_is_a_draft_again(draft: LoanProductVersion, maker: Staff) -> None:
    product_versions.submit(draft, by=maker)
    with pytest.raises(Conflict) as refused:
        product_versions.submit(draft, by=maker)
    assert refused.value.code == "not_a_draft"
    returned = product_versions.send_back(draft, by=checker_beside(maker), reason="利率下限偏低")
    assert (returned.state, returned.submitted_by) == ("DRAFT", None)


@pytest.mark.parametrize("verb", ["submit", "publish", "send_back"])
def test_only_product_people_move_a_version(bank: Bank, draft: LoanProductVersion, verb: str) -> None:
    said = {"reason": "x"} if verb == "send_back" else {}
    with pytest.raises(NotPermitted):
        getattr(product_versions, verb)(draft, by=bank.rm, **said)


# --- Sound or not --------------------------------------------------------------------------------
def _without(*names: str) -> Callable[[LoanProductVersion], None]:
    def change(draft: LoanProductVersion) -> None:
        draft.steps = [step for step in draft.steps if step not in names]

    return change


def _set(**terms: Any) -> Callable[[LoanProductVersion], None]:
    def change(draft: LoanProductVersion) -> None:
        for name, value in terms.items():
            setattr(draft, name, value)

    return change


def _yesterday(draft: LoanProductVersion) -> None:
    draft.effective_from = clock.today() - timedelta(days=1)


@pytest.mark.parametrize(
    "change,reason",
    [
        (_yesterday, "生效日已过"),
        (_set(purposes=[]), "未选允许用途"),
        (_set(steps=[]), "未选办理步骤"),
        (_without("COLLATERAL"), "办理步骤缺少抵质押物"),
        (_without("BUSINESS_INFORMATION", "MATERIALS"), "办理步骤缺少资料上传、经营信息"),
        (_set(max_term_months=121), "个人经营贷款期限不得超过120个月"),
        (lambda draft: draft.approval_tiers.filter(level=3).delete(), "审批层级未覆盖最高金额"),
        (lambda draft: draft.approval_tiers.filter(level=2).update(up_to=500_000), "上级审批权限不得低于下级"),
        (
            lambda draft: draft.field_rules.create(step="APPLICANT", field="colour", rule="HIDDEN"),
            "申请信息表单没有字段“colour”",
        ),
        (
            lambda draft: draft.field_rules.create(step="APPLICANT", field="amount", rule="HIDDEN"),
            "申请信息的申请金额须填写，不能设为不填",
        ),
        (lambda draft: draft.templates.all().delete(), "未指定借款合同模板"),
        (lambda draft: draft.planned_checks.filter(kind="FIRST").delete(), "未安排放款后首次检查"),
        (lambda draft: draft.steps.append("MATERIALS"), "办理步骤须以申请信息开始、以确认报审结束"),
        (lambda draft: draft.steps.insert(1, "CREDIT_AUTHORIZATION"), "办理步骤有重复"),
        (
            _set(steps=["APPLICANT", "CREDIT_AUTHORIZATION", "IDENTITY_CHECK", "CONFIRMATION"]),
            "身份核验须在征信授权之前",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_version_that_is_not_sound_is_not_handed_in(
    draft: LoanProductVersion, maker: Staff, change: Callable[[LoanProductVersion], object], reason: str
) -> None:
    change(draft)
    draft.save()
    with pytest.raises(RuleBroken) as refused:
        product_versions.submit(draft, by=maker)
    assert refused.value.code == "version_incomplete"
    assert reason in refused.value.extra["blockers"]


def test_a_tenor_without_a_prime_rate(draft: LoanProductVersion, maker: Staff) -> None:
    LprQuote.objects.all().delete()
    with pytest.raises(RuleBroken) as refused:
        product_versions.submit(draft, by=maker)
    assert "所选期限尚无LPR报价" in refused.value.extra["blockers"]


# --- Published for good --------------------------------------------------------------------------
def _terms(version: LoanProductVersion) -> object:
    return LoanProductVersion.objects.filter(pk=version.pk).update(max_amount=Decimal(20_000_000))


def _delete(version: LoanProductVersion) -> object:
    return LoanProductVersion.objects.filter(pk=version.pk).delete()


@pytest.mark.parametrize(
    "deed",
    [
        _terms,
        _delete,
        lambda version: version.fees.update(value=9),
        lambda version: version.fees.all().delete(),
        lambda version: version.required_materials.update(pages=9),
        lambda version: version.required_materials.create(type="HUKOU", stage="DISBURSEMENT"),
        lambda version: version.approval_tiers.update(up_to=1),
        lambda version: version.templates.update(template_version="9"),
        lambda version: version.planned_checks.filter(kind="FIRST").update(days=9),
        lambda version: version.field_rules.create(step="APPLICANT", field="employer", rule="HIDDEN"),
        lambda version: LoanProduct.objects.filter(pk=version.product_id).update(guarantee="UNSECURED"),
    ],
)
def test_the_database_refuses_to_change_what_is_published(
    maker: Staff, deed: Callable[[LoanProductVersion], object]
) -> None:
    published = products.version_in_force("MORTGAGE_BUSINESS")
    with pytest.raises(IntegrityError), transaction.atomic():
        deed(published)


def test_the_parts_of_a_version_in_check_are_frozen_too(draft: LoanProductVersion, maker: Staff) -> None:
    draft.fees.update(value=2)
    product_versions.submit(draft, by=maker)
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.fees.update(value=3)


def test_a_row_is_not_moved_into_a_published_version(draft: LoanProductVersion) -> None:
    published = products.version_in_force("MORTGAGE_BUSINESS")
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.fees.update(version=published, name="别的")


def test_the_name_of_a_published_product_may_still_change(maker: Staff) -> None:
    assert LoanProduct.objects.filter(code="FARMER").update(name="惠农贷") == 1


# --- Comparing -----------------------------------------------------------------------------------
def test_two_versions_are_compared_in_words(maker: Staff) -> None:
    old = products.version_in_force("MORTGAGE_BUSINESS")

    def change(draft: LoanProductVersion) -> None:
        draft.required_materials.filter(type="HUKOU").delete()
        draft.approval_tiers.filter(level=1).update(up_to=Decimal(500_000))
        draft.field_rules.create(step="APPLICANT", field="employer", rule="HIDDEN")

    new = in_force_from_today(
        "MORTGAGE_BUSINESS", maker=maker, furnish=change, max_amount=Decimal(8_000_000), reviewer_may_reject=True
    )
    said = [(each.label, each.before, each.after) for each in product_comparison.compare(old, new)]
    assert ("最高金额", "10,000,000", "8,000,000") in said
    assert ("审查岗可直接否决", "否", "是") in said
    assert any(label.startswith("户口簿") and after == "" for label, _, after in said)
    assert ("支行审批", "金额上限：1,000,000", "金额上限：500,000") in said
    assert ("申请信息 employer", "", "要求：不填") in said
    assert len(said) == 6  # with the day from which it rules


def test_a_version_is_like_itself(maker: Staff) -> None:
    version = products.version_in_force("SMALL_ENTERPRISE")
    assert product_comparison.compare(version, version) == []


@given(steps=st.permutations(list(Step)))
def test_whatever_the_order_the_soundness_says_so_or_not(steps: list[Step]) -> None:
    """Pure: an order is sound where the applicant is first, the confirmation last, identity before credit."""
    said = list(product_soundness.faults_of_order(list(steps)))
    is_sound = (
        steps[0] == Step.APPLICANT
        and steps[-1] == Step.CONFIRMATION
        and steps.index(Step.IDENTITY_CHECK) < steps.index(Step.CREDIT_AUTHORIZATION)
    )
    assert (said == []) == is_sound


def test_the_next_version_waits_for_the_one_in_check(draft: LoanProductVersion, maker: Staff) -> None:
    with pytest.raises(Problem) as refused:
        product_versions.draft_next(draft.product, by=maker)
    assert refused.value.code == "draft_exists"
