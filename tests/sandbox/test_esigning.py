"""Envelopes are kept once; signers sign with their codes or refuse, and the bank is told."""

from typing import Any

import httpx
import pytest

from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import CREDENTIALS, Visitor, running

KEY = CREDENTIALS.e_signing_key
ENVELOPE: dict[str, Any] = {
    "reference": "QY1",
    "sha256": "a" * 64,
    "expires_at": "2099-01-01T00:00:00+08:00",
    "documents": [{"number": "HT1", "title": "借款合同", "content": "JVBERg==", "signers": ["s1", "s2"]}],
    "signers": [
        {"reference": "s1", "name": "张三", "identity_no": "x", "mobile": "13800000001"},
        {"reference": "s2", "name": "李四", "identity_no": "x", "mobile": "13800000002"},
    ],
}


async def send(visitor: Visitor, **changes: Any) -> httpx.Response:
    return await visitor.signed_post("/e-signing/envelopes", ENVELOPE | changes, key=KEY)


async def act(visitor: Visitor, signer: str, action: str, **said: Any) -> httpx.Response:
    return await visitor.signed_post(f"/e-signing/envelopes/QY1/signers/{signer}/{action}", said, key=KEY)


async def code_of(visitor: Visitor, signer: str) -> str:
    (envelope,) = (await visitor.http.get("/_sandbox/e-signing/envelopes")).json()["envelopes"]
    (found,) = [each for each in envelope["signers"] if each["reference"] == signer]
    return str(found["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_an_envelope_is_taken_in_once(visitor: Visitor) -> None:
    first, second = (await send(visitor)).json(), (await send(visitor)).json()
    assert first == second
    other = await send(visitor, sha256="b" * 64)
    assert (other.status_code, other.json()["code"]) == (409, "reference_conflict")


async def test_neither_code_nor_phone_is_told_to_the_bank(visitor: Visitor) -> None:
    told = (await send(visitor)).text
    assert await code_of(visitor, "s1") not in told
    assert "13800000001" not in told


async def test_everybody_signs_with_his_own_code(visitor: Visitor) -> None:
    await send(visitor)
    theirs = await act(visitor, "s1", "sign", code=await code_of(visitor, "s2"))
    assert (theirs.status_code, theirs.json()["code"]) == (400, "code_wrong")
    one = (await act(visitor, "s1", "sign", code=await code_of(visitor, "s1"))).json()
    assert (one["state"], [each["state"] for each in one["signers"]]) == ("OPEN", ["SIGNED", "PENDING"])
    both = (await act(visitor, "s2", "sign", code=await code_of(visitor, "s2"))).json()
    assert both["state"] == "COMPLETED"
    assert {each["method"] for each in both["signers"]} == {"CODE"}
    again = await act(visitor, "s2", "sign", code=await code_of(visitor, "s2"))
    assert (again.status_code, again.json()["code"]) == (409, "envelope_ended")


async def test_who_has_signed_signs_no_more(visitor: Visitor) -> None:
    await send(visitor)
    await act(visitor, "s1", "sign", code=await code_of(visitor, "s1"))
    again = await act(visitor, "s1", "sign", code=await code_of(visitor, "s1"))
    assert (again.status_code, again.json()["code"]) == (409, "signer_done")


async def test_guessing_locks_the_code_until_another_is_sent(visitor: Visitor) -> None:
    await send(visitor)
    code = await code_of(visitor, "s1")
    for _ in range(5):
        await act(visitor, "s1", "sign", code=wrong(code))
    locked = await act(visitor, "s1", "sign", code=code)
    assert (locked.status_code, locked.json()["code"]) == (403, "code_locked")
    assert (await act(visitor, "s1", "code")).json() == {"retry_after": 60}
    fresh = await code_of(visitor, "s1")
    assert fresh != code
    assert (await act(visitor, "s1", "sign", code=fresh)).status_code == 200


async def test_codes_run_out(visitor: Visitor) -> None:
    await send(visitor)
    for _ in range(9):
        assert (await act(visitor, "s1", "code")).status_code == 200
    assert (await act(visitor, "s1", "code")).json()["code"] == "too_many_codes"


async def test_one_no_ends_it(visitor: Visitor) -> None:
    await send(visitor)
    told = (await act(visitor, "s2", "refuse", reason="利率不符")).json()
    assert (told["state"], told["signers"][1]["reason"]) == ("REFUSED", "利率不符")


@pytest.mark.parametrize("action", ["sign", "code", "refuse"])
async def test_who_is_not_in_it_does_nothing(visitor: Visitor, action: str) -> None:
    await send(visitor)
    assert (await act(visitor, "s9", action, code="123456")).json()["code"] == "signer_not_found"
    unsigned = await visitor.http.post(f"/e-signing/envelopes/QY1/signers/s1/{action}", json={"code": "123456"})
    assert unsigned.status_code == 401


async def test_an_envelope_past_its_day(visitor: Visitor) -> None:
    await send(visitor, expires_at="2020-01-01T00:00:00+08:00")
    assert (await act(visitor, "s1", "code")).json()["code"] == "envelope_ended"


async def test_tries_survive_a_restart(kept: SandboxSettings) -> None:
    async with running(kept) as visitor:
        await send(visitor)
        code = await code_of(visitor, "s1")
        for _ in range(5):
            await act(visitor, "s1", "sign", code=wrong(code))
    async with running(kept) as visitor:
        assert (await act(visitor, "s1", "sign", code=code)).json()["code"] == "code_locked"


async def test_the_codes_are_shown_as_on_the_phones(visitor: Visitor) -> None:
    assert "还没有签约" in (await visitor.http.get("/e-signing/phone")).text
    await send(visitor)
    page = (await visitor.http.get("/e-signing/phone")).text
    assert await code_of(visitor, "s1") in page
    assert "13800000002" in page
