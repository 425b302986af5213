"""Group robots of three platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox import clock
from sandbox.calls import Answer, Call, Refused
from sandbox.control import answering_errors
from sandbox.provider import Operation, Provider
from sandbox.robots import page, signing
from sandbox.robots.state import Chats, Line, Robot

PLATFORMS = ("wecom", "feishu", "dingtalk")
SAYINGS = {
    -1: "system busy",
    93000: "invalid webhook url",
    45009: "api freq out of limit",
    40058: "invalid Request Parameter",
    44004: "empty content",
    45002: "content size out of limit",
    19001: "param invalid: incoming webhook access token invalid",
    19021: "sign match fail or timestamp is not within one hour from current time",
    11232: "frequency limited",
    9499: "Bad Request",
    300001: "token is not exist",
    310000: "sign not match",
    130101: "send too fast, exceed 20 times per minute",
    400105: "unsupported msgtype",
}
Said = tuple[str, str]


class Robots(Provider):
    """See the package's docstring for its rules."""

    name: ClassVar[str] = "robots"
    operation_faults: ClassVar[Mapping[str, tuple[str, ...]]] = {"wecom": (), "feishu": (), "dingtalk": ()}

    def forget(self) -> None:
        self._chats = Chats()

    def apply(self, event: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in event.items() if name != "event"}
        if event["event"] == "robot":
            robot = Robot(**fields)
            self._chats.robots[robot.platform, robot.key] = robot
        else:
            self._chats.lines.append(Line(**fields))

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("wecom", "POST", "/wecom/cgi-bin/webhook/send", self.wecom),
            Operation("feishu", "POST", "/feishu/open-apis/bot/v2/hook/{key}", self.feishu),
            Operation("dingtalk", "POST", "/dingtalk/robot/send", self.dingtalk),
        )

    def pages(self) -> list[BaseRoute]:
        return page.routes(self.around, lambda: self._chats)

    def refusal(self, code: str) -> Answer:
        """Each platform reads the name that it knows."""
        number = int(code or -1)
        said = SAYINGS.get(number, "error")
        return Answer({"errcode": number, "errmsg": said, "code": number, "msg": said})

    def refused(self, refused: Refused) -> Answer:
        return self.refusal(refused.code if refused.code.lstrip("-").isdecimal() else "40058")

    # --- Three ways to say it --------------------------------------------------------------------
    def wecom(self, call: Call) -> Answer:
        """WeCom: the key is the secret."""
        robot = self._robot("wecom", call.query.get("key", ""), none=93000)
        self._slow_down(robot, 45009, a_minute=20)
        title, text = _wecom_said(call.json())
        self._say(robot, title, text)
        return Answer({"errcode": 0, "errmsg": "ok"})

    def feishu(self, call: Call) -> Answer:
        """Feishu: signed in the body."""
        robot, asked = self._robot("feishu", call.path["key"], none=19001), call.json()
        stamp = asked.get("timestamp", "")
        expected = signing.feishu(robot.secret, str(stamp))
        if not signing.is_right(expected, asked.get("sign"), stamp, _now(), in_milliseconds=False):
            raise _refusal(19021)
        self._slow_down(robot, 11232, a_minute=100, a_second=5)
        title, text = _feishu_said(asked)
        self._say(robot, title, text)
        return Answer({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})

    def dingtalk(self, call: Call) -> Answer:
        """DingTalk: signed in the address."""
        robot = self._robot("dingtalk", call.query.get("access_token", ""), none=300001)
        stamp = call.query.get("timestamp", "")
        expected = signing.dingtalk(robot.secret, stamp)
        if not signing.is_right(expected, call.query.get("sign"), stamp, _now(), in_milliseconds=True):
            raise _refusal(310000)
        self._slow_down(robot, 130101, a_minute=20, deaf=True)
        title, text = _dingtalk_said(call.json())
        self._say(robot, title, text)
        return Answer({"errcode": 0, "errmsg": "ok"})

    def _robot(self, platform: str, key: str, *, none: int) -> Robot:
        robot = self._chats.robot(platform, key)
        if robot is None:
            raise _refusal(none)
        return robot

    def _slow_down(self, robot: Robot, code: int, *, a_minute: int, a_second: int = 0, deaf: bool = False) -> None:
        now = self.around.clock.seconds()
        if self._chats.is_too_fast(robot, now, a_minute=a_minute, a_second=a_second, deaf=deaf):
            raise _refusal(code)

    def _say(self, robot: Robot, title: str, text: str) -> None:
        line = Line(robot.platform, robot.key, robot.group, title, text, self.around.clock.seconds())
        self.record({"event": "line", **asdict(line)})

    # --- Setting the scene -----------------------------------------------------------------------
    def control(self) -> list[BaseRoute]:
        return [
            Route("/robots", answering_errors(self._make), methods=["POST"]),
            Route("/lines", answering_errors(self._list_lines), methods=["GET"]),
        ]

    async def _make(self, request: Request) -> JSONResponse:
        asked = await request.json()
        for each in asked if isinstance(asked, list) else [asked]:
            robot = Robot(**each)
            if robot.platform not in PLATFORMS:
                raise ValueError(f"platform is one of {PLATFORMS}")
            self.record({"event": "robot", **asdict(robot)})
        return JSONResponse({"robots": len(self._chats.robots)}, 201)

    async def _list_lines(self, request: Request) -> JSONResponse:
        platform = request.query_params.get("platform")
        lines = [asdict(line) for line in self._chats.lines if platform in (None, line.platform)]
        return JSONResponse({"lines": lines})


def _now() -> float:
    return clock.wall().timestamp()


def _refusal(code: int) -> Refused:
    return Refused(200, str(code), SAYINGS[code])


def _text_in(part: object, name: str, missing: int) -> str:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise _refusal(missing)
    return value


def _wecom_said(asked: Mapping[str, Any]) -> Said:
    kind = asked.get("msgtype")
    if kind not in ("text", "markdown"):
        raise _refusal(40058)
    content = _text_in(asked.get(kind), "content", 44004)
    if len(content.encode()) > (2048 if kind == "text" else 4096):
        raise _refusal(45002)
    first, _, rest = content.partition("\n")
    return first.strip("*# "), _without(rest, "> ")


def _feishu_said(asked: Mapping[str, Any]) -> Said:
    content = asked.get("content")
    if asked.get("msg_type") == "text":
        return "", _text_in(content, "text", 9499)
    post = content.get("post", {}).get("zh_cn") if isinstance(content, dict) else None
    if asked.get("msg_type") != "post" or not isinstance(post, dict):
        raise _refusal(9499)
    lines = ["".join(str(tag.get("text", "")) for tag in line) for line in post.get("content", [])]
    return str(post.get("title", "")), "\n".join(lines)


def _dingtalk_said(asked: Mapping[str, Any]) -> Said:
    if asked.get("msgtype") == "text":
        return "", _text_in(asked.get("text"), "content", 400105)
    if asked.get("msgtype") != "markdown":
        raise _refusal(400105)
    title = _text_in(asked.get("markdown"), "title", 400105)
    _, _, rest = _text_in(asked.get("markdown"), "text", 400105).partition("\n")
    return title, _without(rest, "- ")


def _without(text: str, mark: str) -> str:
    """The lines without the mark that each begins with."""
    return "\n".join(line.removeprefix(mark) for line in text.splitlines())
