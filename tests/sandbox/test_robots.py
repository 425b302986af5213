"""The three platforms of group robots: keys, signatures, speed and forms, by their own codes."""

import time
from typing import Any

import pytest

from notifications.robots import dingtalk, feishu
from tests.sandbox.conftest import Visitor

SECRET = "sandbox-secret"
WECOM = "/robots/wecom/cgi-bin/webhook/send?key=k"
FEISHU = "/robots/feishu/open-apis/bot/v2/hook/k"


async def wecom(visitor: Visitor, content: Any, *, key: str = "k") -> int:
    answer = await visitor.http.post(f"/robots/wecom/cgi-bin/webhook/send?key={key}", json=content)
    return int(answer.json()["errcode"])


async def hook(visitor: Visitor, *, key: str = "k", ago: int = 0, sign: str = "", **said: Any) -> int:
    stamp = str(int(time.time()) - ago)
    body = {"timestamp": stamp, "sign": sign or feishu.signature(SECRET, stamp), "msg_type": "text"} | said
    return int((await visitor.http.post(f"/robots/feishu/open-apis/bot/v2/hook/{key}", json=body)).json()["code"])


async def ding(visitor: Visitor, *, key: str = "k", ago: int = 0, sign: str = "", **said: Any) -> int:
    stamp = str(int((time.time() - ago) * 1000))
    query = {"access_token": key, "timestamp": stamp, "sign": sign or dingtalk.signature(SECRET, stamp)}
    body = {"msgtype": "text", "text": {"content": "你好"}} | said
    return int((await visitor.http.post("/robots/dingtalk/robot/send", params=query, json=body)).json()["errcode"])


TEXT = {"msgtype": "text", "text": {"content": "你好"}}


@pytest.mark.parametrize(
    "content, code",
    [
        (TEXT, 0),
        ({"msgtype": "voice"}, 40058),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": "字" * 683}}, 45002),
        ({"msgtype": "markdown", "markdown": {"content": "字" * 1366}}, 45002),
    ],
)
async def test_wecom_takes_text_and_markdown_within_bytes(visitor: Visitor, content: Any, code: int) -> None:
    assert await wecom(visitor, content) == code


async def test_keys_that_were_never_given_are_refused(visitor: Visitor) -> None:
    await visitor.scene("robots/robots", {"platform": "wecom", "key": "other", "secret": "", "group": "群"})
    assert await wecom(visitor, TEXT) == 93000
    assert await hook(visitor, content={"text": "你好"}) == 19001
    assert await ding(visitor) == 300001
    assert await wecom(visitor, TEXT, key="other") == 0


async def test_signatures_hold_for_an_hour(visitor: Visitor) -> None:
    assert await hook(visitor, content={"text": "你好"}) == 0
    assert await hook(visitor, content={"text": "你好"}, ago=3700) == 19021
    assert await hook(visitor, content={"text": "你好"}, sign="wrong") == 19021
    assert await ding(visitor) == 0
    assert await ding(visitor, ago=3700) == 310000
    assert await ding(visitor, sign="wrong") == 310000


async def test_forms_that_they_do_not_know_are_refused(visitor: Visitor) -> None:
    assert await hook(visitor, msg_type="audio", content={}) == 9499
    assert await hook(visitor, content={}) == 9499
    assert await ding(visitor, msgtype="audio") == 400105


async def test_each_has_its_own_speed(visitor: Visitor) -> None:
    assert [await wecom(visitor, TEXT) for _ in range(21)] == [0] * 20 + [45009]
    assert [await ding(visitor) for _ in range(21)] == [0] * 20 + [130101]
    assert [await hook(visitor, content={"text": "你好"}) for _ in range(6)] == [0] * 5 + [11232]
    await visitor.scene("clock", {"advance": 61})
    assert await wecom(visitor, TEXT) == 0
    assert await ding(visitor) == 130101, "deaf for ten minutes"
    assert await hook(visitor, content={"text": "你好"}) == 0
    await visitor.scene("clock", {"advance": 540})
    assert await ding(visitor) == 0


async def test_the_page_shows_the_chats(visitor: Visitor) -> None:
    assert "还没有群机器人" in (await visitor.http.get("/robots/groups")).text
    await visitor.scene("robots/robots", {"platform": "wecom", "key": "k", "secret": "", "group": "广阳支行"})
    await wecom(visitor, {"msgtype": "markdown", "markdown": {"content": "**今日业绩**\n> 投放 <b>180</b> 万元"}})
    page = (await visitor.http.get("/robots/groups")).text
    assert "广阳支行" in page
    assert "<h3>今日业绩</h3>" in page
    assert "投放 &lt;b&gt;180&lt;/b&gt; 万元" in page
