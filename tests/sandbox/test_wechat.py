"""WeChat's stand-in: tokens, fields, quotas, repeated messages."""

from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import TOKEN_REQUEST, Visitor, running

RM, GONE = "oRelationshipManager00000001", "oGone00000000000000000000001"
GOOD = {"thing1": "您有一条支取提醒, 请登录阿拉丁查看", "name2": "张*明", "time3": "2026年3月2日 14:05"}


@pytest.fixture(autouse=True)
async def _followers(visitor: Visitor) -> None:
    people = [{"openid": RM}, {"openid": GONE}, {"openid": GONE, "follows": False}]
    await visitor.scene("wechat/followers", people)


async def old_token(visitor: Visitor) -> dict[str, Any]:
    return dict((await visitor.http.get("/wechat/cgi-bin/token", params=TOKEN_REQUEST)).json())


# --- Tokens -------------------------------------------------------------------------------------
async def test_everybody_gets_the_same_stable_token(visitor: Visitor) -> None:
    first, second = await visitor.stable_token(), await visitor.stable_token()
    assert first["access_token"] == second["access_token"]
    assert first["expires_in"] == 7200


async def test_a_forced_token_kills_the_one_before(visitor: Visitor) -> None:
    before = (await visitor.stable_token())["access_token"]
    forced = (await visitor.stable_token(force_refresh=True))["access_token"]
    assert forced != before
    assert (await visitor.send(RM, GOOD, token=before))["errcode"] == 40001
    assert (await visitor.send(RM, GOOD, token=forced))["errcode"] == 0


async def test_forcing_is_limited(visitor: Visitor) -> None:
    await visitor.stable_token(force_refresh=True)
    assert (await visitor.stable_token(force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        await visitor.scene("clock", {"advance": 30})
        assert "access_token" in await visitor.stable_token(force_refresh=True)
    await visitor.scene("clock", {"advance": 30})
    assert (await visitor.stable_token(force_refresh=True))["errcode"] == 45009


async def test_a_token_is_renewed_in_its_last_five_minutes_and_both_hold(visitor: Visitor) -> None:
    before = (await visitor.stable_token())["access_token"]
    await visitor.scene("clock", {"advance": 6899})
    assert (await visitor.stable_token())["access_token"] == before
    await visitor.scene("clock", {"advance": 10})
    after = (await visitor.stable_token())["access_token"]
    assert after != before
    assert [(await visitor.send(RM, GOOD, token=each))["errcode"] for each in (before, after)] == [0, 0]
    await visitor.scene("clock", {"advance": 300})
    assert [(await visitor.send(RM, GOOD, token=each))["errcode"] for each in (before, after)] == [42001, 0]


async def test_the_older_door_gives_a_new_token_that_kills_the_old_one(visitor: Visitor) -> None:
    stable = (await visitor.stable_token())["access_token"]
    first, second = (await old_token(visitor))["access_token"], (await old_token(visitor))["access_token"]
    codes = [(await visitor.send(RM, GOOD, token=each))["errcode"] for each in (first, second, stable)]
    assert codes == [40001, 0, 0]


async def test_a_token_can_be_made_short_lived(visitor: Visitor) -> None:
    await visitor.fault("wechat", "stable_token", "short_lived", seconds=5)
    token = await visitor.stable_token()
    assert token["expires_in"] == 5
    await visitor.scene("clock", {"advance": 6})
    assert (await visitor.send(RM, GOOD, token=token["access_token"]))["errcode"] == 42001


@pytest.mark.parametrize(
    "change,code", [({"grant_type": "password"}, 40002), ({"appid": "wx1"}, 40013), ({"secret": "?"}, 40125)]
)
async def test_wrong_credentials(visitor: Visitor, change: dict[str, str], code: int) -> None:
    assert (await visitor.stable_token(**change))["errcode"] == code


async def test_no_token_and_a_made_up_token(visitor: Visitor) -> None:
    path = "/wechat/cgi-bin/message/template/send"
    assert (await visitor.http.post(path, json={})).json()["errcode"] == 41001
    assert (await visitor.send(RM, GOOD, token="made-up"))["errcode"] == 40001


async def test_a_token_survives_a_restart(kept: SandboxSettings) -> None:
    async with running(kept) as before:
        token = await before.stable_token()
    async with running(kept) as after:
        assert (await after.stable_token())["access_token"] == token["access_token"]


# --- Messages -----------------------------------------------------------------------------------
async def test_a_good_message_arrives(visitor: Visitor) -> None:
    answer = await visitor.send(RM, GOOD)
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    messages = (await visitor.http.get(f"/_sandbox/wechat/messages?openid={RM}")).json()["messages"]
    assert [(each["msgid"], each["lines"][0]) for each in messages] == [(answer["msgid"], ["事项", GOOD["thing1"]])]


@pytest.mark.parametrize("openid,code", [("oNeverSeen", 40003), (GONE, 43004), ("", 40003), (None, 40003)])
async def test_only_followers_are_reached(visitor: Visitor, openid: str, code: int) -> None:
    assert (await visitor.send(openid, GOOD))["errcode"] == code


@pytest.mark.parametrize(
    "field,value",
    [
        ("thing1", "一二三四五六七八九十一二三四五六七八九十一"),
        ("thing1", "两\n行"),
        ("thing1", "好消息😀"),
        ("thing1", ""),
        ("thing1", None),
        ("thing1", 7),
        ("phrase1", "超过五个字了"),
        ("phrase1", "ABC"),
        ("amount1", "约五万"),
        ("amount1", "¥12345678901"),
        ("date1", "三月二日"),
        ("time1", "25:00"),
        ("number1", "三"),
        ("character_string1", "编号7"),
        ("character_string1", "A" * 33),
        ("name1", "阿卜杜拉阿卜杜拉阿卜杜"),
        ("letter1", "A1"),
        ("phone_number1", "一三九"),
        ("keyword1", "旧式字段"),
        ("thing", "没有编号"),
        ("first", "您好"),
    ],
)
async def test_a_field_holds_what_its_name_says(visitor: Visitor, field: str, value: object) -> None:
    answer = await visitor.send(RM, {field: value})
    assert answer["errcode"] == 47003
    assert f"data.{field}.value invalid" in answer["errmsg"]


@pytest.mark.parametrize(
    "field,value",
    [
        ("thing1", "一二三四五六七八九十一二三四五六七八九十"),
        ("phrase2", "已审批"),
        ("amount3", "¥500000.00"),
        ("amount3", "500元"),
        ("date4", "2026年3月2日"),
        ("date4", "2026-03-02 14:05"),
        ("date4", "2026年3月2日~2026年3月9日"),
        ("time5", "14:05"),
        ("number6", "12.5"),
        ("character_string7", "LA-2026/0001"),
        ("name8", "张*明"),
        ("letter9", "AUM"),
        ("phone_number10", "139****0001"),
        ("const11", "贷款"),
    ],
)
async def test_and_what_fits_is_let_in(visitor: Visitor, field: str, value: str) -> None:
    assert (await visitor.send(RM, {field: value}))["errcode"] == 0


async def test_once_a_template_is_registered_others_do_not_exist(visitor: Visitor) -> None:
    template = {
        "template_id": "loan-state-01",
        "title": "贷款进度提醒",
        "fields": {"thing1": "产品", "phrase2": "进度"},
    }
    await visitor.scene("wechat/templates", template)
    data = {"thing1": "个人经营贷款", "phrase2": "已审批"}
    assert (await visitor.send(RM, data))["errcode"] == 40037
    assert (await visitor.send(RM, data, template_id="loan-state-01"))["errcode"] == 0
    assert (await visitor.send(RM, {"thing1": "贷款"}, template_id="loan-state-01"))["errcode"] == 47003


async def test_the_same_client_msg_id_is_one_message_for_ten_minutes(visitor: Visitor) -> None:
    sent = [await visitor.send(RM, GOOD, client_msg_id="n-1") for _ in range(2)]
    assert sent[0]["msgid"] == sent[1]["msgid"]
    await visitor.scene("clock", {"advance": 601})
    assert (await visitor.send(RM, GOOD, client_msg_id="n-1"))["msgid"] != sent[0]["msgid"]


async def test_two_people_may_get_the_same_client_msg_id(visitor: Visitor) -> None:
    await visitor.scene("wechat/followers", {"openid": "oSecond"})
    sent = [await visitor.send(openid, GOOD, client_msg_id="n-1") for openid in (RM, "oSecond")]
    assert sent[0]["msgid"] != sent[1]["msgid"]


async def test_quotas_of_the_minute_and_the_day(visitor: Visitor) -> None:
    await visitor.scene("wechat/limits", {"daily": 100, "minute": 2})
    codes = [(await visitor.send(RM, GOOD))["errcode"] for _ in range(3)]
    await visitor.scene("clock", {"advance": 60})
    codes.append((await visitor.send(RM, GOOD))["errcode"])
    await visitor.scene("wechat/limits", {"daily": 3})
    codes.append((await visitor.send(RM, GOOD))["errcode"])
    await visitor.scene("clock", {"advance": 86_400})
    codes.append((await visitor.send(RM, GOOD))["errcode"])
    assert codes == [0, 0, 45011, 0, 45009, 0]


@pytest.mark.parametrize("code", [-1, 40003, 45009, 48001])
async def test_any_code_can_be_planned(visitor: Visitor, code: int) -> None:
    await visitor.fault("wechat", "send_template", "error", code=str(code))
    assert (await visitor.send(RM, GOOD))["errcode"] == code


async def test_what_is_no_json_is_told_so(visitor: Visitor) -> None:
    token = (await visitor.stable_token())["access_token"]
    answer = await visitor.http.post(
        f"/wechat/cgi-bin/message/template/send?access_token={token}", content=b"touser=me"
    )
    assert answer.json()["errcode"] == 47001


# --- The phone page -----------------------------------------------------------------------------
async def test_a_phone_shows_what_arrived_and_nothing_else(visitor: Visitor) -> None:
    await visitor.send(RM, {"thing1": "<script>alert(1)</script>"[:20]}, url="javascript:alert(1)")
    await visitor.fault("wechat", "send_template", "user_block")
    await visitor.send(RM, {"thing1": "被拒收的消息"})
    page = await visitor.http.get(f"/wechat/phone?openid={RM}")
    assert "&lt;script&gt;alert(1)&lt;/" in page.text
    assert "<script>alert" not in page.text
    assert "javascript:alert" not in page.text
    assert "被拒收的消息" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


async def test_the_page_loads_nothing_from_elsewhere(visitor: Visitor) -> None:
    await visitor.send(RM, GOOD)
    page = (await visitor.http.get("/wechat/phone")).text
    for asset in ("/wechat/phone/static/phone.css", "/wechat/phone/static/phone.js"):
        assert asset in page
        assert (await visitor.http.get(asset)).status_code == 200
    assert "//" not in page.replace("http://www.w3.org", "").replace("https://", "//").replace("<!doctype html>", "")


async def test_phone_alone_leads_there(visitor: Visitor) -> None:
    answer = await visitor.http.get("/phone?openid=o1")
    assert answer.headers["location"] == "/wechat/phone?openid=o1"


async def test_a_stranger_s_phone_is_said_to_be_none(visitor: Visitor) -> None:
    assert "没有这位关注者" in (await visitor.http.get("/wechat/phone?openid=oNobody")).text
