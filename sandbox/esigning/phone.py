"""The page that shows the codes which the provider sent to the signers' phones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from sandbox.wechat.phone import POLICY

SHOWN = 50
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>电子签约沙箱</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/wechat/phone/static/phone.css">
</head>
<body>
<main>
<h1>电子签约沙箱：签署验证码</h1>
<ul>{lines}</ul>
</main>
</body>
</html>
"""


def routes(envelopes: Callable[[], Iterable[Mapping[str, Any]]]) -> list[BaseRoute]:
    """The page, the newest envelopes first."""

    async def page(_request: Request) -> HTMLResponse:
        newest = list(envelopes())[::-1][:SHOWN]
        lines = "".join(_line(envelope, signer) for envelope in newest for signer in envelope["signers"])
        html = _PAGE.format(lines=lines or "<li>还没有签约</li>")
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    return [Route("/phone", page, methods=["GET"])]


def _line(envelope: Mapping[str, Any], signer: Mapping[str, Any]) -> str:
    said = (
        f"{signer['mobile']}：签署{'、'.join(envelope['titles'])}，验证码 {signer['code']}（{envelope['reference']}）"
    )
    return f"<li>{escape(said)}</li>"
