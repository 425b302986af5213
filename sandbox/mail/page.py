"""The page that shows what arrived in the boxes; plain HTML that the script of the WeChat page keeps fresh."""

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
from sandbox.mail.state import Boxes, Piece
from sandbox.provider import Surroundings
from sandbox.wechat.phone import POLICY

MAILS_SHOWN = 60
#: A mail brings its own style and nothing else: no script, no picture from anywhere.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>邮件沙箱</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/wechat/phone/static/phone.css">
<link rel="stylesheet" href="/mail/boxes/static/mail.css">
<script src="/wechat/phone/static/phone.js" defer></script>
</head>
<body class="many">
<header class="top"><h1>邮件</h1><p>邮件服务器沙箱 · 已收 {count} 封</p></header>
<main id="screens">{mails}</main>
</body>
</html>
"""


def routes(around: Surroundings, boxes: Callable[[], Boxes]) -> list[BaseRoute]:
    """The list, and each mail as a mail program shows it."""

    async def page(_request: Request) -> HTMLResponse:
        arrived = boxes().arrived()
        shown = "".join(_mail(each) for each in reversed(arrived[-MAILS_SHOWN:]))
        html = _PAGE.format(count=len(arrived), mails=shown or '<p class="nobody">还没有邮件</p>')
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    async def one(request: Request) -> HTMLResponse:
        number = request.path_params["number"]
        found = next((each for each in boxes().arrived() if each.number == number), None)
        if found is None:
            return HTMLResponse("没有这封邮件", 404)
        return HTMLResponse(found.html, headers={"Content-Security-Policy": _MAIL_POLICY})

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [
        Route("/boxes", page, methods=["GET"]),
        Route("/boxes/{number:int}", one, methods=["GET"]),
        Mount("/boxes/static", static),
    ]


def _mail(mail: Piece) -> str:
    moment = datetime.fromtimestamp(mail.taken_at, SHANGHAI)
    look = f'<a href="/mail/boxes/{mail.number}">查看原样</a>' if mail.html else ""
    return (
        f'<article class="mail"><h2>{escape(mail.subject)}</h2>'
        f"<p class=about>收件人 {escape(mail.address)} · {moment:%m-%d %H:%M} {look}</p>"
        f"<pre>{escape(mail.text.strip())}</pre></article>"
    )
