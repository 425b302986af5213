"""Which text a contract is written from, and how its open words are filled in."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.problems import Conflict, RuleBroken
from loans import contract_templates
from loans import contract_variables as variables
from loans.codes import LegalDocument
from loans.contract_codes import ClauseCondition
from loans.models import ContractTemplate, LoanApplication, LoanProduct
from tests.loans.builders import Case
from tests.loans.configuring import another_product
from tests.loans.lending import submitted


@pytest.fixture
def application(case: Case) -> LoanApplication:
    return submitted(case).row


def another(like: str, code: str, **said: object) -> ContractTemplate:
    """A further published template of the same kind."""
    template = ContractTemplate.objects.get(code=like)
    clauses = list(template.clauses.all())
    template.pk, template._state.adding, template.code = None, True, code
    for name, value in said.items():
        setattr(template, name, value)
    template.save(force_insert=True)
    contract_templates._put_clauses(template, clauses)
    return template


def code_chosen(application: LoanApplication, document: str = LegalDocument.GUARANTEE_CONTRACT) -> str:
    return contract_templates.chosen(document, application, clock.today()).code


def test_every_text_that_the_house_ships_is_fit(application: LoanApplication) -> None:
    shipped = ContractTemplate.objects.all()
    assert {each.document for each in shipped} == set(variables.KNOWN)
    assert {each.code: list(contract_templates.unfit(each)) for each in shipped} == {each.code: [] for each in shipped}


def test_shipping_again_leaves_the_banks_own_texts_alone(application: LoanApplication) -> None:
    ContractTemplate.objects.filter(code="PERSONAL").update(title="自家合同")
    assert contract_templates.seed() == []
    assert ContractTemplate.objects.get(code="PERSONAL").title == "自家合同"


def test_the_most_particular_text_is_taken(application: LoanApplication) -> None:
    assert code_chosen(application) == "PERSONAL_GUARANTEE"
    another("PERSONAL_GUARANTEE", "CONSUMPTION", loan_kind="CONSUMPTION")
    assert code_chosen(application) == "CONSUMPTION"
    another("PERSONAL_GUARANTEE", "UNSECURED", guarantee="UNSECURED")
    assert code_chosen(application) == "UNSECURED"
    another("PERSONAL_GUARANTEE", "THIS_PRODUCT", product=application.product)
    assert code_chosen(application) == "THIS_PRODUCT"


@pytest.mark.parametrize(
    "elsewhere",
    [{"loan_kind": "HOUSING"}, {"guarantee": "MORTGAGED"}, {"state": "DRAFT"}, {"document": "LOAN_CONTRACT"}],
)
def test_a_text_for_other_cases_is_not_taken(application: LoanApplication, elsewhere: dict[str, str]) -> None:
    another("PERSONAL_GUARANTEE", "OTHER", **elsewhere)
    assert code_chosen(application) == "PERSONAL_GUARANTEE"


def test_another_products_text_is_not_taken(application: LoanApplication) -> None:
    another("PERSONAL_GUARANTEE", "OTHER", product=LoanProduct.objects.get(code="PERSONAL_BUSINESS"))
    assert code_chosen(application) == "PERSONAL_GUARANTEE"


def test_the_text_that_the_product_names_goes_before_a_more_particular_one(application: LoanApplication) -> None:
    another("PERSONAL", "THIS_PRODUCT", product=application.product)
    assert code_chosen(application, LegalDocument.LOAN_CONTRACT) == "PERSONAL"


def test_a_product_may_keep_to_one_version_of_its_text(case: Case) -> None:
    code = another_product(
        "KEEPS_TO_ONE",
        like="PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        furnish=lambda version: version.templates.update(template_version="1"),
    )
    application = submitted(case, product=code).row
    another("PERSONAL", "PERSONAL", version=2, effective_from=date(2021, 1, 1))
    assert contract_templates.chosen(LegalDocument.LOAN_CONTRACT, application, clock.today()).version == 1


def test_a_version_rules_from_its_day(application: LoanApplication) -> None:
    day = clock.today() + timedelta(days=10)
    another("PERSONAL", "PERSONAL", version=2, effective_from=day)
    chosen = [contract_templates.chosen(LegalDocument.LOAN_CONTRACT, application, on) for on in (clock.today(), day)]
    assert [each.version for each in chosen] == [1, 2]


def test_without_a_text_there_is_no_contract(application: LoanApplication) -> None:
    ContractTemplate.objects.all().delete()
    with pytest.raises(Conflict, match="template_missing"):
        code_chosen(application)


# --- Filling in ----------------------------------------------------------------------------------
def test_conditional_clauses_stand_where_they_belong(application: LoanApplication) -> None:
    template = contract_templates.chosen(LegalDocument.LOAN_CONTRACT, application, clock.today())
    values = variables.examples(LegalDocument.LOAN_CONTRACT)
    plain = contract_templates.clauses_of(template, values, frozenset({ClauseCondition.NOT_HOUSING}))
    whole = contract_templates.clauses_of(template, values, frozenset(ClauseCondition))
    assert any("不得用于购买住房" in each.text for each in plain)
    assert not any("分2次提取" in each.text for each in plain)
    assert any("分2次提取" in each.text for each in whole)


def test_what_the_case_lacks_is_named(application: LoanApplication) -> None:
    template = contract_templates.chosen(LegalDocument.LOAN_CONTRACT, application, clock.today())
    values = variables.examples(LegalDocument.LOAN_CONTRACT) | {"purpose": ""}
    with pytest.raises(RuleBroken, match="contract_value_missing") as refused:
        contract_templates.clauses_of(template, values, frozenset())
    assert "借款用途" in refused.value.detail


@pytest.mark.parametrize("name, wrong", [("amount", "300000"), ("term_months", True), ("draw_until", "2026-01-01")])
def test_a_value_of_another_type_is_none(name: str, wrong: variables.Value) -> None:
    with pytest.raises(variables.ValueMissing):
        variables.filled(f"{{{{ {name} }}}}", {name: wrong})


def test_each_type_is_written_in_its_own_way() -> None:
    said = "{{ amount }} {{annual_rate}} {{ term_months }} {{ draw_until }} {{ borrower }}"
    values: dict[str, variables.Value] = {
        "amount": Decimal("1234567.8"),
        "annual_rate": Decimal("4.350000"),
        "term_months": 12,
        "draw_until": date(2026, 9, 1),
        "borrower": "张三",
    }
    assert variables.filled(said, values) == "1,234,567.80 4.35 12 2026年09月01日 张三"


@given(st.text(max_size=30))
def test_a_persons_words_are_never_a_variable(name: str) -> None:
    """What stands in a value is printed, even where it looks like an open word."""
    said = f"{{{{ amount }}}}{name}"
    if said.strip():
        assert variables.filled("{{ borrower }}", {"borrower": said}) == said
