"""The page that shows what each follower's phone shows; plain HTML that a small script keeps fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.clock import SHANGHAI
from sandbox.provider import Surroundings
from sandbox.wechat.state import Account, Follower, Line, Message

PHONES_SHOWN = 12
NAMES_SHOWN = 200
MESSAGES_SHOWN = 60
_SILENCE = 300.0
"""Seconds between two messages from which the time is shown, as WeChat does."""
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/wechat/phone/static/phone.css">
<script src="/wechat/phone/static/phone.js" defer></script>
</head>
<body class="{layout}">
{content}
</body>
</html>
"""


def routes(around: Surroundings, account: Callable[[], Account]) -> list[BaseRoute]:
    """The page and its style and script."""

    async def page(request: Request) -> HTMLResponse:
        openid = request.query_params.get("openid", "")
        painter = Painter(account(), around.settings.wechat_name, around.clock.now())
        layout, content = ("alone", painter.one(openid)) if openid else ("many", painter.all())
        html = _PAGE.format(title=escape(around.settings.wechat_name), layout=layout, content=content)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    static = StaticFiles(directory=Path(__file__).parent / "static")
    return [Route("/phone", page, methods=["GET"]), Mount("/phone/static", static)]


class Painter:
    """Turns the account's state, as of `now`, into HTML."""

    def __init__(self, account: Account, name: str, now: datetime) -> None:
        self._account, self._name, self._now = account, name, now

    def all(self) -> str:
        """Everybody's name, and the phones on which something arrived last."""
        followers = list(self._account.followers.values())
        following = sum(each.follows for each in followers)
        phones = "".join(self._phone(each) for each in self._latest(followers))
        return (
            f'<header class="top"><h1>{escape(self._name)}</h1>'
            f"<p>微信服务号沙箱 · {following} 人关注 · 已发送 {len(self._account.messages)} 条</p>"
            f'<nav aria-label="关注者">{self._names(followers)}</nav></header>'
            f'<main id="screens">{phones or _nobody()}</main>'
        )

    def one(self, openid: str) -> str:
        """One phone, filling the screen of a phone."""
        follower = self._account.followers.get(openid)
        return f'<main id="screens">{self._phone(follower) if follower else _nobody("没有这位关注者")}</main>'

    def _latest(self, followers: Iterable[Follower]) -> list[Follower]:
        def last(follower: Follower) -> float:
            shown = self._account.chat(follower.openid)
            return _at(shown[-1]) if shown else 0.0

        worth_showing = [each for each in followers if each.follows or last(each)]
        return sorted(worth_showing, key=last, reverse=True)[:PHONES_SHOWN]

    def _names(self, followers: list[Follower]) -> str:
        links = "".join(
            f'<a href="?openid={quote(each.openid)}"{"" if each.follows else " class=gone"}>{_called(each)}'
            f"<small>{len(self._account.chat(each.openid))}</small></a>"
            for each in followers[:NAMES_SHOWN]
        )
        more = len(followers) - NAMES_SHOWN
        return links + (f"<span>还有 {more} 人</span>" if more > 0 else "")

    def _phone(self, follower: Follower) -> str:
        shown = self._account.chat(follower.openid)[-MESSAGES_SHOWN:]
        stream = "".join(self._stream(shown)) or '<p class="note">还没有消息</p>'
        gone = "" if follower.follows else '<p class="note">已取消关注</p>'
        return (
            f'<section class="phone" data-openid="{escape(follower.openid)}" aria-label="{_called(follower)}的手机">'
            f'<div class="bar"><a class="back" href="/wechat/phone" aria-label="全部手机"></a>'
            f"<h2>{escape(self._name)}</h2><span>{_called(follower)}</span></div>"
            f'<div class="chat" tabindex="0"><div class="stream">{stream}{gone}</div></div>'
            f"{self._foot() if follower.follows else ''}"
            f'<div class="home" aria-hidden="true"></div></section>'
        )

    def _foot(self) -> str:
        """The menu, and a line to write in."""
        buttons = "".join(_button(each) for each in self._account.menu)
        menu = f'<nav class="menu" aria-label="菜单">{buttons}</nav>' if buttons else ""
        return (
            f'{menu}<form class="say"><input name="content" aria-label="发送消息" placeholder="排名、今日、待办…" '
            'maxlength="200" autocomplete="off"><button>发送</button></form>'
        )

    def _stream(self, messages: list[Message | Line]) -> Iterable[str]:
        before = 0.0
        for message in messages:
            if _at(message) - before > _SILENCE:
                yield f'<p class="note"><time>{self._moment(_at(message))}</time></p>'
            before = _at(message)
            yield _bubble(message) if isinstance(message, Line) else _card(message)

    def _moment(self, at: float) -> str:
        moment = datetime.fromtimestamp(at, SHANGHAI)
        days = (self._now.date() - moment.date()).days
        if days == 0:
            return f"{moment:%H:%M}"
        return f"昨天 {moment:%H:%M}" if days == 1 else f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def _at(message: Message | Line) -> float:
    return message.at if isinstance(message, Line) else message.sent_at


def _bubble(line: Line) -> str:
    return f'<p class="bubble {"told" if line.is_told else "said"}">{escape(line.text)}</p>'


def _button(button: dict[str, Any]) -> str:
    """One button; with others below it, a list that opens."""
    name = escape(str(button.get("name", "")))
    below = button.get("sub_button") or []
    if below:
        return f"<details><summary>{name}</summary><div>{''.join(_button(each) for each in below)}</div></details>"
    if button.get("type") == "view":
        return f'<a href="{escape(str(button.get("url", "")))}" target="_blank" rel="noopener noreferrer">{name}</a>'
    return f'<button type="button" data-key="{escape(str(button.get("key", "")))}">{name}</button>'


def _card(message: Message) -> str:
    rows = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in message.lines)
    return (
        f'<article class="card" id="m{message.msgid}"><h3>{escape(message.title)}</h3><dl>{rows}</dl>'
        f"{_detail(message.url)}</article>"
    )


def _detail(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        return ""
    return f'<a class="detail" href="{escape(url)}" target="_blank" rel="noopener noreferrer">查看详情</a>'


def _called(follower: Follower) -> str:
    return escape(follower.name or f"{follower.openid[:6]}…{follower.openid[-4:]}")


def _nobody(text: str = "还没有人关注这个服务号") -> str:
    return f'<p class="nobody">{text}</p>'
