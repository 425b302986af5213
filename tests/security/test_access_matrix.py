"""The access table and the addresses of the API are one: no door without a right, no right without a door."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from organization.access import ACCESS
from organization.models import Staff
from organization.roles import Role
from tests.security.routes import OPEN, Call, calls, customers_calls, routes
from tests.world import Bank, Phone, hire

#: Rights that no address of the API asks for, and where they are asked for instead.
ELSEWHERE = {
    "product.edit": "products/shelf.py",
    "product.approve": "products/machine.py",
    "loan_product.edit": "loans/product_versions.py",
    "decision.edit": "loans/decision/publication.py",
    "decision.publish": "loans/decision/publication.py",
    "loan_product.publish": "loans/product_versions.py",
    "contract_template.read": "loans/contract_templates.py",
    "contract_template.edit": "loans/contract_templates.py",
    "contract_template.publish": "loans/contract_templates.py",
    "notice_template.edit": "notifications/notice_texts.py",
    "notice_template.publish": "notifications/notice_texts.py",
    "console.read": "console/entry.py",
}
#: Doors besides the API; each has its own lock, or none on purpose.
OTHER_DOORS = (
    "api/docs/",
    "apply/",
    "console/",
    "admin/",
    "verify/",
    "offers/",
    "wechat/",
    "sms/",
    "mail/",
    "healthz",
    "readyz",
)


# --- The table -----------------------------------------------------------------------------------
@pytest.mark.parametrize("call", calls(), ids=str)
def test_every_method_of_every_address_asks_for_a_right_of_the_table(call: Call) -> None:
    assert call.action in ACCESS


def test_every_right_is_asked_for_somewhere() -> None:
    asked = {call.action for call in calls()} | set(ELSEWHERE)
    assert set(ACCESS) - asked == set()
    for action, file in ELSEWHERE.items():
        assert f'"{action}"' in (Path(settings.ROOT) / file).read_text(encoding="utf-8")


def test_no_right_is_held_by_nobody() -> None:
    assert [action for action, roles in ACCESS.items() if not roles] == []


def test_what_is_open_is_known() -> None:
    """A new door outside the API, or an address of it that asks for no right, has to be named here."""
    doors = [*calls(), *customers_calls()]
    known = {f"api/v1/{each}" for each in OPEN} | {f"api/v1/{call.route}" for call in doors}
    unknown = {route for route, _ in routes() if route not in known and not route.startswith(OTHER_DOORS)}
    assert unknown == {""}, "the root leads to the console"


@pytest.mark.parametrize("route", sorted(OPEN - {"auth/token"}))
def test_the_core_banking_doors_ask_for_a_signature(db: None, phone: type[Phone], route: str) -> None:
    answer = phone(None).post(f"/api/v1/{route}", {"event_id": "1"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_missing")


# --- What the table may never say ----------------------------------------------------------------
#: The parts of a case that are five people's, with the bureau's query between them (domain 1.4 (b), 9).
PARTS = ("loan.investigate", "loan.query_credit", "loan.review", "loan.approve", "loan.disburse")


@pytest.mark.parametrize("role", Role)
def test_no_role_holds_two_parts_of_a_case(role: Role) -> None:
    assert len([part for part in PARTS if role in ACCESS[part]]) <= 1


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.RETAIL_HQ, Role.SEC_ADMIN, Role.AUDIT_ADMIN])
def test_who_only_watches_changes_nothing_but_his_own_letters(role: Role) -> None:
    """Head office speaks to the bank besides."""
    held = {action for action, roles in ACCESS.items() if role in roles}
    held -= {"announcement.publish"} if role is Role.RETAIL_HQ else set()
    assert {action for action in held if not action.endswith(".read")} == {
        "self.sign_out",
        "notice.act",
        "notice.address",
        "notice.preferences",
        "wechat.bind",
    }


@pytest.mark.parametrize("role", [Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN, Role.RETAIL_HQ])
def test_administrators_and_head_office_see_no_customer(role: Role) -> None:
    """Head office has figures of the whole bank, not people (domain 9)."""
    held = {action for action, roles in ACCESS.items() if role in roles}
    rooms = ("customer.", "account.", "ownership.", "loan.", "post_loan_check.")
    assert {action for action in held if action.startswith(rooms)} == set()


# --- At every door -------------------------------------------------------------------------------
@pytest.mark.parametrize("role", Role)
def test_a_role_is_let_through_the_doors_of_its_rights_and_no_other(bank: Bank, role: Role) -> None:
    """With addresses of things that do not exist: who has the right is told so, who has not is not even told that."""
    phone = Phone(hire(bank.east, Staff.Position.OPERATIONS, role))
    answers = {str(call): answer_at(phone, call) for call in calls() if call.action != "self.sign_out"}
    allowed = {str(call) for call in calls() if role in ACCESS[call.action or ""]} - {"POST auth/sign-out"}
    assert {call for call, answer in answers.items() if answer != "403 not_permitted"} == allowed
    assert [answer for answer in answers.values() if answer.startswith("5")] == []


def test_nobody_gets_anywhere_without_signing_in(bank: Bank) -> None:
    answers = {str(call): answer_at(Phone(), call) for call in calls()}
    assert {call for call, answer in answers.items() if answer != "401 not_signed_in"} == set()


def test_whoever_has_left_gets_nowhere(bank: Bank) -> None:
    """His phone still holds the token."""
    phone = Phone(bank.rm)
    Staff.objects.filter(pk=bank.rm.pk).update(is_active=False)
    answers = {str(call): answer_at(phone, call) for call in calls()}
    assert {call for call, answer in answers.items() if not answer.startswith("401 ")} == set()


def answer_at(phone: Phone, call: Call) -> str:
    """Status, and the code of a refusal."""
    unknown = {name: uuid4() for name in call.parameters} | {
        "item_id": 1,
        "number": 1,
        "report_version": 1,
        "code": "X",
        "authorization_no": "X",
    }
    ask = getattr(phone, call.method.lower())
    answer = ask(call.path(unknown)) if call.method == "GET" else ask(call.path(unknown), {})
    code = answer.json().get("code", "") if answer.get("Content-Type") == "application/problem+json" else ""
    return f"{answer.status_code} {code}".strip()
