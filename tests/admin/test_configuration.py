"""What the bank changes without a deployment: parameters, branches, loan products, rates, authority, the shelf."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from aladdin import clock, parameters
from aladdin.audit import AuditEntry
from aladdin.parameters import Parameter
from loans.models import ApprovalAuthority, LoanProduct, LoanProductVersion, LprQuote
from loans.products import version_in_force
from organization.models import Branch, Staff
from products.machine import ShelfState
from products.models import ShelfProduct
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.world import Bank

STUCK = "console.stuck_after_hours"


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def last_deed() -> AuditEntry:
    return AuditEntry.objects.latest("id")


# --- Parameters ----------------------------------------------------------------------------------
PARAMETER = "/admin/aladdin/parameter/add/"


def new_value(value: str, effective_from: date, code: str = STUCK) -> dict[str, Any]:
    return {"code": code, "value": value, "effective_from": f"{effective_from}", "legal_basis": "行务会〔2026〕12号"}


def test_a_new_value_rules_from_its_day_and_the_old_one_until_then(bank: Bank, desk: Desk) -> None:
    answer = desk(bank.admin).post(PARAMETER, new_value("12", tomorrow()))
    assert answer.status_code == 302
    assert parameters.integer(STUCK) == 24
    assert parameters.integer(STUCK, on=tomorrow()) == 12
    deed = last_deed()
    assert (deed.by, deed.action, deed.subject) == (bank.admin, "set_parameter", f"parameter/{STUCK}")
    assert (deed.detail["value"], deed.detail["instead_of"]) == ("12", "24.000000")


def test_a_value_that_has_not_ruled_yet_can_be_set_again(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    client.post(PARAMETER, new_value("12", tomorrow()))
    client.post(PARAMETER, new_value("6", tomorrow()))
    assert parameters.integer(STUCK, on=tomorrow()) == 6
    assert Parameter.objects.filter(code=STUCK).count() == 2


def test_a_value_between_two_others_rules_until_the_later_one(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    client.post(PARAMETER, new_value("6", tomorrow() + timedelta(days=10)))
    client.post(PARAMETER, new_value("12", tomorrow()))
    days = [clock.today(), tomorrow(), tomorrow() + timedelta(days=9), tomorrow() + timedelta(days=10)]
    assert [parameters.integer(STUCK, on=day) for day in days] == [24, 12, 12, 6]


def test_what_has_ruled_is_not_changed(bank: Bank, desk: Desk) -> None:
    answer = desk(bank.admin).post(PARAMETER, new_value("12", clock.today()))
    assert answer.status_code == 200
    assert "已适用过的值不能更改" in answer.content.decode()
    row = Parameter.objects.get(code=STUCK)
    assert desk(bank.admin).post(f"/admin/aladdin/parameter/{row.pk}/change/", {"value": "1"}).status_code == 403
    assert parameters.integer(STUCK) == 24


def test_an_unknown_parameter_is_refused(bank: Bank, desk: Desk) -> None:
    answer = desk(bank.admin).post(PARAMETER, new_value("12", tomorrow(), code="no.such"))
    assert answer.status_code == 200
    assert not Parameter.objects.filter(code="no.such").exists()


# --- Branches ------------------------------------------------------------------------------------
def test_a_branch_is_opened_in_its_place_in_the_tree(bank: Bank, desk: Desk) -> None:
    said = {"below": bank.city.pk, "code": "1003", "name": "固安支行", "kind": "SUB_BRANCH", "area_code": "131022"}
    assert desk(bank.admin).post("/admin/organization/branch/add/", said).status_code == 302
    opened = Branch.objects.get(code="1003")
    assert opened.path.startswith(bank.city.path)
    assert opened.depth == bank.city.depth + 1
    deed = last_deed()
    assert (deed.by, deed.action, deed.subject) == (bank.admin, "add_branch", f"branch/{opened.pk}")


def test_a_branch_is_renamed_but_keeps_its_number_and_place(bank: Bank, desk: Desk) -> None:
    path = f"/admin/organization/branch/{bank.east.pk}/change/"
    desk(bank.admin).post(path, {"name": "广阳道支行", "area_code": "131003", "code": "9999", "below": bank.head.pk})
    renamed = Branch.objects.get(pk=bank.east.pk)
    assert (renamed.name, renamed.code, renamed.path) == ("广阳道支行", "1001", bank.east.path)
    assert last_deed().detail["changes"]["name"] == ["广阳支行", "广阳道支行"]


# --- Loan products -------------------------------------------------------------------------------
def version_page(version: LoanProductVersion, page: str = "change") -> str:
    return f"/admin/loans/loanproductversion/{version.pk}/{page}/"


def press(client: Client, path: str, **said: Any) -> str:
    """Press a button whose dialog asks `said`; where the page goes then ("" where the dialog stays open)."""
    return client.post(path, {"_form_submitted": "on", **said}).headers.get("HX-Redirect", "")


def draft_of(client: Client, code: str = "PERSONAL_CONSUMPTION") -> LoanProductVersion:
    product = LoanProduct.objects.get(code=code)
    assert press(client, f"/admin/loans/loanproduct/{product.pk}/draft_next/")
    return product.versions.get(version=2)


def test_a_published_version_is_only_read(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    published = version_in_force("PERSONAL_CONSUMPTION")
    html = client.get(version_page(published)).content.decode()
    assert "等额本息" in html
    assert 'name="max_amount"' not in html
    assert client.post(version_page(published), {"max_amount": "1"}).status_code == 403
    assert press(client, version_page(published, "publish")) == ""


def test_the_next_version_is_drafted_changed_checked_and_published(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    client, checker = desk(lending_bank.admin), desk(product_managers[0])
    draft = draft_of(client)
    first = version_in_force("PERSONAL_CONSUMPTION")
    assert draft.required_materials.count() == first.required_materials.count() > 0
    answer = client.post(version_page(draft), filled_in(client, version_page(draft), max_amount="400000"))
    assert answer.status_code == 302
    assert last_deed().detail["changes"] == {"max_amount": [f"{draft.max_amount}", "400000"]}
    assert press(client, version_page(draft, "submit"))
    assert press(client, version_page(draft, "publish"))
    assert messages_of(client.get(version_page(draft)))[-1] == "编制人不能复核自己编制的产品版本"
    assert press(checker, version_page(draft, "publish"))
    assert version_in_force("PERSONAL_CONSUMPTION") == first
    assert version_in_force("PERSONAL_CONSUMPTION", tomorrow()).max_amount == Decimal(400_000)
    assert client.post(version_page(draft), {"max_amount": "1"}).status_code == 403
    assert last_deed().action == "publish_loan_product_version"


def test_a_draft_whose_tiers_do_not_reach_its_highest_amount_is_not_published(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    draft = draft_of(client)
    draft.approval_tiers.filter(up_to__gte=draft.max_amount).delete()
    client.get(version_page(draft))  # takes in what was told of the draft
    assert press(client, version_page(draft, "submit"))
    assert messages_of(client.get(version_page(draft))) == ["暂不能提交复核：审批层级未覆盖最高金额"]
    draft.refresh_from_db()
    assert draft.state == LoanProductVersion.State.DRAFT


def test_there_is_one_draft_at_a_time(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    draft = draft_of(client)
    assert press(client, f"/admin/loans/loanproduct/{draft.product_id}/draft_next/")
    assert draft.product.versions.count() == 2


def test_buttons_do_nothing_for_who_may_not(lending_bank: Bank, desk: Desk, audit_admin: Staff) -> None:
    product = LoanProduct.objects.get(code="PERSONAL_CONSUMPTION")
    path = f"/admin/loans/loanproduct/{product.pk}/draft_next/"
    assert desk(audit_admin).post(path, {"_form_submitted": "on"}).status_code == 403
    assert desk(lending_bank.rm).post(path, {"_form_submitted": "on"}).status_code == 302
    assert product.versions.count() == 1


# --- Rates and authority -------------------------------------------------------------------------
def test_a_published_prime_rate_is_entered_and_then_stays(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    said = {"tenor": "1Y", "rate": "2.95", "published_on": "2026-10-20"}
    assert client.post("/admin/loans/lprquote/add/", said).status_code == 302
    quote = LprQuote.objects.get(published_on=date(2026, 10, 20))
    assert client.post(f"/admin/loans/lprquote/{quote.pk}/change/", {"rate": "1"}).status_code == 403
    assert last_deed().action == "add_lprquote"


AUTHORITY = "/admin/loans/approvalauthority/"


def test_authority_is_given_by_a_published_change_alone(bank: Bank, desk: Desk) -> None:
    """Its drafting, simulation and publication are in tests/loans/test_matrix.py."""
    assert desk(bank.admin).get(f"{AUTHORITY}add/").status_code == 403


def test_authority_that_was_given_is_only_ended_and_not_backwards(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    given = ApprovalAuthority.objects.create(
        staff=bank.approver, level=1, max_amount=Decimal(300_000), effective_from=date(2020, 1, 1)
    )
    path = f"{AUTHORITY}{given.pk}/change/"
    client.post(path, {"max_amount": "9999999", "effective_to": f"{tomorrow()}"})
    given.refresh_from_db()
    assert (given.max_amount, given.effective_to) == (Decimal(300_000), tomorrow())
    answer = client.post(path, {"effective_to": f"{clock.today() - timedelta(days=1)}"})
    assert "失效日不能早于今日" in answer.content.decode()


# --- The shelf -----------------------------------------------------------------------------------
SHELF = "/admin/products/shelfproduct/"
OFFER = {
    "code": "W0001",
    "name": "稳健一号",
    "type": "WEALTH",
    "risk": "R2",
    "min_amount": "10000",
    "term_text": "180天",
    "rate_text": "业绩比较基准 3.10%",
}


def test_a_product_is_made_by_one_and_put_on_the_shelf_by_another(
    bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker, checker = map(desk, product_managers)
    assert maker.post(f"{SHELF}add/", OFFER).status_code == 302
    product = ShelfProduct.objects.get()
    assert press(maker, f"{SHELF}{product.pk}/submit/")
    assert maker.post(f"{SHELF}{product.pk}/approve/", {"_form_submitted": "on"}).status_code == 403
    assert press(checker, f"{SHELF}{product.pk}/approve/")
    product.refresh_from_db()
    assert (product.state, product.maker, product.checker) == (ShelfState.ON_SHELF, *product_managers)


def test_a_promise_of_return_is_refused_in_the_banks_own_words(
    bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    client = desk(product_managers[0])
    answer = client.post(f"{SHELF}add/", OFFER | {"rate_text": "保本保收益"}, follow=True)
    assert messages_of(answer) == ["该类产品不得承诺收益：不能使用“保本、保收益”"]
    assert not ShelfProduct.objects.exists()


def test_sending_back_asks_why(bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]) -> None:
    maker, checker = map(desk, product_managers)
    maker.post(f"{SHELF}add/", OFFER)
    product = ShelfProduct.objects.get()
    press(maker, f"{SHELF}{product.pk}/submit/")
    assert press(checker, f"{SHELF}{product.pk}/send_back/", reason="") == ""
    assert press(checker, f"{SHELF}{product.pk}/send_back/", reason="期限不清")
    assert product.moves.latest("id").reason == "期限不清"


@pytest.mark.parametrize("page", ["add", "list"])
def test_the_system_administrator_only_looks_at_the_shelf(bank: Bank, desk: Desk, page: str) -> None:
    path = SHELF if page == "list" else f"{SHELF}add/"
    assert desk(bank.admin).get(path).status_code == (200 if page == "list" else 403)
