"""Payments happen once, survive a restart, and tell their result."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.clock import wall
from sandbox.settings import SandboxSettings
from sandbox.signing import digest, signed_headers
from tests.sandbox.conftest import CREDENTIALS, Visitor, running
from tests.sandbox.test_faults import KEY, ORDER, paid, pay


async def found(visitor: Visitor, client_ref: str = "LN1-1") -> httpx.Response:
    return await visitor.signed_get(f"/core-banking/payments/{client_ref}", key=KEY)


async def test_an_order_is_carried_out_once(visitor: Visitor) -> None:
    first, second = (await pay(visitor)).json(), (await pay(visitor)).json()
    assert first == second
    assert (first["status"], first["amount"]) == ("SUCCESS", "100.00")
    assert await paid(visitor) == 1


@pytest.mark.parametrize(
    "change",
    [{"amount": "100.01"}, {"payee_account": "6222020402000000024"}, {"purpose": "消费"}],
)
async def test_another_order_under_the_same_reference_is_refused(visitor: Visitor, change: dict[str, str]) -> None:
    await pay(visitor)
    answer = await pay(visitor, **change)
    assert (answer.status_code, answer.json()["code"]) == (409, "client_ref_conflict")


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1", "1.001", "1e3", "", "100.0 0"])
async def test_an_amount_is_positive_and_in_fen(visitor: Visitor, amount: str) -> None:
    assert (await pay(visitor, amount=amount)).status_code == 400
    assert await paid(visitor) == 0


async def test_what_never_arrived_is_not_found(visitor: Visitor) -> None:
    answer = await found(visitor)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_payments_survive_a_restart(kept: SandboxSettings) -> None:
    async with running(kept) as before:
        serial_no = (await pay(before)).json()["serial_no"]
    async with running(kept) as after:
        assert (await found(after)).json()["serial_no"] == serial_no
        assert (await pay(after)).json()["serial_no"] == serial_no
        assert (await pay(after, client_ref="LN2-1")).json()["serial_no"] != serial_no


async def test_a_line_cut_off_by_a_power_failure_does_not_count(kept: SandboxSettings) -> None:
    async with running(kept) as before:
        await pay(before)
    journal = Path(str(kept.data)) / "core-banking.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"event": "payment", "client_ref": "LN2')
    async with running(kept) as after:
        assert await paid(after) == 1
        await pay(after, client_ref="LN2-1")
    async with running(kept) as again:
        assert await paid(again) == 2


@pytest.mark.parametrize(
    "account,reason,result",
    [
        ("6222020000000404", "收款账户不存在", "NOT_FOUND"),
        ("6222020000000409", "收款户名不符", "NAME_MISMATCH"),
        ("6222020000000410", "收款账户已销户", "CLOSED"),
        ("6222020402000000016", "", "MATCH"),
    ],
)
async def test_the_payee_s_account_decides(visitor: Visitor, account: str, reason: str, result: str) -> None:
    asked = {"account": account, "name": "张三"}
    check = await visitor.signed_post("/core-banking/accounts/validate", asked, key=KEY)
    assert check.json() == {"result": result}
    answer = (await pay(visitor, payee_account=account)).json()
    assert (answer["status"], answer["reason"]) == ("SUCCESS" if result == "MATCH" else "FAILED", reason)


async def test_a_registered_account_matches_its_own_name_only(visitor: Visitor) -> None:
    account = {"account": "6222020000000001", "name": "李四"}
    await visitor.scene("core-banking/accounts", account)
    answers = [
        await visitor.signed_post("/core-banking/accounts/validate", {**account, "name": name}, key=KEY)
        for name in ("李四", "张三")
    ]
    assert [each.json()["result"] for each in answers] == ["MATCH", "NAME_MISMATCH"]


async def test_a_failure_keeps_its_reason(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "failed", reason="超过当日限额")
    assert (await pay(visitor)).json()["reason"] == "超过当日限额"
    assert (await found(visitor)).json()["status"] == "FAILED"


async def test_a_pending_payment_is_through_after_its_time(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "pending", seconds=0.01, result="FAILED", reason="清算失败")
    assert (await pay(visitor)).json()["status"] == "PENDING"
    await visitor.scene("drain", {})
    assert (await found(visitor)).json()["reason"] == "清算失败"


async def test_a_pending_payment_may_wait_until_told(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "pending", seconds=None)
    await pay(visitor)
    assert (await found(visitor)).json()["status"] == "PENDING"
    await visitor.scene("core-banking/settle", {"client_ref": "LN1-1", "status": "SUCCESS"})
    assert (await found(visitor)).json()["status"] == "SUCCESS"


async def test_a_pending_payment_is_through_also_after_a_restart(kept: SandboxSettings) -> None:
    async with running(kept) as before:
        await before.fault("core-banking", "pay", "pending", seconds=0.01)
        await pay(before)
    async with running(kept) as after:
        await after.scene("drain", {})
        assert (await found(after)).json()["status"] == "SUCCESS"


BODY = json.dumps(ORDER).encode()


def _late(seconds: int) -> dict[str, str]:
    stamp = str(int(wall().timestamp()) - seconds)
    return {"X-Timestamp": stamp, "X-Nonce": "n" * 16, "X-Signature": digest(KEY, stamp, "n" * 16, BODY)}


@pytest.mark.parametrize(
    "headers,code",
    [
        (dict, "signature_missing"),
        (lambda: signed_headers("another key", BODY), "signature_wrong"),
        (lambda: signed_headers(KEY, BODY + b" "), "signature_wrong"),
        (lambda: _late(400), "signature_expired"),
        (lambda: _late(-400), "signature_expired"),
    ],
)
async def test_only_a_fresh_signature_opens(visitor: Visitor, headers: Callable[[], dict[str, str]], code: str) -> None:
    answer = await visitor.http.post("/core-banking/payments", content=BODY, headers=headers())
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_and_opens_once(visitor: Visitor) -> None:
    headers = signed_headers(CREDENTIALS.core_banking_key, BODY)
    answers = [await visitor.http.post("/core-banking/payments", content=BODY, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 401]
    assert answers[1].json()["code"] == "replayed"


@pytest.mark.parametrize("content", ["[]", "nonsense", '{"client_ref": 7}', '{"client_ref": "  "}', ""])
async def test_what_is_no_order_is_refused(visitor: Visitor, content: Any) -> None:
    body = content.encode()
    answer = await visitor.http.post("/core-banking/payments", content=body, headers=signed_headers(KEY, body))
    assert answer.status_code == 400
