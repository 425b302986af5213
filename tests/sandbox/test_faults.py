"""The fault plan, the log, the reset."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import CREDENTIALS, Visitor

KEY = CREDENTIALS.core_banking_key
ORDER = {
    "client_ref": "LN1-1", "amount": "100.00", "currency": "CNY", "loan_account": "6217000000000001",
    "payee_name": "张三", "payee_account": "6222020402000000016", "purpose": "进货",
}  # fmt: skip


async def pay(visitor: Visitor, **changes: Any) -> httpx.Response:
    return await visitor.signed_post("/core-banking/payments", {**ORDER, **changes}, key=KEY)


async def paid(visitor: Visitor) -> int:
    return len((await visitor.http.get("/_sandbox/core-banking/payments")).json()["payments"])


@pytest.mark.parametrize("fault,carried_out", [("timeout_before", 0), ("timeout_after", 1)])
async def test_a_time_out_comes_before_or_after_the_work(visitor: Visitor, fault: str, carried_out: int) -> None:
    await visitor.fault("core-banking", "pay", fault, seconds=0.01)
    assert (await pay(visitor)).status_code == 504
    assert await paid(visitor) == carried_out


async def test_an_http_error_does_nothing(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "http", status=502)
    assert (await pay(visitor)).status_code == 502
    assert await paid(visitor) == 0


async def test_an_error_is_in_the_provider_s_own_words(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "error", code="closed_for_the_day")
    assert (await pay(visitor)).json()["code"] == "closed_for_the_day"
    assert await paid(visitor) == 0


async def test_a_malformed_answer_hides_work_that_was_done(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "malformed")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        (await pay(visitor)).json()
    assert await paid(visitor) == 1


async def test_a_slow_answer_is_a_good_one(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "slow", seconds=0.01)
    assert (await pay(visitor)).json()["status"] == "SUCCESS"


async def test_faults_are_used_up_in_order(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "http", status=500, times=2)
    await visitor.fault("core-banking", "*", "http", status=503)
    codes = [(await pay(visitor)).status_code for _ in range(4)]
    assert codes == [500, 500, 503, 200]


async def test_a_fault_may_last_until_it_is_taken_back(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "http", times=None)
    assert {(await pay(visitor)).status_code for _ in range(3)} == {500}
    await visitor.http.delete("/_sandbox/faults")
    assert (await pay(visitor)).status_code == 200


async def test_a_share_of_calls_fails_the_same_way_for_the_same_seed(visitor: Visitor) -> None:
    async def run(seed: int) -> list[int]:
        await visitor.http.delete("/_sandbox/faults")
        await visitor.fault("core-banking", "pay", "http", times=None, rate=0.2, seed=seed)
        return [(await pay(visitor)).status_code for _ in range(60)]

    first = await run(7)
    assert first == await run(7)
    assert 3 <= first.count(500) <= 24


async def test_a_reset_lets_go_of_calls_that_hang(visitor: Visitor) -> None:
    await visitor.fault("core-banking", "pay", "timeout_before", seconds=600)
    hanging = asyncio.create_task(pay(visitor))
    for _ in range(100):
        await asyncio.sleep(0)  # lets the call begin
        if (await visitor.http.get("/_sandbox/log?operation=pay")).json()["calls"]:
            break
    await visitor.http.delete("/_sandbox/")
    assert (await asyncio.wait_for(hanging, 5)).status_code == 504


async def test_a_reset_forgets_everything(visitor: Visitor) -> None:
    await pay(visitor)
    await visitor.fault("core-banking", "pay", "http", times=None)
    await visitor.scene("clock", {"advance": 3600})
    await visitor.http.delete("/_sandbox/")
    assert await paid(visitor) == 0
    assert (await visitor.http.get("/_sandbox/log")).json()["calls"] == []
    assert (await pay(visitor)).status_code == 200


@pytest.mark.parametrize(
    "order",
    [
        {"provider": "postal", "operation": "pay", "fault": "http"},
        {"provider": "core-banking", "operation": "dance", "fault": "http"},
        {"provider": "core-banking", "operation": "pay", "fault": "earthquake"},
        {"provider": "core-banking", "operation": "query", "fault": "pending"},
        {"provider": "core-banking", "operation": "pay", "fault": "http", "times": 0},
        {"provider": "core-banking", "operation": "pay", "fault": "http", "times": "often"},
        [],
    ],
)
async def test_a_fault_that_cannot_happen_is_not_planned(visitor: Visitor, order: Any) -> None:
    answer = await visitor.http.post("/_sandbox/faults", json=order)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_the_log_tells_what_was_asked_and_answered(visitor: Visitor) -> None:
    await pay(visitor)
    await visitor.signed_get("/core-banking/payments/LN1-1", key=KEY)
    calls = (await visitor.http.get("/_sandbox/log?provider=core-banking&operation=pay")).json()["calls"]
    assert [(call["body"], call["answer"]["status"]) for call in calls] == [(ORDER, "SUCCESS")]


async def test_the_log_keeps_no_secret(visitor: Visitor) -> None:
    token = (await visitor.stable_token())["access_token"]
    await visitor.send("oNobody", {"thing1": "您好"}, token=token)
    log = (await visitor.http.get("/_sandbox/log")).text
    assert token not in log
    assert CREDENTIALS.wechat_app_secret not in log
