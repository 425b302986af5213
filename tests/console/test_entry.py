"""Signing in to the browser pages, and who may open them."""

import pytest
from django.test import Client

from aladdin.audit import AuditEntry
from tests.console.conftest import Browser
from tests.world import PASSWORD, Bank

HOME = "/console/"
SIGN_IN = "/console/sign-in"


def sign_in(client: Client, employee_no: str, password: str = PASSWORD, onward: str = ""):  # type: ignore[no-untyped-def]  # the client's own response
    return client.post(SIGN_IN, {"employee_no": employee_no, "password": password, "next": onward})


def test_a_manager_signs_in_and_lands_on_the_page(bank: Bank, client: Client) -> None:
    answer = sign_in(client, bank.manager.employee_no)
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    assert client.get(HOME).status_code == 200


def test_signing_in_by_browser_is_on_the_record(bank: Bank, client: Client) -> None:
    sign_in(client, bank.manager.employee_no)
    entry = AuditEntry.objects.get(action="sign_in")
    assert (entry.by, entry.detail) == (bank.manager, {"channel": "browser"})


def test_a_wrong_password_is_told_without_saying_which_of_the_two(bank: Bank, client: Client) -> None:
    known = sign_in(client, bank.manager.employee_no, "wrong")
    unknown = sign_in(client, "E99999", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert "工号或密码错误" in known.content.decode()
    assert "工号或密码错误" in unknown.content.decode()
    assert client.get(HOME).status_code == 302


def test_after_five_failures_the_right_password_is_refused_too(bank: Bank, client: Client) -> None:
    for _ in range(5):
        sign_in(client, bank.manager.employee_no, "wrong")
    answer = sign_in(client, bank.manager.employee_no)
    assert answer.status_code == 401
    assert "已锁定至" in answer.content.decode()


def test_empty_fields_are_named(bank: Bank, client: Client) -> None:
    answer = sign_in(client, "", "")
    assert answer.status_code == 401
    assert answer.content.decode().count("field-error") == 2


def test_a_stranger_signs_in_first_and_then_goes_where_he_wanted(bank: Bank, client: Client) -> None:
    wanted = f"{HOME}?metric=NEW_CUSTOMERS"
    sent = client.get(wanted)
    assert sent["Location"] == f"{SIGN_IN}?next=/console/%3Fmetric%3DNEW_CUSTOMERS"
    assert sign_in(client, bank.manager.employee_no, onward=wanted)["Location"] == wanted


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(bank: Bank, client: Client, elsewhere: str) -> None:
    assert sign_in(client, bank.manager.employee_no, onward=elsewhere)["Location"] == HOME


def test_an_administrator_lands_in_the_back_office(bank: Bank, client: Client) -> None:
    assert sign_in(client, bank.admin.employee_no)["Location"] == "/admin/"


def test_a_relationship_manager_is_told_that_he_may_not(bank: Bank, browser: Browser) -> None:
    answer = browser(bank.rm).get(HOME)
    assert answer.status_code == 403
    assert "没有权限" in answer.content.decode()
    assert browser(bank.rm).get("/console/parts").status_code == 403


def test_signing_out_ends_the_session(bank: Bank, browser: Browser) -> None:
    client = browser(bank.manager)
    assert client.post("/console/sign-out")["Location"] == SIGN_IN
    assert client.get(HOME).status_code == 302


def test_signing_out_by_a_link_is_refused(bank: Bank, browser: Browser) -> None:
    client = browser(bank.manager)
    assert client.get("/console/sign-out").status_code == 405
    assert client.get(HOME).status_code == 200


def test_a_form_from_elsewhere_is_refused_with_a_way_back(bank: Bank) -> None:
    answer = sign_in(Client(enforce_csrf_checks=True), bank.manager.employee_no)
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_a_part_of_a_page_whose_session_ended_takes_the_page_to_the_sign_in(bank: Bank, client: Client) -> None:
    answer = client.get("/console/parts", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, SIGN_IN)


def test_who_left_the_bank_is_out_at_once(bank: Bank, browser: Browser) -> None:
    client = browser(bank.manager)
    bank.manager.is_active = False
    bank.manager.save()
    assert client.get(HOME).status_code == 302
