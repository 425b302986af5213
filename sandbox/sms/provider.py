"""Text messages: sending, asking, reports and answers."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from string import Formatter
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.calls import Answer, Call, Refused
from sandbox.clock import SHANGHAI
from sandbox.control import answering_errors
from sandbox.outgoing import Letter
from sandbox.provider import Operation, Provider, Surroundings
from sandbox.signing import signed_headers
from sandbox.sms import phone
from sandbox.sms.signing import Door
from sandbox.sms.state import RESULTS, Gateway, Message, Text

ACTIONS = {"SendSms": "send", "QuerySendDetails": "query"}
VERSION = "2017-05-25"
_ATTEMPTS = (0.0, 0.2, 1.0)
_HTTP = {"Throttling.User": 400, "ServiceUnavailable": 503, "InternalError": 500}
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_TEMPLATE = re.compile(r"SMS_\d{6,12}")
_URL = re.compile(r"https?:|www\.", re.IGNORECASE)
_LONGEST_VALUE = 35
_SPANS = {"minute": (60.0, "分钟级"), "hour": (3600.0, "小时级"), "day": (86_400.0, "天级")}


class Sms(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "sms"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"send": (), "query": ()}

    def __init__(self, around: Surroundings) -> None:
        settings = around.settings
        self._door = Door(settings.sms_key_id, settings.sms_key_secret)
        super().__init__(around)

    def forget(self) -> None:
        self._gateway = Gateway()

    def apply(self, event: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        gateway = self._gateway
        match event["event"]:
            case "message":
                gateway.add(Message(**fields))
            case "report":
                gateway.report(fields["biz_id"], fields["at"])
            case "text":
                gateway.texts[fields["code"]] = Text(**fields)
            case "number":
                gateway.numbers[fields["mobile"]] = fields["state"]
            case "balance":
                gateway.balance = fields["messages"]
            case _:
                gateway.limits |= fields

    # --- HTTP ------------------------------------------------------------------------------------
    def operations(self) -> tuple[Operation, ...]:
        return (Operation("send", "POST", "/", self.send), Operation("query", "POST", "/", self.query))

    def routes(self) -> list[BaseRoute]:
        """One address for all; the action stands in a header."""
        doors = {each.name: self._endpoint(each) for each in self.operations()}

        async def door(request: Request) -> Response:
            name = ACTIONS.get(request.headers.get("x-acs-action", ""))
            if name is None or request.headers.get("x-acs-version") != VERSION:
                said = Refused(404, "InvalidAction.NotFound", "Specified api is not found.")
                return JSONResponse(self.refused(said).content, 404)
            answer: Response = await doors[name](request)
            return answer

        return [Route("/", door, methods=["POST"]), *phone.routes(self.around, lambda: self._gateway)]

    def refusal(self, code: str) -> Answer:
        return self.refused(Refused(_HTTP.get(code, 200), code or "isp.SYSTEM_ERROR", "触发故障"))

    def refused(self, refused: Refused) -> Answer:
        content = {"Code": refused.code, "Message": refused.message, "RequestId": _request_id()}
        return Answer(content, refused.status)

    def _fields(self, call: Call) -> dict[str, str]:
        self._door.check(call.headers, call.body)
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True))

    # --- Sending ---------------------------------------------------------------------------------
    def send(self, call: Call) -> Answer:
        """Accept a message to one number."""
        asked = self._fields(call)
        mobile = _mobile(asked.get("PhoneNumbers", ""))
        if not re.fullmatch(r"[\u4e00-\u9fffA-Za-z0-9]{2,12}", asked.get("SignName", "")):
            raise Refused(200, "isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        text = self._text(asked.get("TemplateCode", ""))
        content = _content(text, _values(asked.get("TemplateParam", "")))
        self._admit(mobile, text)
        biz_id = self._accept(mobile, asked, text, content)
        return Answer({"Code": "OK", "Message": "OK", "RequestId": _request_id(), "BizId": biz_id})

    def _text(self, code: str) -> Text:
        known = self._gateway.texts.get(code)
        if known is None and not self._gateway.texts and _TEMPLATE.fullmatch(code):
            return Text(code)
        if known is None or known.state != "approved":
            raise Refused(200, "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        return known

    def _admit(self, mobile: str, text: Text) -> None:
        now, gateway = self.around.clock.seconds(), self._gateway
        if gateway.balance <= 0:
            raise Refused(200, "isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
        spans = _SPANS if text.kind == "CODE" else {"others": _SPANS["day"]}
        for span, (seconds, level) in spans.items():
            most = gateway.limits[span]
            if gateway.sent_to(mobile, kind=text.kind, since=now - seconds) >= most:
                raise Refused(200, "isv.BUSINESS_LIMIT_CONTROL", f"触发{level}流控Permits:{most}")

    def _accept(self, mobile: str, asked: Mapping[str, str], text: Text, content: str) -> str:
        now = self.around.clock.seconds()
        message = Message(
            biz_id=f"{secrets.randbelow(10**18):018d}^0",
            mobile=mobile,
            sign_name=asked["SignName"],
            template=text.code,
            content=content,
            out_id=asked.get("OutId", ""),
            sent_at=now,
            kind=text.kind,
            result=RESULTS[self._gateway.numbers.get(mobile, "ok")],
        )
        self.record({"event": "message", **asdict(message)})
        self._report(message)
        return message.biz_id

    # --- Asking ----------------------------------------------------------------------------------
    def query(self, call: Call) -> Answer:
        """Messages to a number on a day, the latest first."""
        asked = self._fields(call)
        mobile, day = _mobile(asked.get("PhoneNumber", "")), asked.get("SendDate", "")
        found = [
            each
            for each in reversed(self._gateway.messages)
            if each.mobile == mobile and not each.is_answer and _moment(each.sent_at).strftime("%Y%m%d") == day
        ]
        size, page = int(asked.get("PageSize", "10")), int(asked.get("CurrentPage", "1"))
        shown = [_detail(each) for each in found[(page - 1) * size : page * size]]
        return Answer(
            {
                "Code": "OK",
                "Message": "OK",
                "RequestId": _request_id(),
                "TotalCount": len(found),
                "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown},
            }
        )

    # --- Calls to the bank -----------------------------------------------------------------------
    def _report(self, message: Message) -> None:
        self.record({"event": "report", "biz_id": message.biz_id, "at": self.around.clock.seconds()})
        now = _moment(self.around.clock.seconds()).strftime("%Y-%m-%d %H:%M:%S")
        is_received = message.result == "DELIVERED"
        row = {
            "phone_number": message.mobile,
            "send_time": _moment(message.sent_at).strftime("%Y-%m-%d %H:%M:%S"),
            "report_time": now,
            "success": is_received,
            "err_code": message.result,
            "err_msg": "用户接收成功" if is_received else "用户接收失败",
            "sms_size": str(_pieces(message)),
            "biz_id": message.biz_id,
            "out_id": message.out_id,
        }
        self._tell("reports", row)

    def _tell(self, door: str, row: dict[str, Any]) -> None:
        settings = self.around.settings
        body = json.dumps([row], ensure_ascii=False).encode()

        def write() -> Letter | None:
            if not settings.sms_callback:
                return None
            return Letter(f"{settings.sms_callback}/{door}", body, signed_headers(settings.sms_callback_key, body))

        self.around.outgoing.send(self.name, write, pauses=_ATTEMPTS)

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/templates", answering_errors(self._register), methods=["POST"]),
            Route("/numbers", answering_errors(self._set_number), methods=["POST"]),
            Route("/balance", answering_errors(self._set_balance), methods=["POST"]),
            Route("/limits", answering_errors(self._set_limits), methods=["POST"]),
            Route("/answers", answering_errors(self._answer), methods=["POST"]),
            Route("/messages", answering_errors(self._list_messages), methods=["GET"]),
        ]

    async def _register(self, request: Request) -> JSONResponse:
        asked = await request.json()
        texts = [Text(**each) for each in (asked if isinstance(asked, list) else [asked])]
        for text in texts:
            self.record({"event": "text", **asdict(text)})
        return JSONResponse({"templates": len(self._gateway.texts)}, 201)

    async def _set_number(self, request: Request) -> JSONResponse:
        asked = await request.json()
        if asked["state"] not in RESULTS:
            raise ValueError(f"state is one of {sorted(RESULTS)}")
        self.record({"event": "number", "mobile": str(asked["mobile"]), "state": asked["state"]})
        return JSONResponse(asked, 201)

    async def _set_balance(self, request: Request) -> JSONResponse:
        messages = int((await request.json())["messages"])
        self.record({"event": "balance", "messages": messages})
        return JSONResponse({"messages": messages})

    async def _set_limits(self, request: Request) -> JSONResponse:
        asked = {name: int(most) for name, most in (await request.json()).items() if name in self._gateway.limits}
        self.record({"event": "limits", **asked})
        return JSONResponse(self._gateway.limits)

    async def _answer(self, request: Request) -> JSONResponse:
        """POST /answers {mobile, content}: the person answers"""
        asked, now = await request.json(), self.around.clock.seconds()
        number = f"{secrets.randbelow(10**10):010d}"
        mobile, content = str(asked["mobile"]), str(asked["content"])
        answer = Message(number, mobile, "", "", content, "", now, is_answer=True)
        self.record({"event": "message", **asdict(answer)})
        row = {
            "phone_number": mobile,
            "send_time": _moment(now).strftime("%Y-%m-%d %H:%M:%S"),
            "content": content,
            "sign_name": next((m.sign_name for m in reversed(self._gateway.shown(mobile)) if m.sign_name), ""),
            "dest_code": "1069000",
            "sequence_id": number,
        }
        self._tell("uplinks", row)
        return JSONResponse({"sequence_id": number}, 201)

    async def _list_messages(self, request: Request) -> JSONResponse:
        mobile = request.query_params.get("mobile")
        found = [asdict(each) for each in self._gateway.messages if mobile in (None, each.mobile)]
        return JSONResponse({"messages": found})


def _mobile(number: str) -> str:
    found = _MOBILE.fullmatch(number)
    if found is None:
        raise Refused(200, "isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
    return found[1]


def _values(text: str) -> dict[str, str]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        raise Refused(200, "isv.INVALID_JSON_PARAM", "JSON参数不合法")
    for name, value in values.items():
        if _URL.search(value):
            raise Refused(200, "isv.PARAM_NOT_SUPPORT_URL", f"变量{name}不支持URL")
        if len(value) > _LONGEST_VALUE:
            raise Refused(200, "isv.PARAM_LENGTH_LIMIT", f"变量{name}超过长度")
    return values


def _content(text: Text, values: Mapping[str, str]) -> str:
    if not text.text:
        return "，".join(f"{name}：{value}" for name, value in values.items()) or "（无内容）"
    missing = {name for _, name, _, _ in Formatter().parse(text.text) if name} - set(values)
    if missing:
        raise Refused(200, "isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少{'、'.join(sorted(missing))}")
    return text.text.format(**values)


def _detail(message: Message) -> dict[str, Any]:
    status = 1 if message.reported_at is None else 3 if message.result == "DELIVERED" else 2
    received = "" if message.reported_at is None else _moment(message.reported_at).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "PhoneNum": message.mobile,
        "SendStatus": status,
        "ErrCode": "" if status == 1 else message.result,
        "TemplateCode": message.template,
        "Content": f"【{message.sign_name}】{message.content}",
        "SendDate": _moment(message.sent_at).strftime("%Y-%m-%d %H:%M:%S"),
        "ReceiveDate": received,
        "OutId": message.out_id,
    }


def _pieces(message: Message) -> int:
    length = len(message.content) + len(message.sign_name) + 2
    return 1 if length <= 70 else (length + 66) // 67


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, SHANGHAI)


def _request_id() -> str:
    return secrets.token_hex(16).upper()
