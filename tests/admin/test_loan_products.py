"""Product managers make a product in the back office alone: steps in their order, a trial, a comparison."""

from typing import Any

from loans.models import LoanProduct, LoanProductVersion
from loans.products import version_in_force
from organization.models import Staff
from tests.admin.conftest import Desk, filled_in
from tests.admin.test_configuration import draft_of, press, version_page
from tests.world import Bank

_PLACES = ("APPLICANT", "IDENTITY_CHECK", "CREDIT_AUTHORIZATION", "MATERIALS", "DUE_DILIGENCE", "CONFIRMATION")


def test_steps_are_put_in_order_by_their_places(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    draft = draft_of(client)
    said = filled_in(client, version_page(draft))
    del said["steps"]
    places = {f"steps_{step}": str(9 - number) for number, step in enumerate(_PLACES)}
    assert client.post(version_page(draft), said | places).status_code == 302
    draft.refresh_from_db()
    assert draft.steps == list(reversed(_PLACES))
    html = client.get(version_page(draft)).content.decode()
    assert 'name="steps_CONFIRMATION"' in html


def test_a_product_is_made_from_nothing_and_ruled_by_another_persons_word(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker, checker = map(desk, product_managers)
    made = {"code": "TEACHER", "name": "园丁贷", "kind": "CONSUMPTION", "guarantee": "UNSECURED"}
    assert maker.post("/admin/loans/loanproduct/add/", made).status_code == 302
    product = LoanProduct.objects.get(code="TEACHER")
    add = "/admin/loans/loanproductversion/add/"
    assert maker.post(add, _version(maker, add, product)).status_code == 302
    draft = LoanProductVersion.objects.get(product=product)
    assert press(maker, version_page(draft, "submit"))
    assert press(checker, version_page(draft, "publish"))
    draft.refresh_from_db()
    assert (draft.state, draft.changed_by, draft.published_by) == ("PUBLISHED", *product_managers)
    assert version_in_force("TEACHER", draft.effective_from) == draft


def _version(client: Any, add: str, product: LoanProduct) -> dict[str, Any]:
    like = version_in_force("PERSONAL_CONSUMPTION")
    said = filled_in(client, add)
    said |= {
        "product": str(product.pk),
        "effective_from": "2999-01-01",
        "min_amount": "1000",
        "max_amount": "100000",
        "min_term_months": "3",
        "max_term_months": "36",
        "repayment_methods": like.repayment_methods,
        "purposes": like.purposes,
        "rate_rule": "LPR",
        "lpr_tenor": "1Y",
        "spread_bp": "100",
        "self_payment_up_to": "100000",
        **{f"steps_{step}": str(place) for place, step in enumerate(_PLACES, 1)},
    }
    rows = {
        "approval_tiers": {"level": "1", "up_to": "300000"},
        "required_materials": {"type": "ID_CARD", "stage": "SUBMISSION", "condition": "ALWAYS", "pages": "2"},
        "templates": _template(like),
        "planned_checks": {"kind": "FIRST", "condition": "ALWAYS", "days": "30", "way": "OFF_SITE"},
    }
    for name, row in rows.items():
        said[f"{name}-TOTAL_FORMS"] = "1"
        said |= {f"{name}-0-{field}": value for field, value in row.items()}
    return said


def _template(like: LoanProductVersion) -> dict[str, str]:
    row = like.templates.get(document="LOAN_CONTRACT")
    return {
        "document": "LOAN_CONTRACT",
        "template_code": row.template_code,
        "template_version": row.template_version,
    }


def test_a_draft_is_tried_out_on_a_page(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    page = version_page(draft_of(client), "try_out")
    assert "试算" in client.get(page).content.decode()
    sample = {"amount": "100000", "term_months": "12", "repayment_method": "EQUAL_INSTALLMENT", "repayment_day": "15"}
    html = client.get(page, sample).content.decode()
    assert "还款计划" in html
    assert "支行审批" in html
    assert "请填写贷款用途" in html


def test_a_draft_is_compared_with_the_version_before_it(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    draft = draft_of(client)
    client.post(version_page(draft), filled_in(client, version_page(draft), max_amount="400000"))
    html = client.get(version_page(draft, "compare")).content.decode()
    assert "最高金额" in html
    assert "400,000" in html


def test_who_may_not_see_versions_sees_no_trial(lending_bank: Bank, desk: Desk, audit_admin: Staff) -> None:
    draft = draft_of(desk(lending_bank.admin))
    assert desk(audit_admin).get(version_page(draft, "try_out")).status_code == 403
