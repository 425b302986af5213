"""Signing in: device-bound tokens, lock-out, leaving the bank."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from aladdin import clock
from aladdin.problems import RuleBroken
from organization.models import Staff
from organization.people import give_roles, leave
from organization.roles import Role
from tests.world import PASSWORD, Bank, Phone

PhoneOf = Callable[..., Phone]


def sign_in(employee_no: str, password: str = PASSWORD, device: str = "phone-1"):  # type: ignore[no-untyped-def]
    return Phone().post(
        "/api/v1/auth/token",
        {"employee_no": employee_no, "password": password},
        HTTP_X_DEVICE_ID=device,
        key="",
    )


def test_the_right_password_gives_a_token_that_tells_who_one_is(bank: Bank) -> None:
    answer = sign_in(bank.rm.employee_no)
    assert answer.status_code == 200
    assert answer.json()["staff"]["name"] == "王小明"
    assert answer.json()["staff"]["roles"] == ["RM"]
    assert answer.json()["staff"]["path"] == ["总行", "廊坊分行", "广阳支行"]

    me = Phone().get("/api/v1/me", HTTP_AUTHORIZATION=f"Token {answer.json()['token']}", HTTP_X_DEVICE_ID="phone-1")
    assert me.status_code == 200
    assert me.json()["scope"] == "SELF"
    assert me.json()["mobile"].startswith("139****")


def test_a_token_is_worthless_on_another_device(bank: Bank) -> None:
    token = sign_in(bank.rm.employee_no).json()["token"]
    answer = Phone().get("/api/v1/me", HTTP_AUTHORIZATION=f"Token {token}", HTTP_X_DEVICE_ID="phone-2")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_sign_in_without_a_device_is_refused(bank: Bank) -> None:
    answer = Phone().post("/api/v1/auth/token", {"employee_no": bank.rm.employee_no, "password": PASSWORD}, key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "device_required")


@pytest.mark.parametrize("employee_no", ["E00001", "nobody"])
def test_a_wrong_password_and_an_unknown_number_look_alike(bank: Bank, employee_no: str) -> None:
    answer = sign_in(employee_no, "wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    assert answer.json()["detail"] == "工号或密码错误"


def test_five_failures_lock_even_the_right_password_for_half_an_hour(bank: Bank) -> None:
    number = bank.rm.employee_no
    codes = [sign_in(number, "wrong").json()["code"] for _ in range(5)]
    assert codes == ["wrong_credentials"] * 4 + ["account_locked"]
    assert sign_in(number).json()["code"] == "account_locked"
    with clock.at(clock.now() + timedelta(minutes=31)):
        assert sign_in(number).status_code == 200


def test_signing_out_ends_the_token(bank: Bank, phone: PhoneOf) -> None:
    mine = phone(bank.rm)
    assert mine.post("/api/v1/auth/sign-out", key="").status_code == 204
    assert mine.get("/api/v1/me").status_code == 401


def test_who_leaves_is_out_at_once(bank: Bank, phone: PhoneOf) -> None:
    mine = phone(bank.rm)
    leave(bank.rm, by=bank.admin)
    assert mine.get("/api/v1/me").status_code == 401
    assert sign_in(bank.rm.employee_no).json()["code"] == "wrong_credentials"


def test_nobody_holds_two_roles_that_exclude_each_other(bank: Bank) -> None:
    with pytest.raises(RuleBroken, match="roles_incompatible"):
        give_roles(bank.rm, [Role.CREDIT_QUERY_OFFICER], by=bank.admin)
    assert Staff.objects.get(pk=bank.rm.pk).roles() == {Role.RM}
