"""Reports: only with grounds, one for each authorization, the same life for the same number."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import CREDENTIALS, Visitor, running

KEY = CREDENTIALS.bureau_key
NUMBER = "11010519491231002X"
ASKED: dict[str, Any] = {
    "org_code": CREDENTIALS.bureau_org_code,
    "user_code": "Q0001",
    "subject": {"name": "王小明", "identity_no": NUMBER},
    "reason_code": "02",
    "authorization_no": "SQ2026030200001",
}


async def ask(visitor: Visitor, **changes: Any) -> httpx.Response:
    return await visitor.signed_post("/bureau/reports", {**ASKED, **changes}, key=KEY)


@pytest.mark.parametrize(
    "change,status,code",
    [
        ({"authorization_no": ""}, 403, "authorization_missing"),
        ({"authorization_no": None}, 403, "authorization_missing"),
        ({"reason_code": "99"}, 400, "reason_unknown"),
        ({"reason_code": ""}, 400, "reason_unknown"),
        ({"org_code": "99999999999999"}, 403, "organization_unknown"),
        ({"user_code": ""}, 400, "field_missing"),
        ({"subject": "王小明"}, 400, "field_missing"),
        ({"subject": {"name": "王小明", "identity_no": "110105194912310021"}}, 400, "bad_identity_no"),
    ],
)
async def test_without_grounds_there_is_no_report(
    visitor: Visitor, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await ask(visitor, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_one_authorization_brings_one_report(visitor: Visitor) -> None:
    first, second = (await ask(visitor)).json(), (await ask(visitor)).json()
    assert first == second
    other = {"subject": {"name": "李四", "identity_no": "13100019900101001X"}}
    assert (await ask(visitor, reason_code="08")).json()["code"] == "authorization_used"
    assert (await ask(visitor, **other)).status_code in (400, 409)


async def test_a_query_for_an_approval_shows_in_later_reports(visitor: Visitor) -> None:
    counts: list[int] = []
    for number, reason in enumerate(("02", "01", "02", "02")):
        report = (await ask(visitor, authorization_no=f"SQ{number}", reason_code=reason)).json()
        counts.append(report["summary"]["queries_3m"] - counts[0] if counts else report["summary"]["queries_3m"])
    assert counts[1:] == [1, 1, 2]


async def test_a_report_adds_up(visitor: Visitor) -> None:
    await visitor.scene("bureau/subjects", {"identity_no": NUMBER, "history": "OVERDUE"})
    report = (await ask(visitor)).json()
    summary, accounts = report["summary"], report["accounts"]
    assert summary["accounts"] == len(accounts) > 0
    for total, part in (("debt_balance", "balance"), ("monthly_payment",) * 2, ("overdue_amount",) * 2):
        assert Decimal(summary[total]) == sum(Decimal(each[part]) for each in accounts)
    assert summary["overdue_accounts"] == 1
    assert Decimal(summary["overdue_amount"]) > 0


async def test_some_have_no_record(visitor: Visitor) -> None:
    await visitor.scene("bureau/subjects", {"identity_no": NUMBER, "history": "NO_RECORD"})
    report = (await ask(visitor)).json()
    assert report["accounts"] == report["queries"] == []


async def test_the_same_number_has_the_same_life() -> None:
    lives = []
    for _ in range(2):
        async with running() as visitor:
            report = (await ask(visitor)).json()
            lives.append((report["summary"], report["accounts"], report["queries"]))
    assert lives[0] == lives[1]


async def test_reports_survive_a_restart(kept: SandboxSettings) -> None:
    async with running(kept) as before:
        report = (await ask(before)).json()
    async with running(kept) as after:
        assert (await ask(after)).json() == report


async def test_an_unknown_history_is_not_chosen(visitor: Visitor) -> None:
    answer = await visitor.http.post("/_sandbox/bureau/subjects", json={"identity_no": NUMBER, "history": "RICH"})
    assert answer.status_code == 400
