"""The page that shows what arrived on the phones; plain HTML that the script of the WeChat page keeps fresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.clock import SHANGHAI
from sandbox.provider import Surroundings
from sandbox.sms.state import Gateway, Message
from sandbox.wechat.phone import POLICY

PHONES_SHOWN = 12
NAMES_SHOWN = 200
MESSAGES_SHOWN = 60
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>短信沙箱</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/wechat/phone/static/phone.css">
<link rel="stylesheet" href="/sms/phone/static/sms.css">
<script src="/wechat/phone/static/phone.js" defer></script>
</head>
<body class="{layout}">
{content}
</body>
</html>
"""


def routes(around: Surroundings, gateway: Callable[[], Gateway]) -> list[BaseRoute]:
    """The page and its style."""

    async def page(request: Request) -> HTMLResponse:
        mobile = request.query_params.get("mobile", "")
        layout = "alone" if mobile else "many"
        content = _one(gateway(), mobile) if mobile else _all(gateway())
        html = _PAGE.format(layout=layout, content=content)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [Route("/phone", page, methods=["GET"]), Mount("/phone/static", static)]


def _all(gateway: Gateway) -> str:
    numbers = gateway.phones()
    names = "".join(
        f'<a href="?mobile={quote(each)}">{escape(each)}<small>{len(gateway.shown(each))}</small></a>'
        for each in numbers[:NAMES_SHOWN]
    )
    phones = "".join(_phone(gateway, each) for each in numbers[:PHONES_SHOWN])
    sent = sum(not each.is_answer for each in gateway.messages)
    return (
        f'<header class="top"><h1>短信</h1><p>短信网关沙箱 · 已受理 {sent} 条 · 余额 {gateway.balance} 条</p>'
        f'<nav aria-label="号码">{names}</nav></header>'
        f'<main id="screens">{phones or _nothing("还没有短信")}</main>'
    )


def _one(gateway: Gateway, mobile: str) -> str:
    phone = _phone(gateway, mobile) if gateway.shown(mobile) else _nothing("这个号码还没有收到短信")
    return f'<main id="screens">{phone}</main>'


def _phone(gateway: Gateway, mobile: str) -> str:
    bubbles = "".join(_bubble(each) for each in gateway.shown(mobile)[-MESSAGES_SHOWN:])
    number = escape(mobile)
    return (
        f'<section class="phone" data-openid="{number}" aria-label="{number}的手机">'
        f'<div class="bar"><a class="back" href="/sms/phone" aria-label="全部手机"></a>'
        f"<h2>短信</h2><span>{number}</span></div>"
        f'<div class="chat" tabindex="0"><div class="stream">{bubbles}</div></div>'
        f'<div class="home" aria-hidden="true"></div></section>'
    )


def _bubble(message: Message) -> str:
    moment = datetime.fromtimestamp(message.sent_at, SHANGHAI)
    kind = "said" if message.is_answer else "told"
    text = message.content if message.is_answer else f"【{message.sign_name}】{message.content}"
    return f'<p class="note"><time>{moment:%m-%d %H:%M}</time></p><p class="bubble {kind}">{escape(text)}</p>'


def _nothing(text: str) -> str:
    return f'<p class="nobody">{text}</p>'
