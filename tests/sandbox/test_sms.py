"""The gateway's protocol as its documents have it: signatures, codes, limits, questions and reports."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from notifications.sms.acs3 import signed_headers
from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import Visitor

CREDENTIALS = SandboxSettings()
MOBILE = "13800001234"
CODE = {"code": "SMS_100001", "name": "验证码", "text": "验证码{code}", "kind": "CODE"}


async def call(visitor: Visitor, action: str, fields: dict[str, str], **more: Any) -> dict[str, Any]:
    """A signed call; the bank's own signature, which the sandbox checks by its own."""
    body = urlencode(fields).encode()
    headers = signed_headers(
        key_id=more.get("key_id", CREDENTIALS.sms_key_id),
        secret=more.get("secret", CREDENTIALS.sms_key_secret),
        host="127.0.0.1",
        action=action,
        version="2017-05-25",
        body=body,
        now=more.get("now"),
    )
    answer = await visitor.http.post("/sms/", content=body, headers=headers | more.get("headers", {}))
    return dict(answer.json())


async def send(visitor: Visitor, *, values: dict[str, str] | None = None, out_id: str = "", **more: str) -> Any:
    fields = {
        "PhoneNumbers": MOBILE,
        "SignName": "阿拉丁银行",
        "TemplateCode": "SMS_100001",
        "TemplateParam": json.dumps(values if values is not None else {"code": "482913"}),
        "OutId": out_id,
    }
    return await call(visitor, "SendSms", fields | more)


async def ask(visitor: Visitor, page: int = 1) -> dict[str, Any]:
    today = datetime.now(UTC).astimezone().strftime("%Y%m%d")
    fields = {"PhoneNumber": MOBILE, "SendDate": today, "PageSize": "2", "CurrentPage": str(page)}
    return await call(visitor, "QuerySendDetails", fields)


async def test_a_message_is_accepted_and_found_again(visitor: Visitor) -> None:
    await visitor.scene("sms/templates", CODE)
    accepted = await send(visitor, out_id="ours")
    assert accepted["Code"] == "OK"
    assert accepted["BizId"]
    found = await ask(visitor)
    (row,) = found["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (row["OutId"], row["SendStatus"], row["Content"]) == ("ours", 3, "【阿拉丁银行】验证码482913")


async def test_the_same_reference_twice_is_two_messages(visitor: Visitor) -> None:
    for _ in range(3):
        await send(visitor, out_id="ours")
    assert (await ask(visitor))["TotalCount"] == 3
    assert len((await ask(visitor, page=2))["SmsSendDetailDTOs"]["SmsSendDetailDTO"]) == 1


@pytest.mark.parametrize(
    "code, more",
    [
        ("SignatureDoesNotMatch", {"secret": "another"}),
        ("InvalidAccessKeyId.NotFound", {"key_id": "another"}),
        ("InvalidTimeStamp.Expired", {"now": datetime.now(UTC) - timedelta(minutes=16)}),
        ("SignatureDoesNotMatch", {"headers": {"x-acs-date": "2026-01-01T00:00:00Z"}}),
        ("IncompleteSignature", {"headers": {"authorization": "ACS3-HMAC-SHA256 nothing"}}),
    ],
)
async def test_a_call_that_is_not_rightly_signed_is_refused(visitor: Visitor, code: str, more: dict[str, Any]) -> None:
    assert (await call(visitor, "SendSms", {}, **more))["Code"] == code


async def test_an_action_that_there_is_none_of_is_refused(visitor: Visitor) -> None:
    assert (await call(visitor, "DeleteEverything", {}))["Code"] == "InvalidAction.NotFound"


@pytest.mark.parametrize(
    "code, values, more",
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", None, {"PhoneNumbers": "0316-2345678"}),
        ("isv.SMS_SIGNATURE_ILLEGAL", None, {"SignName": ""}),
        ("isv.SMS_TEMPLATE_ILLEGAL", None, {"TemplateCode": "SMS_999999"}),
        ("isv.TEMPLATE_MISSING_PARAMETERS", {}, {}),
        ("isv.PARAM_NOT_SUPPORT_URL", {"code": "http://a.cn"}, {}),
        ("isv.PARAM_LENGTH_LIMIT", {"code": "1" * 36}, {}),
        ("isv.INVALID_JSON_PARAM", None, {"TemplateParam": '{"code": 482913}'}),
    ],
)
async def test_what_carriers_do_not_let_pass(
    visitor: Visitor, code: str, values: dict[str, str] | None, more: dict[str, str]
) -> None:
    await visitor.scene("sms/templates", CODE)
    assert (await send(visitor, values=values, **more))["Code"] == code


async def test_codes_are_limited_by_minute_hour_and_day(visitor: Visitor) -> None:
    await visitor.scene("sms/templates", CODE)
    said = []
    for seconds in (0, 1, 61, 61, 61, 61, 61, 3601):
        await visitor.scene("clock", {"advance": seconds})
        answer = await send(visitor)
        said.append(answer["Message"])
    assert said == ["OK", "触发分钟级流控Permits:1", *["OK"] * 4, "触发小时级流控Permits:5", "OK"]


async def test_an_empty_account_sends_nothing(visitor: Visitor) -> None:
    await visitor.scene("sms/balance", {"messages": 1})
    assert (await send(visitor))["Code"] == "OK"
    assert (await send(visitor))["Code"] == "isv.AMOUNT_NOT_ENOUGH"


async def test_the_page_shows_what_arrived(visitor: Visitor) -> None:
    await visitor.scene("sms/templates", CODE)
    await send(visitor)
    await visitor.scene("sms/answers", {"mobile": MOBILE, "content": "<b>TD</b>"})
    for path in ("/sms/phone", f"/sms/phone?mobile={MOBILE}"):
        page = await visitor.http.get(path)
        assert "【阿拉丁银行】验证码482913" in page.text
        assert "&lt;b&gt;TD&lt;/b&gt;" in page.text
    assert "还没有收到短信" in (await visitor.http.get("/sms/phone?mobile=13900000000")).text
