"""What a notice's text has to be before it may be published, as pure arithmetic on texts.

The title and the hint go to WeChat and to carriers, whose fields hold 20 characters and who may learn neither an
account number nor an exact amount nor a name (domain 6.1); the body stays in the bank's own app and mail.
"""

import re
from collections.abc import Iterator, Mapping

from notifications.kinds import Kind
from notifications.privacy import AMOUNT, PERSONAL
from notifications.sms.text import FORMS
from notifications.variables import Variable
from notifications.wechat import messages

LONGEST_BODY = 600
LONGEST_OUTSIDE = 20
OUTSIDE_FIELDS: Mapping[str, tuple[str, str]] = {"title": ("标题", "thing1"), "hint": ("微信说明", "thing4")}

_PLACE = re.compile(r"\{([a-z_]+)\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; the values are written already (`kinds.checked_values`)."""
    return _PLACE.sub(lambda place: values[place[1]], text)


def places(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(_PLACE.findall(text))


def longest(kind: Kind, text: str) -> int:
    """How long the text gets where every value is as long as it may be; a place that nobody knows counts as written."""
    known = kind.variables
    return len(_PLACE.sub(lambda place: "字" * known[place[1]].longest if place[1] in known else place[0], text))


def wrong_with(kind: Kind, *, title: str, body: str, hint: str, samples: object = None) -> dict[str, list[str]]:
    """Everything wrong with a text: field → messages in Chinese; empty where it may be published."""
    found = {
        "title": list(_wrong_outside(kind, "title", title)),
        "body": list(_wrong_in_body(kind, body)),
        "hint": list(_wrong_outside(kind, "hint", hint)),
        "samples": list(_wrong_samples(kind, samples or {})),
    }
    return {field: said for field, said in found.items() if said}


def _wrong_in_body(kind: Kind, body: str) -> Iterator[str]:
    yield from _wrong_anywhere(kind, body)
    if missing := sorted(kind.needed - places(body)):
        yield "正文缺少变量：" + "、".join(f"{{{name}}} {kind.variables[name].label}" for name in missing)
    if longest(kind, body) > LONGEST_BODY:
        yield f"正文填入后最长 {longest(kind, body)} 字，至多 {LONGEST_BODY} 字"


def _wrong_outside(kind: Kind, field: str, text: str) -> Iterator[str]:
    """What may not go to a third party, or does not fit its field."""
    label, wechat_field = OUTSIDE_FIELDS[field]
    yield from _wrong_anywhere(kind, text)
    for name in sorted(places(text) & kind.variables.keys()):
        if not kind.variables[name].goes_outside:
            yield f"{label}将发往微信等第三方，不能含有{{{name}}} {kind.variables[name].label}"
    if AMOUNT.search(text):
        yield f"{label}将发往微信等第三方，不能写明金额"
    if longest(kind, text) > LONGEST_OUTSIDE:
        yield f"{label}填入后最长 {longest(kind, text)} 字，微信每栏至多 {LONGEST_OUTSIDE} 字"
    else:
        yield from _wrong_form(label, wechat_field, _PLACE.sub("字", text))


def _wrong_form(label: str, wechat_field: str, text: str) -> Iterator[str]:
    try:
        messages.check({wechat_field: text})
    except messages.FieldsInvalid as invalid:
        yield label + invalid.errors[wechat_field].removeprefix("字段")
        return
    form, meaning = FORMS["TEXT"]
    if not form.fullmatch(text):
        yield f"{label}应为{meaning}（短信通道）"


def _wrong_anywhere(kind: Kind, text: str) -> Iterator[str]:
    if not text.strip():
        yield "不能为空"
    outside = _PLACE.sub("", text)
    if "{" in outside or "}" in outside:
        yield "变量应写作 {名称}，名称为小写字母和下划线"
    if unknown := sorted(places(text) - kind.variables.keys()):
        yield "没有变量：" + "、".join(f"{{{name}}}" for name in unknown)
    if PERSONAL.search(outside):
        yield "文字中有手机号、证件号、账号或邮箱，请改用变量"


def _wrong_samples(kind: Kind, samples: object) -> Iterator[str]:
    if not isinstance(samples, dict):
        yield "示例值应写作 {名称: 值}"
        return
    for name, said in samples.items():
        variable = kind.variables.get(name)
        if variable is None:
            yield f"没有变量：{{{name}}}"
        elif not _is_of_type(variable, said):
            yield f"{{{name}}} {variable.label}的示例值应为{variable.type.label}"


def _is_of_type(variable: Variable, said: object) -> bool:
    try:
        return isinstance(said, str) and bool(variable.shown(said))
    except (ValueError, TypeError):
        return False
