"""The product shelf: two people put a product on it, and only what is on it is offered."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_fsm import can_proceed

from aladdin.audit import AuditEntry
from aladdin.problems import Conflict, NotPermitted, Problem, RuleBroken
from organization.models import Staff
from organization.roles import Role
from products import shelf
from products.machine import ARROWS, ShelfState
from products.models import ProductType, Risk, ShelfMove, ShelfProduct
from tests.world import Bank, Phone, hire

PhoneOf = Callable[..., Phone]


@pytest.fixture
def checker(bank: Bank) -> Staff:
    """A second product manager."""
    return hire(bank.head, Staff.Position.HEAD_OFFICE, Role.PRODUCT_MANAGER, name="许复核")


def drafts(maker: Staff, code: str = "LC001", **said: Any) -> ShelfProduct:
    """The maker drafts a fixed-income wealth product."""
    offer: dict[str, Any] = {
        "name": "稳享固收一号",
        "type": ProductType.WEALTH,
        "risk": Risk.R2,
        "min_amount": Decimal(10000),
        "term_text": "180天",
        "rate_text": "业绩比较基准 2.40%–3.10%",
    }
    return shelf.draft(code=code, by=maker, **offer | said)


def puts_on_shelf(maker: Staff, checker: Staff, code: str = "LC001", **said: Any) -> ShelfProduct:
    product = shelf.submit(drafts(maker, code, **said), by=maker)
    return shelf.approve(product, by=checker)


# --- The life of a product -----------------------------------------------------------------------------
def test_two_people_put_a_product_on_the_shelf(bank: Bank, checker: Staff) -> None:
    product = puts_on_shelf(bank.product_manager, checker)
    assert (product.state, product.maker, product.checker) == (ShelfState.ON_SHELF, bank.product_manager, checker)
    assert product.on_shelf_at is not None
    moves = ShelfMove.objects.filter(product=product).values_list("name", "from_state", "to_state", "by__name")
    assert list(moves) == [
        ("submit", "DRAFT", "PENDING_APPROVAL", "沈产品"),
        ("approve", "PENDING_APPROVAL", "ON_SHELF", "许复核"),
    ]
    assert AuditEntry.objects.filter(subject=f"product/{product.pk}").count() == 3


def test_a_whole_life(bank: Bank, checker: Staff) -> None:
    maker = bank.product_manager
    product = shelf.submit(drafts(maker), by=maker)
    product = shelf.send_back(product, reason="期限有误", by=checker)
    product = shelf.approve(shelf.submit(product, by=maker), by=checker)
    first = product.on_shelf_at
    product = shelf.suspend(product, reason="额度用尽", by=maker)
    product = shelf.resume(product, by=checker)
    product = shelf.take_off(product, reason="到期", by=maker)
    assert (product.state, product.on_shelf_at, product.version) == (ShelfState.OFF_SHELF, first, 8)


@pytest.mark.parametrize("move", ["approve", "send_back", "resume"])
def test_the_maker_is_never_the_checker(bank: Bank, checker: Staff, move: str) -> None:
    maker = bank.product_manager
    product = shelf.submit(drafts(maker), by=maker)
    if move == "resume":
        product = shelf.suspend(shelf.approve(product, by=checker), reason="暂停", by=checker)
    reason = {"reason": "退回"} if move == "send_back" else {}
    with pytest.raises(NotPermitted) as refused:
        getattr(shelf, move)(product, by=maker, **reason)
    assert refused.value.code == "checker_is_maker"


def test_only_the_maker_submits(bank: Bank, checker: Staff) -> None:
    with pytest.raises(NotPermitted) as refused:
        shelf.submit(drafts(bank.product_manager), by=checker)
    assert refused.value.code == "not_the_maker"


@pytest.mark.parametrize("who", ["rm", "manager", "head_office", "admin"])
def test_only_product_managers_keep_the_shelf(bank: Bank, checker: Staff, who: str) -> None:
    with pytest.raises(NotPermitted):
        drafts(getattr(bank, who))
    product = shelf.submit(drafts(bank.product_manager), by=bank.product_manager)
    with pytest.raises(NotPermitted):
        shelf.approve(product, by=getattr(bank, who))


ALLOWED = {
    ("DRAFT", "submit"),
    ("PENDING_APPROVAL", "send_back"),
    ("PENDING_APPROVAL", "approve"),
    ("ON_SHELF", "suspend"),
    ("ON_SHELF", "take_off"),
    ("SUSPENDED", "resume"),
    ("SUSPENDED", "take_off"),
}


@pytest.mark.parametrize("state", ShelfState)
@pytest.mark.parametrize("move", ARROWS)
def test_every_state_and_every_move(state: ShelfState, move: str) -> None:
    assert can_proceed(getattr(ShelfProduct(state=state), move)) == ((state.value, move) in ALLOWED)


def test_a_move_out_of_order_is_refused_with_its_reason(bank: Bank, checker: Staff) -> None:
    product = drafts(bank.product_manager)
    with pytest.raises(Conflict) as refused:
        shelf.approve(product, by=checker)
    assert (refused.value.code, refused.value.detail) == ("product_state", "产品当前为“草稿”，不能上架")


def test_a_stale_copy_cannot_be_approved_twice(bank: Bank, checker: Staff) -> None:
    product = shelf.submit(drafts(bank.product_manager), by=bank.product_manager)
    shelf.approve(product, by=checker)
    with pytest.raises(Conflict):
        shelf.approve(product, by=checker)


# --- What may not be said ------------------------------------------------------------------------------
@pytest.mark.parametrize("promise", ["保本理财", "预期收益率3.10%", "零风险，稳赚"])
def test_a_return_that_is_not_promised_may_not_be_promised(bank: Bank, promise: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        drafts(bank.product_manager, rate_text=promise)
    assert refused.value.code == "promised_return"
    assert not ShelfProduct.objects.exists()


def test_a_deposit_promises_its_rate(bank: Bank) -> None:
    product = drafts(bank.product_manager, type=ProductType.DEPOSIT, risk=Risk.R1, rate_text="保本，年利率1.15%")
    assert product.promises_its_return


def test_a_code_is_used_once(bank: Bank) -> None:
    drafts(bank.product_manager)
    with pytest.raises(Conflict) as refused:
        drafts(bank.product_manager)
    assert refused.value.code == "product_code_taken"


@pytest.mark.parametrize("reason", ["", " ", "长" * 201])
def test_taking_off_needs_a_reason(bank: Bank, checker: Staff, reason: str) -> None:
    product = puts_on_shelf(bank.product_manager, checker)
    with pytest.raises(Problem) as refused:
        shelf.take_off(product, reason=reason, by=checker)
    assert (refused.value.code, list(refused.value.errors)) == ("reason_required", ["reason"])


# --- The database keeps the promise --------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE products_shelfproduct SET state = 'ON_SHELF'",
        "UPDATE products_shelfproduct SET checker_id = maker_id",
        "UPDATE products_shelfproduct SET min_amount = -1",
        "UPDATE products_shelfmove SET reason = 'x'",
        "DELETE FROM products_shelfmove",
    ],
)
def test_the_database_refuses(bank: Bank, change: str) -> None:
    shelf.submit(drafts(bank.product_manager), by=bank.product_manager)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# --- What the phone sees -------------------------------------------------------------------------------
def codes(phone: Phone, query: str = "") -> list[str]:
    answer = phone.get(f"/api/v1/products{query}")
    assert answer.status_code == 200, answer.content
    return [row["code"] for row in answer.json()["results"]]


def test_an_rm_sees_what_is_on_the_shelf(bank: Bank, checker: Staff, phone: PhoneOf) -> None:
    maker = bank.product_manager
    puts_on_shelf(maker, checker, "B2")
    puts_on_shelf(maker, checker, "A1")
    shelf.suspend(puts_on_shelf(maker, checker, "C3"), reason="额度用尽", by=maker)
    drafts(maker, "D4")
    assert codes(phone(bank.rm)) == ["A1", "B2"]
    assert codes(phone(maker)) == codes(phone(bank.auditor)) == ["A1", "B2", "C3", "D4"]
    assert codes(phone(maker), "?state=SUSPENDED") == ["C3"]


def test_the_shelf_is_filtered_by_type_and_risk(bank: Bank, checker: Staff, phone: PhoneOf) -> None:
    puts_on_shelf(bank.product_manager, checker, "A1")
    puts_on_shelf(bank.product_manager, checker, "B2", type=ProductType.DEPOSIT, risk=Risk.R1)
    mobile = phone(bank.rm)
    assert codes(mobile, "?type=WEALTH") == ["A1"]
    assert codes(mobile, "?risk=R1") == ["B2"]
    assert codes(mobile, "?name=固收&type=INSURANCE") == []


def test_one_product_with_its_warning(bank: Bank, checker: Staff, phone: PhoneOf) -> None:
    product = puts_on_shelf(bank.product_manager, checker)
    answer = phone(bank.rm).get(f"/api/v1/products/{product.pk}")
    assert (answer.status_code, answer["ETag"]) == (200, f'"{product.version}"')
    shown = answer.json()
    assert (shown["type_name"], shown["risk_name"], shown["min_amount"]) == ("理财", "R2 中低风险", "10000.00")
    assert "业绩比较基准不是预期收益率" in shown["rate_note"]
    deposit = puts_on_shelf(bank.product_manager, checker, "CK01", type=ProductType.DEPOSIT, risk=Risk.R1)
    assert phone(bank.rm).get(f"/api/v1/products/{deposit.pk}").json()["rate_note"] == ""


def test_what_is_not_on_the_shelf_is_not_found(bank: Bank, phone: PhoneOf) -> None:
    product = drafts(bank.product_manager)
    answer = phone(bank.rm).get(f"/api/v1/products/{product.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("query", ["type=MAGIC", "risk=R9", "state=SOLD"])
def test_a_faulty_filter_is_refused(bank: Bank, phone: PhoneOf, query: str) -> None:
    answer = phone(bank.rm).get(f"/api/v1/products?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


def test_nobody_sees_the_shelf_without_signing_in(bank: Bank, phone: PhoneOf) -> None:
    assert phone().get("/api/v1/products").status_code == 401
