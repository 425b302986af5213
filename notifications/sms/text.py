"""The arithmetic of a text message: its places, what may stand in them, how it reads and what it costs."""

import re
from collections.abc import Mapping
from string import Formatter

ONE_MESSAGE = 70
"""Characters of a message in one piece, signature included; a longer one is cut into pieces of 67."""
PIECE = 67
LONGEST = 500
SIGN_NAME = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]{2,12}")
WAY_OUT = re.compile(r"拒收请回复\s?R|回T退订|回TD退订")
"""How a marketing text says that one may refuse more of it (通信短信息服务管理规定 §20)."""

#: What may stand in a place, by its type; carriers refuse addresses, and brackets that look like a signature.
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "CODE": (re.compile(r"[0-9]{4,8}"), "4 至 8 位数字"),
    "TEXT": (re.compile(r"(?!.*(?:https?:|www\.|[【】\r\n])).{1,35}"), "35 字以内，不含网址、括号【】和换行"),
    "AMOUNT": (re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?"), "金额"),
    "NUMBER": (re.compile(r"[0-9]{1,10}"), "10 位以内数字"),
    "DATE": (re.compile(r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}月[0-9]{1,2}日"), "日期，如 2026年11月25日"),
    "TIME": (re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"), "时间，如 18:30"),
    "TOKEN": (re.compile(r"[A-Za-z0-9_-]{1,35}"), "35 位以内字母、数字、- 或 _"),
    "PHONE": (re.compile(r"[0-9-]{5,18}"), "电话号码"),
}


def places(text: str) -> list[str]:
    """The names in braces, in order. Raises ValueError for braces that close nothing."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled."""
    return text.format(**values)


def shown(sign_name: str, text: str) -> str:
    """As the phone shows it: the signature in front."""
    return f"【{sign_name}】{text}"


def segments(message: str) -> int:
    """Pieces in which a message (signature included) travels, each of which is charged.

    >>> segments("字" * 70), segments("字" * 71), segments("字" * 134), segments("字" * 135)
    (1, 2, 2, 3)
    """
    return 1 if len(message) <= ONE_MESSAGE else -(-len(message) // PIECE)


def value_wrong(kind: str, value: str) -> str:
    """What is wrong with a value, in Chinese; empty where nothing is."""
    form, meaning = FORMS[kind]
    return "" if form.fullmatch(value) else f"应为{meaning}"


def template_wrong(*, text: str, variables: Mapping[str, str], sign_name: str, is_marketing: bool) -> dict[str, str]:
    """What is wrong with a template: field → message in Chinese; empty where it may be submitted."""
    wrong: dict[str, str] = {}
    if not SIGN_NAME.fullmatch(sign_name):
        wrong["sign_name"] = "签名为 2 至 12 个汉字、字母或数字"
    try:
        named = places(text)
    except ValueError:
        return wrong | {"text": "变量的花括号不成对"}
    if set(named) != set(variables):
        wrong["variables"] = "变量与内容中的花括号不一致"
    elif unknown := sorted(set(variables.values()) - set(FORMS)):
        wrong["variables"] = f"没有类型：{'、'.join(unknown)}"
    if len(text) > LONGEST or "【" in text or "】" in text:
        wrong["text"] = "内容至多 500 字，不含括号【】"
    elif is_marketing and not WAY_OUT.search(text):
        wrong["text"] = "营销短信须写明“拒收请回复R”"
    return wrong
