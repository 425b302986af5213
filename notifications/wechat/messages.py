"""Fields of template messages: what WeChat lets into each, checked before anything is sent.

A field's type is what its name begins with (`thing1`, `time3`). Since 2023-05-04 a field has 20 characters at
most, no line break and no emoji; longer ones are cut off without a word, so we refuse them here.
WeChat is a third party (domain 6.1): no account number, no exact amount and no full name may go into a field;
that is for whoever writes the notice, this module knows form only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from re import Pattern

from aladdin.clock import SHANGHAI

_ELLIPSIS = "…"
# Beyond the basic plane lie the emoji; the rest are joiners and selectors that only emoji use.
_NOT_SHOWN = re.compile("[\r\n\t\u200d\ufe0e\ufe0f\U00010000-\U0010ffff]")
_DAY = r"[0-9]{4}(?:年[0-9]{1,2}月[0-9]{1,2}日|-[0-9]{1,2}-[0-9]{1,2})"
_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"


@dataclass(frozen=True)
class FieldType:
    """One of WeChat's types: the longest value, the form it must have, and what that is called."""

    limit: int
    form: Pattern[str]
    meaning: str


TYPES: dict[str, FieldType] = {
    "thing": FieldType(20, re.compile(r".+"), "20 个以内字符"),
    "character_string": FieldType(32, re.compile(r"[\x21-\x7e][\x20-\x7e]*"), "32 位以内数字、字母或符号"),
    "amount": FieldType(15, re.compile(r"[¥￥$]?[0-9]{1,10}(?:\.[0-9]{1,2})?元?"), "金额，可带币种符号和“元”"),
    "date": FieldType(48, re.compile(rf"{_DAY}(?: {_CLOCK})?(?:~{_DAY}(?: {_CLOCK})?)?"), "年月日，可带时间"),
    "time": FieldType(48, re.compile(rf"(?:{_DAY} )?{_CLOCK}(?:~(?:{_DAY} )?{_CLOCK})?"), "24 小时制时间，可带年月日"),
    "phrase": FieldType(5, re.compile(r"[\u4e00-\u9fff]+"), "5 个以内汉字"),
    "name": FieldType(20, re.compile(r".{1,10}|[\x20-\x7e]+"), "10 个以内汉字或 20 个以内字母"),
    "number": FieldType(32, re.compile(r"[0-9]+(?:\.[0-9]+)?"), "32 位以内数字，可带小数"),
    "letter": FieldType(32, re.compile(r"[A-Za-z]+"), "32 位以内字母"),
    "symbol": FieldType(5, re.compile(r"[^\w\s]+"), "5 位以内符号"),
    "phone_number": FieldType(17, re.compile(r"[0-9+*() -]+"), "17 位以内电话号码"),
    "car_number": FieldType(8, re.compile(r"[\u4e00-\u9fffA-Z0-9]+"), "8 位以内车牌号码"),
    "const": FieldType(20, re.compile(r".+"), "20 个以内字符"),
}
_FIELD_NAME = re.compile(r"([a-z_]+)[0-9]{1,3}")


class FieldsInvalid(ValueError):
    """Fields that WeChat would refuse or cut off; `errors`: field → message in Chinese."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("template fields invalid: " + ", ".join(sorted(errors)))
        self.errors = errors


def check(fields: Mapping[str, str]) -> None:
    """Check every field of a message. Raises FieldsInvalid with all that is wrong, not the first only."""
    errors = {name: wrong for name, value in fields.items() if (wrong := _wrong(name, value))}
    if not fields:
        errors[""] = "模板消息至少需要一个字段"
    if errors:
        raise FieldsInvalid(errors)


def _wrong(name: str, value: str) -> str:
    matched = _FIELD_NAME.fullmatch(name)
    kind = TYPES.get(matched[1]) if matched else None
    if kind is None:
        return "字段名不属于微信模板的任何类型"
    if not value.strip():
        return "字段不能为空"
    if _NOT_SHOWN.search(value):
        return "字段不能换行，也不能含表情符号"
    if len(value) > kind.limit or not kind.form.fullmatch(value):
        return f"应为{kind.meaning}"
    return ""


def fit(name: str, text: str) -> str:
    """`text` made to fit a free-text field (thing, name, phrase, const): emoji out, white space closed up,
    cut with an ellipsis where it is too long. A phrase is cut without one, since it holds characters only.

    Raises KeyError for a name of no type."""
    kind = name.rstrip("0123456789")
    limit = TYPES[kind].limit if kind != "name" else 10
    clean = " ".join(_NOT_SHOWN.sub(" ", text).split())
    if len(clean) <= limit:
        return clean
    return clean[:limit] if kind == "phrase" else clean[: limit - 1] + _ELLIPSIS


def day(on: date) -> str:
    """A date for a `date` field."""
    return f"{on.year}年{on.month}月{on.day}日"


def moment(at: datetime) -> str:
    """A moment (aware) for a `time` or `date` field, in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"
