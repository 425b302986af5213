"""Tokens and template messages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.wechat import callback, passive, phone
from sandbox.wechat.fields import fits
from sandbox.wechat.state import FIRST_MSGID, Account, Follower, Message, Template, lines_of
from sandbox.wechat.talk import Talk
from sandbox.wechat.tokens import PLAIN, STABLE, TIME_TO_LIVE, AccessToken, Tokens

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, please retry next minute",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
}
_DELIVERY = {"user_block": "failed:user block", "system_failed": "failed: system failed"}
_ATTEMPTS = (0.0, 0.0)


class WeChat(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "wechat"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "stable_token": ("short_lived",),
        "token": ("short_lived",),
        "send_template": tuple(_DELIVERY),
        "qrcode_create": (),
        "menu_create": (),
        "menu_get": (),
        "menu_delete": (),
        "custom_send": (),
        "oauth_token": (),
    }

    def __init__(self, around: Surroundings) -> None:
        self._talk = Talk(around, lambda: self._account, self.record, self._admit, self._tell)
        super().__init__(around)

    def forget(self) -> None:
        self._account = Account()
        self._tokens = Tokens()

    def apply(self, event: Mapping[str, Any]) -> None:
        if self._talk.apply(event):
            return
        fields = {name: value for name, value in event.items() if name != "event"}
        match event["event"]:
            case "token":
                self._tokens.add(AccessToken(**fields))
            case "message":
                self._account.add(Message(**fields))
            case "follower":
                self._account.followers[fields["openid"]] = Follower(**fields)
            case "template":
                self._account.templates[fields["template_id"]] = Template(**fields)
            case _:
                self._account.daily, self._account.minute = fields["daily"], fields["minute"]

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("stable_token", "POST", "/cgi-bin/stable_token", self.stable_token),
            Operation("token", "GET", "/cgi-bin/token", self.token),
            Operation("send_template", "POST", "/cgi-bin/message/template/send", self.send_template),
            *self._talk.operations(),
        )

    def pages(self) -> list[BaseRoute]:
        return [*self._talk.pages(), *phone.routes(self.around, lambda: self._account)]

    def refusal(self, code: str) -> Answer:
        return _error(int(code or -1))

    def refused(self, refused: Refused) -> Answer:
        """WeChat answers 200 whatever it thinks; what is no JSON is 47001."""
        return _error(int(refused.code) if refused.code.lstrip("-").isdecimal() else 47001, refused.message)

    # --- Tokens ----------------------------------------------------------------------------------
    def stable_token(self, call: Call) -> Answer:
        """The token that all of the account's servers share."""
        asked, now = call.json(), self.around.clock.seconds()
        self._check_credentials(asked)
        forced = asked.get("force_refresh") is True
        if forced:
            _refuse_unless_ok(self._tokens.may_force(now))
        token = None if forced or call.suffers("short_lived") else self._tokens.stands(now)
        return self._given(token or self._new_token(STABLE, call, forced=forced))

    def token(self, call: Call) -> Answer:
        """A new token; the one before is dead."""
        self._check_credentials(call.query)
        return self._given(self._new_token(PLAIN, call))

    def _check_credentials(self, asked: Mapping[str, Any]) -> None:
        settings = self.around.settings
        if asked.get("grant_type") != "client_credential":
            raise _refusal(40002)
        if asked.get("appid") != settings.wechat_app_id:
            raise _refusal(40013)
        if asked.get("secret") != settings.wechat_app_secret:
            raise _refusal(40125)

    def _new_token(self, door: str, call: Call, *, forced: bool = False) -> AccessToken:
        now, fault = self.around.clock.seconds(), call.suffers("short_lived")
        life = fault.seconds if fault and fault.seconds is not None else TIME_TO_LIVE
        token = AccessToken(secrets.token_urlsafe(102), door, now, now + life, forced)
        event = {name: value for name, value in asdict(token).items() if name != "dead_from"}
        self.record({"event": "token", **event})
        return token

    def _given(self, token: AccessToken) -> Answer:
        left = int(token.expires_at - self.around.clock.seconds() + 0.5)
        return Answer({"access_token": token.value, "expires_in": left})

    # --- Template messages -----------------------------------------------------------------------
    def send_template(self, call: Call) -> Answer:
        """Send a template message to a follower."""
        self._admit(call)
        asked, now = call.json(), self.around.clock.seconds()
        openid, template = self._addressee(asked.get("touser")), self._template(asked.get("template_id"))
        lines = _checked_lines(template, asked.get("data"))
        client_msg_id = str(asked.get("client_msg_id") or "")
        known = self._account.same_message(openid, client_msg_id, now)
        if known is None:
            self._check_quotas(now)
            known = self._send(openid, template, lines, asked, call)
        return Answer({"errcode": 0, "errmsg": "ok", "msgid": known.msgid})

    def _admit(self, call: Call) -> None:
        _refuse_unless_ok(self._tokens.error(call.query.get("access_token", ""), self.around.clock.seconds()))

    def _addressee(self, openid: object) -> str:
        follower = self._account.followers.get(openid) if isinstance(openid, str) else None
        if follower is None:
            raise _refusal(40003)
        if not follower.follows:
            raise _refusal(43004)
        return follower.openid

    def _template(self, template_id: object) -> Template:
        template = self._account.template(template_id)
        if template is None:
            raise _refusal(40037)
        return template

    def _check_quotas(self, now: float) -> None:
        midnight = self.around.clock.now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        if self._account.sent_since(midnight) >= self._account.daily:
            raise _refusal(45009)
        if self._account.sent_since(now - now % 60) >= self._account.minute:
            raise _refusal(45011)

    def _send(
        self, openid: str, template: Template, lines: list[list[str]], asked: dict[str, Any], call: Call
    ) -> Message:
        message = Message(
            msgid=FIRST_MSGID + len(self._account.messages) + 1,
            openid=openid,
            template_id=template.template_id,
            title=template.title,
            lines=lines,
            url=str(asked.get("url") or ""),
            client_msg_id=str(asked.get("client_msg_id") or ""),
            sent_at=self.around.clock.seconds(),
            status=_DELIVERY.get(call.fault.kind, "success") if call.fault else "success",
        )
        self.record({"event": "message", **asdict(message)})
        self._tell(openid, "TEMPLATESENDJOBFINISH", {"MsgID": str(message.msgid), "Status": message.status})
        return message

    # --- Events to the bank ----------------------------------------------------------------------
    def _tell(self, openid: str, event: str, more: dict[str, str]) -> None:
        settings = self.around.settings
        xml = callback.event_xml(
            account=settings.wechat_account,
            openid=openid,
            event=event,
            at=self.around.clock.seconds(),
            more=more,
        )

        def write() -> Letter | None:
            return callback.letter(settings, openid, xml) if settings.wechat_callback else None

        def heard(answer: str) -> None:
            if said := passive.text_in(answer, settings):
                self._talk.say(openid, said, is_told=True)

        self.around.outgoing.send(self.name, write, pauses=_ATTEMPTS, heard=heard)

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            *self._talk.control(),
            Route("/followers", answering_errors(self._follow), methods=["POST"]),
            Route("/templates", answering_errors(self._register_template), methods=["POST"]),
            Route("/limits", answering_errors(self._set_limits), methods=["POST"]),
            Route("/messages", answering_errors(self._list_messages), methods=["GET"]),
            Route("/verify", answering_errors(self._verify_server), methods=["POST"]),
        ]

    async def _follow(self, request: Request) -> JSONResponse:
        """POST /followers {openid, name, follows, scene}, or a list of them"""
        asked = await request.json()
        for each in asked if isinstance(asked, list) else [asked]:
            scene = str(each.pop("scene", ""))
            self._note_follower(Follower(**each), scene)
        return JSONResponse({"followers": sum(f.follows for f in self._account.followers.values())}, 201)

    def _note_follower(self, follower: Follower, scene: str) -> None:
        before = self._account.followers.get(follower.openid)
        self.record({"event": "follower", **asdict(follower)})
        if follower.follows and not (before and before.follows):
            self._talk.meet(follower.openid, "follow")
            self._tell(follower.openid, "subscribe", {"EventKey": f"qrscene_{scene}" if scene else ""})
        elif before and before.follows and not follower.follows:
            self._tell(follower.openid, "unsubscribe", {"EventKey": ""})

    async def _register_template(self, request: Request) -> JSONResponse:
        asked = await request.json()
        template = Template(asked["template_id"], asked["title"], dict(asked["fields"]))
        self.record({"event": "template", **asdict(template)})
        return JSONResponse(asdict(template), 201)

    async def _set_limits(self, request: Request) -> JSONResponse:
        asked = await request.json()
        daily = int(asked.get("daily", self._account.daily))
        minute = int(asked.get("minute", self._account.minute))
        self.record({"event": "limits", "daily": daily, "minute": minute})
        return JSONResponse({"daily": daily, "minute": minute})

    async def _list_messages(self, request: Request) -> JSONResponse:
        openid = request.query_params.get("openid")
        messages = [asdict(m) for m in self._account.messages if openid in (None, m.openid)]
        return JSONResponse({"messages": messages})

    async def _verify_server(self, _request: Request) -> JSONResponse:
        """What happens when an administrator saves the server's address."""
        settings, echo = self.around.settings, str(secrets.randbelow(10**18))
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            query = callback.verification_query(settings, echo)
            answer = await client.get(settings.wechat_callback, params=query)
        return JSONResponse({"verified": answer.status_code == 200 and answer.text == echo})


def _checked_lines(template: Template, data: object) -> list[list[str]]:
    """Labels and values, where every field has what its type allows."""
    if not isinstance(data, dict) or not data:
        raise _refusal(47003)
    wrong = [name for name, each in data.items() if not (isinstance(each, dict) and fits(name, each.get("value")))]
    missing = [name for name in template.fields if name not in data]
    for name in (*missing, *wrong):
        raise _refusal(47003, f"argument invalid! data.{name}.value invalid")
    return lines_of(template, data)


def _refuse_unless_ok(code: int) -> None:
    if code:
        raise _refusal(code)


def _refusal(code: int, message: str = "") -> Refused:
    return Refused(200, str(code), message or MESSAGES[code])


def _error(code: int, message: str = "") -> Answer:
    text = message or MESSAGES.get(code, "unknown error")
    return Answer({"errcode": code, "errmsg": f"{text} rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"})
