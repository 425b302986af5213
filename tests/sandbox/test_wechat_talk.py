"""WeChat's stand-in where people talk: texts, buttons, scans, menus, customer service, OAuth."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.sandbox.conftest import CREDENTIALS, Visitor

RM = "oRelationshipManager00000001"
BACK = "http://127.0.0.1:8000/wechat/bind/back"
CLICK = {"name": "待办", "type": "click", "key": "todo"}


@pytest.fixture(autouse=True)
async def _follower(visitor: Visitor) -> None:
    await visitor.scene("wechat/followers", [{"openid": RM, "name": "王小明"}])


async def call(visitor: Visitor, path: str, content: Any = None) -> dict[str, Any]:
    """With a token that holds."""
    token = (await visitor.stable_token())["access_token"]
    query = {"access_token": token}
    if content is None:
        return dict((await visitor.http.get(f"/wechat{path}", params=query)).json())
    return dict((await visitor.http.post(f"/wechat{path}", params=query, json=content)).json())


async def service(visitor: Visitor, text: str = "您好") -> int:
    said = {"touser": RM, "msgtype": "text", "text": {"content": text}}
    return int((await call(visitor, "/cgi-bin/message/custom/send", said))["errcode"])


# --- Customer service ---------------------------------------------------------------------------
async def test_the_account_may_speak_five_times_in_48_hours_after_a_text(visitor: Visitor) -> None:
    await visitor.scene("wechat/says", {"openid": RM, "content": "排名"})
    assert [await service(visitor) for _ in range(6)] == [0] * 5 + [45047]
    await visitor.scene("wechat/says", {"openid": RM, "content": "今日"})
    assert await service(visitor) == 0
    await visitor.scene("clock", {"advance": 48 * 3600 + 1})
    assert await service(visitor) == 45015


async def test_a_button_lets_it_speak_for_a_minute(visitor: Visitor) -> None:
    await visitor.scene("wechat/clicks", {"openid": RM, "key": "todo"})
    assert [await service(visitor) for _ in range(4)] == [0] * 3 + [45047]
    await visitor.scene("wechat/clicks", {"openid": RM, "key": "todo"})
    await visitor.scene("clock", {"advance": 61})
    assert await service(visitor) == 45015


async def test_a_text_that_is_too_long_or_to_nobody_is_refused(visitor: Visitor) -> None:
    await visitor.scene("wechat/says", {"openid": RM, "content": "排名"})
    assert await service(visitor, "字" * 683) == 45002
    said = {"touser": "oNobody", "msgtype": "text", "text": {"content": "您好"}}
    assert (await call(visitor, "/cgi-bin/message/custom/send", said))["errcode"] == 40003


async def test_without_a_token_nobody_speaks(visitor: Visitor) -> None:
    answer = await visitor.http.post("/wechat/cgi-bin/message/custom/send", json={})
    assert answer.json()["errcode"] == 41001


# --- Menu ---------------------------------------------------------------------------------------
async def test_a_menu_is_given_back_as_it_was_put(visitor: Visitor) -> None:
    assert (await call(visitor, "/cgi-bin/menu/get"))["errcode"] == 46003
    buttons = [CLICK, {"name": "更多", "sub_button": [CLICK]}]
    assert (await call(visitor, "/cgi-bin/menu/create", {"button": buttons}))["errcode"] == 0
    shown = (await call(visitor, "/cgi-bin/menu/get"))["menu"]["button"]
    assert shown[0] == CLICK | {"sub_button": []}
    assert shown[1]["sub_button"] == [CLICK | {"sub_button": []}]
    assert (await call(visitor, "/cgi-bin/menu/delete"))["errcode"] == 0
    assert (await call(visitor, "/cgi-bin/menu/get"))["errcode"] == 46003


@pytest.mark.parametrize(
    "buttons, code",
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([CLICK | {"name": "字" * 6}], 40018),
        ([CLICK | {"type": "dance"}], 40017),
        ([CLICK | {"key": ""}], 40019),
        ([{"name": "网页", "type": "view", "url": "ftp://x"}], 40020),
        ([{"name": "更多", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "更多", "sub_button": [CLICK | {"name": "字" * 21}]}], 40025),
    ],
)
async def test_a_menu_that_does_not_fit_has_its_code(visitor: Visitor, buttons: Any, code: int) -> None:
    assert (await call(visitor, "/cgi-bin/menu/create", {"button": buttons}))["errcode"] == code


# --- QR codes -----------------------------------------------------------------------------------
async def test_a_ticket_has_a_picture_and_an_end(visitor: Visitor) -> None:
    asked = {"expire_seconds": 60, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "rm:1:x"}}}
    ticket = (await call(visitor, "/cgi-bin/qrcode/create", asked))["ticket"]
    assert (await visitor.http.get("/wechat/cgi-bin/showqrcode", params={"ticket": ticket})).status_code == 200
    assert (await visitor.http.get("/wechat/cgi-bin/showqrcode", params={"ticket": "x"})).status_code == 404
    assert (await visitor.scene("wechat/scans", {"openid": RM, "ticket": ticket}))["scene"] == "rm:1:x"
    await visitor.scene("clock", {"advance": 61})
    late = await visitor.http.post("/_sandbox/wechat/scans", json={"openid": RM, "ticket": ticket})
    assert late.status_code == 400


# --- OAuth --------------------------------------------------------------------------------------
async def authorized(visitor: Visitor, **more: str) -> Any:
    query = {
        "appid": CREDENTIALS.wechat_app_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s",
    }
    return await visitor.http.get(f"/wechat/connect/oauth2/authorize?{urlencode(query | more)}")


async def exchanged(visitor: Visitor, code: str) -> dict[str, Any]:
    query = {
        "appid": CREDENTIALS.wechat_app_id,
        "secret": CREDENTIALS.wechat_app_secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    return dict((await visitor.http.get("/wechat/sns/oauth2/access_token", params=query)).json())


async def test_a_code_says_who_it_was_and_only_once(visitor: Visitor) -> None:
    answer = await authorized(visitor, **{"as": RM})
    found = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert found["state"] == ["s"]
    (code,) = found["code"]
    assert (await exchanged(visitor, code))["openid"] == RM
    assert (await exchanged(visitor, code))["errcode"] == 40163
    assert (await exchanged(visitor, "x"))["errcode"] == 40029


async def test_a_code_is_good_for_five_minutes(visitor: Visitor) -> None:
    answer = await authorized(visitor, **{"as": RM})
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    await visitor.scene("clock", {"advance": 301})
    assert (await exchanged(visitor, code))["errcode"] == 42003


async def test_one_chooses_whose_phone_it_is(visitor: Visitor) -> None:
    assert "王小明" in (await authorized(visitor)).text


@pytest.mark.parametrize(
    "wrong", [{"redirect_uri": "https://elsewhere.example/"}, {"appid": "wx"}, {"scope": "x"}, {"redirect_uri": ""}]
)
async def test_nobody_is_sent_elsewhere(visitor: Visitor, wrong: dict[str, str]) -> None:
    assert (await authorized(visitor, **wrong)).status_code == 400


# --- The page -----------------------------------------------------------------------------------
async def test_the_page_shows_chat_and_menu(visitor: Visitor) -> None:
    await call(visitor, "/cgi-bin/menu/create", {"button": [CLICK, {"name": "更多", "sub_button": [CLICK]}]})
    await visitor.scene("wechat/says", {"openid": RM, "content": "<b>排名</b>"})
    await service(visitor, "第 1 名")
    for path in ("/wechat/phone", f"/wechat/phone?openid={RM}"):
        page = (await visitor.http.get(path)).text
        assert '<p class="bubble said">&lt;b&gt;排名&lt;/b&gt;</p>' in page
        assert '<p class="bubble told">第 1 名</p>' in page
        assert 'data-key="todo"' in page
