"""The page that shows the group chats; plain HTML that the script of the WeChat page keeps fresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.clock import SHANGHAI
from sandbox.provider import Surroundings
from sandbox.robots.state import Chats, Line
from sandbox.wechat.phone import POLICY

CHATS_SHOWN = 12
LINES_SHOWN = 40
_NAMES = {"wecom": "企业微信", "feishu": "飞书", "dingtalk": "钉钉"}
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>群机器人沙箱</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/wechat/phone/static/phone.css">
<link rel="stylesheet" href="/robots/groups/static/groups.css">
<script src="/wechat/phone/static/phone.js" defer></script>
</head>
<body class="many">
<header class="top"><h1>群机器人</h1><p>企业微信、飞书、钉钉沙箱 · 已发送 {count} 条</p></header>
<main id="screens">{chats}</main>
</body>
</html>
"""


def routes(around: Surroundings, chats: Callable[[], Chats]) -> list[BaseRoute]:
    """The page and its style."""

    async def page(_request: Request) -> HTMLResponse:
        groups = list(chats().groups().items())[:CHATS_SHOWN]
        shown = "".join(_chat(platform, group, lines) for (platform, group), lines in groups)
        nothing = '<p class="nobody">还没有群机器人</p>'
        html = _PAGE.format(count=len(chats().lines), chats=shown or nothing)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [Route("/groups", page, methods=["GET"]), Mount("/groups/static", static)]


def _chat(platform: str, group: str, lines: list[Line]) -> str:
    said = "".join(_line(each) for each in lines[-LINES_SHOWN:]) or '<p class="note">还没有消息</p>'
    name = escape(group or "群聊")
    return (
        f'<section class="phone {platform}" data-openid="{platform}/{name}" aria-label="{name}">'
        f'<div class="bar"><h2>{name}</h2><span>{_NAMES[platform]}</span></div>'
        f'<div class="chat" tabindex="0"><div class="stream">{said}</div></div>'
        f'<div class="home" aria-hidden="true"></div></section>'
    )


def _line(line: Line) -> str:
    moment = datetime.fromtimestamp(line.said_at, SHANGHAI)
    rows = "".join(f"<li>{escape(row)}</li>" for row in line.text.splitlines() if row.strip())
    title = f"<h3>{escape(line.title)}</h3>" if line.title else ""
    return (
        f'<p class="note"><time>{moment:%m-%d %H:%M}</time></p>'
        f'<article class="card">{title}<ul>{rows}</ul><p class="sender">机器人</p></article>'
    )
