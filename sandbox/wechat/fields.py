"""What a template's field may hold, by the type its name begins with (`thing1`, `time3`)."""

import re

_DAY = r"\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DATE = rf"{_DAY}( {_CLOCK})?"
_TIME = rf"({_DAY} )?{_CLOCK}"

RULES = {
    "thing": r"[^\n\r\U00010000-\U0010ffff]{1,20}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?",
    "date": rf"{_DATE}(~{_DATE})?",
    "time": rf"{_TIME}(~{_TIME})?",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "name": r"[^\n\r\U00010000-\U0010ffff]{1,10}|[\x20-\x7e]{1,20}",
    "number": r"(?=.{1,32}$)\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "phone_number": r"[\d+*() -]{1,17}",
    "car_number": r"[\u4e00-\u9fffA-Z0-9]{1,8}",
    "const": r"[^\n\r]{1,20}",
}
LABELS = {
    "thing": "事项", "character_string": "编号", "amount": "金额", "date": "日期", "time": "时间",
    "phrase": "状态", "name": "姓名", "number": "数量", "letter": "字母", "symbol": "符号",
    "phone_number": "电话", "car_number": "车牌", "const": "类型",
}  # fmt: skip
_NAME = re.compile(r"([a-z_]+)\d+")


def type_of(name: str) -> str | None:
    """The type that a field's name begins with; None for a name no template has."""
    matched = _NAME.fullmatch(name)
    return matched[1] if matched and matched[1] in RULES else None


def fits(name: str, value: object) -> bool:
    """Whether `value` may stand in the field."""
    kind = type_of(name)
    return kind is not None and isinstance(value, str) and bool(re.fullmatch(RULES[kind], value.strip()))
