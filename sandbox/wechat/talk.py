"""What followers and account say to each other: texts, buttons, scans, answers, the menu, and OAuth."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import segno
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.provider import Operation, Surroundings
from sandbox.settings import require_loopback
from sandbox.wechat import menus
from sandbox.wechat.state import Account, Code, Line, Ticket

TICKET_SECONDS, CODE_SECONDS = 2_592_000, 300
#: How long, and how often, the account may speak to a follower after he did this.
SPEAKING = {"text": (48 * 3600.0, 5), "menu": (60.0, 3), "scan": (60.0, 3), "follow": (60.0, 3)}
LONGEST_TEXT = 2048
Tell = Callable[..., None]


@dataclass(frozen=True)
class Talk:
    """A part of the platform; `admit` checks a call's token, `tell` sends the bank an event, or a text."""

    around: Surroundings
    account: Callable[[], Account]
    record: Callable[[dict[str, Any]], None]
    admit: Callable[[Call], None]
    tell: Tell

    def operations(self) -> tuple[Operation, ...]:
        """What the bank may call."""
        return (
            Operation("qrcode_create", "POST", "/cgi-bin/qrcode/create", self.create_ticket),
            Operation("menu_create", "POST", "/cgi-bin/menu/create", self.create_menu),
            Operation("menu_get", "GET", "/cgi-bin/menu/get", self.get_menu),
            Operation("menu_delete", "GET", "/cgi-bin/menu/delete", self.delete_menu),
            Operation("custom_send", "POST", "/cgi-bin/message/custom/send", self.send),
            Operation("oauth_token", "GET", "/sns/oauth2/access_token", self.exchange),
        )

    def apply(self, event: Mapping[str, Any]) -> bool:
        """Change the state by one event; False for one that is not of this part."""
        fields = {name: value for name, value in event.items() if name != "event"}
        account = self.account()
        match event["event"]:
            case "line":
                account.say(Line(**fields))
            case "met":
                account.meet(fields["openid"], fields["how"], fields["at"])
            case "spoken":
                account.spoken[fields["openid"]] += 1
            case "ticket":
                account.tickets[fields["ticket"]] = Ticket(**fields)
            case "code":
                account.codes[fields["code"]] = Code(**fields)
            case "code_used":
                account.used_codes.add(fields["code"])
            case "menu":
                account.menu = fields["buttons"]
            case _:
                return False
        return True

    # --- QR codes --------------------------------------------------------------------------------
    def create_ticket(self, call: Call) -> Answer:
        """A ticket for a scene."""
        self.admit(call)
        asked, now = call.json(), self.around.clock.seconds()
        scene = asked.get("action_info", {}).get("scene", {}).get("scene_str", "")
        seconds = int(asked.get("expire_seconds", 60))
        if asked.get("action_name") != "QR_STR_SCENE" or not 1 <= len(str(scene)) <= 64:
            raise Refused(200, "40053", "invalid action info")
        if not 0 < seconds <= TICKET_SECONDS:
            raise Refused(200, "40052", "invalid expire seconds")
        ticket = f"gQ{secrets.token_urlsafe(60)}=="
        self.record({"event": "ticket", "ticket": ticket, "scene": str(scene), "expires_at": now + seconds})
        return Answer({"ticket": ticket, "expire_seconds": seconds, "url": f"http://weixin.qq.com/q/{ticket[:24]}"})

    async def show_code(self, request: Request) -> Response:
        """The picture of a ticket."""
        ticket = request.query_params.get("ticket", "")
        if ticket not in self.account().tickets:
            return Response("no such ticket\n", 404, media_type="text/plain")
        picture = segno.make(f"http://weixin.qq.com/q/{ticket[:24]}").svg_inline(scale=6)
        return Response(
            picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1), media_type="image/svg+xml"
        )

    # --- Menu ------------------------------------------------------------------------------------
    def create_menu(self, call: Call) -> Answer:
        """Put a menu in place of the one before."""
        self.admit(call)
        buttons = call.json().get("button")
        if code := menus.code_of(buttons):
            raise Refused(200, str(code), "invalid button")
        self.record({"event": "menu", "buttons": buttons})
        return _ok()

    def get_menu(self, call: Call) -> Answer:
        """The menu that there is."""
        self.admit(call)
        if not self.account().menu:
            raise Refused(200, "46003", "menu no exist")
        return Answer({"menu": {"button": menus.as_told(self.account().menu)}})

    def delete_menu(self, call: Call) -> Answer:
        """No menu any more."""
        self.admit(call)
        self.record({"event": "menu", "buttons": []})
        return _ok()

    # --- Customer service ------------------------------------------------------------------------
    def send(self, call: Call) -> Answer:
        """A text to a follower who lately had to do with the account."""
        self.admit(call)
        asked, now = call.json(), self.around.clock.seconds()
        openid = str(asked.get("touser", ""))
        text = asked.get("text", {}).get("content") if asked.get("msgtype") == "text" else None
        follower = self.account().followers.get(openid)
        if follower is None:
            raise Refused(200, "40003", "invalid openid")
        if not isinstance(text, str) or not text or len(text.encode()) > LONGEST_TEXT:
            raise Refused(200, "45002", "content size out of limit")
        how, at = self.account().met_at.get(openid, ("text", 0.0))
        seconds, most = SPEAKING[how]
        if not follower.follows or now - at > seconds:
            raise Refused(200, "45015", "response out of time limit or subscription is canceled")
        if self.account().spoken[openid] >= most:
            raise Refused(200, "45047", "out of response count limit")
        self.record({"event": "spoken", "openid": openid})
        self.say(openid, text, is_told=True)
        return _ok()

    def say(self, openid: str, text: str, *, is_told: bool) -> None:
        """A line in the chat."""
        line = Line(openid, text, self.around.clock.seconds(), is_told)
        self.record({"event": "line", **asdict(line)})

    def meet(self, openid: str, how: str) -> None:
        """The follower has to do with the account."""
        self.record({"event": "met", "openid": openid, "how": how, "at": self.around.clock.seconds()})

    # --- OAuth -----------------------------------------------------------------------------------
    async def authorize(self, request: Request) -> Response:
        """What WeChat's browser does by itself: here one chooses whose phone it is (or says it: `as=<openid>`)."""
        asked = request.query_params
        back = asked.get("redirect_uri", "")
        right = asked.get("appid") == self.around.settings.wechat_app_id and asked.get("response_type") == "code"
        try:
            require_loopback(back)
        except ValueError:
            right = False
        if not right or not back or asked.get("scope") not in ("snsapi_base", "snsapi_userinfo"):
            return HTMLResponse("redirect_uri 参数错误", 400)
        if asked.get("as"):
            return self._send_back(back, asked.get("state", ""), asked["as"])
        followers = [each for each in self.account().followers.values() if each.follows]
        links = [(urlencode({**asked, "as": each.openid}), each.name or each.openid) for each in followers]
        choices = "".join(f'<li><a href="?{escape(query)}">{escape(name)}</a></li>' for query, name in links)
        return HTMLResponse(_CHOICE.format(choices=choices or "<li>还没有人关注这个服务号</li>"))

    def _send_back(self, back: str, state: str, openid: str) -> Response:
        code = secrets.token_urlsafe(24)
        until = self.around.clock.seconds() + CODE_SECONDS
        self.record({"event": "code", "code": code, "openid": openid, "expires_at": until})
        parts = urlsplit(back)
        query = urlencode([*parse_qsl(parts.query), ("code", code), ("state", state)])
        return RedirectResponse(urlunsplit(parts._replace(query=query, fragment="")), 302)

    def exchange(self, call: Call) -> Answer:
        """Who carried the code; once."""
        settings, asked, account = self.around.settings, call.query, self.account()
        if asked.get("appid") != settings.wechat_app_id:
            raise Refused(200, "40013", "invalid appid")
        if asked.get("secret") != settings.wechat_app_secret:
            raise Refused(200, "40125", "invalid appsecret")
        code = account.codes.get(asked.get("code", ""))
        if code is None or asked.get("grant_type") != "authorization_code":
            raise Refused(200, "40029", "invalid code")
        if code.code in account.used_codes:
            raise Refused(200, "40163", "code been used")
        if code.expires_at < self.around.clock.seconds():
            raise Refused(200, "42003", "code expired")
        self.record({"event": "code_used", "code": code.code})
        return Answer(
            {
                "access_token": secrets.token_urlsafe(64),
                "expires_in": 7200,
                "refresh_token": secrets.token_urlsafe(64),
                "openid": code.openid,
                "scope": "snsapi_base",
            }
        )

    # --- Pages and the scene ---------------------------------------------------------------------
    def pages(self) -> list[BaseRoute]:
        """Routes for browsers."""
        return [
            Route("/cgi-bin/showqrcode", self.show_code, methods=["GET"]),
            Route("/connect/oauth2/authorize", self.authorize, methods=["GET"]),
        ]

    def control(self) -> list[BaseRoute]:
        """What a follower does with his phone."""
        return [
            Route("/says", answering_errors(self._says), methods=["POST"]),
            Route("/clicks", answering_errors(self._clicks), methods=["POST"]),
            Route("/scans", answering_errors(self._scans), methods=["POST"]),
            Route("/chat", answering_errors(self._chat), methods=["GET"]),
        ]

    async def _says(self, request: Request) -> JSONResponse:
        """POST /says {openid, content}"""
        asked = await request.json()
        openid, content = self._follower(asked), str(asked["content"])[:600]
        self.say(openid, content, is_told=False)
        self.meet(openid, "text")
        number = str(secrets.randbelow(10**17) + 10**17)
        self.tell(openid, "", {"MsgType": "text", "Content": content, "MsgId": number})
        return JSONResponse({"MsgId": number}, 201)

    async def _clicks(self, request: Request) -> JSONResponse:
        """POST /clicks {openid, key}"""
        asked = await request.json()
        openid = self._follower(asked)
        self.meet(openid, "menu")
        self.tell(openid, "CLICK", {"EventKey": str(asked["key"])})
        return JSONResponse({}, 201)

    async def _scans(self, request: Request) -> JSONResponse:
        """POST /scans {openid, ticket}: who follows scans a code of the account's, or comes to follow by it"""
        asked = await request.json()
        ticket = self.account().tickets.get(str(asked["ticket"]))
        if ticket is None or ticket.expires_at < self.around.clock.seconds():
            raise ValueError("no such ticket, or no longer")
        openid = self._follower(asked)
        self.meet(openid, "scan")
        self.tell(openid, "SCAN", {"EventKey": ticket.scene, "Ticket": ticket.ticket})
        return JSONResponse({"scene": ticket.scene}, 201)

    async def _chat(self, request: Request) -> JSONResponse:
        """GET /chat?openid="""
        openid = request.query_params["openid"]
        return JSONResponse({"chat": [asdict(each) for each in self.account().lines if each.openid == openid]})

    def _follower(self, asked: Mapping[str, Any]) -> str:
        follower = self.account().followers.get(str(asked["openid"]))
        if follower is None or not follower.follows:
            raise ValueError("nobody who follows has this openid")
        return follower.openid


_CHOICE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>微信沙箱</title><link rel="stylesheet" href="/wechat/phone/static/phone.css"></head>
<body><header class="top"><h1>微信网页授权</h1><p>沙箱：请选择这是谁的手机</p></header>
<ul class="choice">{choices}</ul></body></html>
"""


def _ok() -> Answer:
    return Answer({"errcode": 0, "errmsg": "ok"})
