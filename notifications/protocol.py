"""The messages of the notice stream: what a client may say, strictly read, and the codes we close with.

`docs/asyncapi.yaml` describes the same for whoever writes a client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from uuid import UUID

from aladdin.api.parsing import NotStrictJSON, loads
from aladdin.api.rendering import dumps

ME = "me"
LONGEST_MESSAGE = 16 * 1024
MOST_STREAMS = 20


class Close(IntEnum):
    """Why we end a connection."""

    NOT_SIGNED_IN = 4401
    NOT_PERMITTED = 4403
    TOO_SLOW = 4408
    RESET = 4409
    RESTART = 1012


class Refused(Exception):
    """A message that is not understood: the stable code and a Chinese text for the client."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Wanted:
    """A stream that a client asks for: everything after `since` of `epoch`, or from now on where it has nothing.

    `marks`: of one's own stream, the last change to what is read and done that the client knows."""

    stream: str
    epoch: UUID | None
    since: int | None
    marks: int | None = None


@dataclass(frozen=True, repr=False)
class Hello:
    """The first message. Has no printed form: it carries the token."""

    token: str
    device_id: str
    streams: tuple[Wanted, ...]


@dataclass(frozen=True)
class Ack:
    """The device has everything up to `sequence` of its own stream."""

    sequence: int


@dataclass(frozen=True)
class Read:
    """The person has read a notice."""

    notice: UUID


@dataclass(frozen=True)
class Ping:
    """The client wants to know whether we are there."""


Said = Hello | Ack | Read | Ping


def said(text: str | None) -> Said:
    """What a frame says; None is a binary frame. Raises Refused."""
    if text is None:
        raise Refused("malformed", "只接受文本消息")
    if len(text) > LONGEST_MESSAGE:
        raise Refused("too_long", "消息过长")
    try:
        content = loads(text.encode())
    except (NotStrictJSON, UnicodeEncodeError) as error:
        raise Refused("malformed", "不是有效的 JSON 消息") from error
    if not isinstance(content, dict):
        raise Refused("malformed", "消息须为 JSON 对象")
    return _SAID.get(str(content.get("type")), _unknown)(content)


def _unknown(content: Mapping[str, Any]) -> Said:
    raise Refused("unknown_type", "未知的消息类型")


def _hello(content: Mapping[str, Any]) -> Hello:
    streams = content.get("streams", [{"stream": ME}])
    if not isinstance(streams, list) or not 1 <= len(streams) <= MOST_STREAMS:
        raise Refused("invalid", f"streams 须为 1–{MOST_STREAMS} 项的列表")
    wanted = tuple(_wanted(each) for each in streams)
    if len({each.stream for each in wanted}) != len(wanted):
        raise Refused("invalid", "streams 中有重复的流")
    return Hello(_text(content, "token"), _text(content, "device_id"), wanted)


def _wanted(content: Any) -> Wanted:
    if not isinstance(content, dict) or not isinstance(content.get("stream"), str):
        raise Refused("invalid", "streams 的每一项须有 stream")
    epoch, since, marks = content.get("epoch"), content.get("since"), content.get("marks")
    return Wanted(
        stream=content["stream"],
        epoch=None if epoch is None else _uuid(epoch, "epoch"),
        since=None if since is None else _number(since, "since"),
        marks=None if marks is None else _number(marks, "marks"),
    )


def _ack(content: Mapping[str, Any]) -> Ack:
    if content.get("stream") != ME:
        raise Refused("invalid", "只确认本人的流")
    return Ack(_number(content.get("sequence"), "sequence"))


def _read(content: Mapping[str, Any]) -> Read:
    return Read(_uuid(content.get("notice"), "notice"))


def _ping(content: Mapping[str, Any]) -> Ping:
    return Ping()


_SAID: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "hello": _hello,
    "ack": _ack,
    "read": _read,
    "ping": _ping,
}


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name, "")
    if not isinstance(value, str) or len(value) > 200:
        raise Refused("invalid", f"{name} 须为文本")
    return value


def _number(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise Refused("invalid", f"{name} 须为非负整数")
    return value


def _uuid(value: Any, name: str) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused("invalid", f"{name} 须为 UUID") from error


def message(kind: str, /, **content: Any) -> str:
    """One of our messages."""
    return dumps({"type": kind, **content}).decode()
