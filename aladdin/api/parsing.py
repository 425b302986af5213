"""One strict JSON parser for every door.

Refused: duplicate keys, NaN and infinities, lone surrogates, U+0000, more than 32 levels, integers of more
than 18 digits, bodies over 1 MiB. Plain parsers let each of these through to a 500 or to a wrong value.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from rest_framework.parsers import JSONParser

from aladdin.api.rendering import OrjsonRenderer
from aladdin.problems import Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 18


class NotStrictJSON(ValueError):
    """The text is not JSON that the bank takes; the message says why, in Chinese."""


def loads(raw: bytes) -> Any:
    """The value that `raw` (UTF-8) says; numbers with a fraction become Decimal.

    Raises NotStrictJSON."""
    if len(raw) > MAX_BYTES:
        raise NotStrictJSON("请求内容过大")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_decimal,
        )
    except RecursionError as error:
        raise NotStrictJSON("JSON 嵌套过深") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotStrictJSON("不是有效的 JSON") from error
    _check(value, depth=0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJSON("JSON 中有重复的字段")
    return found


def _constant(text: str) -> Any:
    raise NotStrictJSON(f"JSON 中不允许 {text}")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise NotStrictJSON("整数过大")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise NotStrictJSON("数字无效") from error
    if len(text) > 2 * MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise NotStrictJSON("数字超出范围")
    return number


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotStrictJSON("JSON 嵌套过深")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise NotStrictJSON("文本中含有不允许的字符")


class StrictJSONParser(JSONParser):
    """`application/json` through `loads`."""

    renderer_class = OrjsonRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return loads(stream.read(MAX_BYTES + 1))
        except NotStrictJSON as error:
            raise Problem("malformed", str(error)) from error
