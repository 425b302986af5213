"""Fields of a business licence: two columns, each a label with its value beside it and below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm.identifiers import InvalidIdentifier, credit_code
from loans.ocr.fields import LONG_TERM, Field, date_text, field_of
from loans.ocr.layout import Sheet, upright
from loans.ocr.lines import Line

LANDMARKS = ("营业执照", "名称", "经营范围|住所|经营场所", "登记机关")

#: Labels by the field that they name; the last ones name nothing that is kept, but end what stands above.
_LABELS = {
    "name": "名称",
    "type": "类型",
    "representative": "法定代表人|经营者|负责人|执行事务合伙人|投资人",
    "scope": "经营范围",
    "capital": "注册资本|注册资金|出资额",
    "founded": "成立日期|注册日期",
    "term": "营业期限|合伙期限|经营期限",
    "address": "住所|经营场所|营业场所|主要经营场所",
    "": "登记机关|统一社会信用代码|组成形式",
}
_LABEL = {name: re.compile(f"^({pattern})[:：]?(.*)$") for name, pattern in _LABELS.items()}
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")
_CODE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}")


@dataclass
class _Entry:
    """A label, where it stands, and the lines of its value."""

    name: str
    label: Line
    rest: str
    lines: list[Line]

    @property
    def text(self) -> str:
        return self.rest + "".join(line.plain for line in self.lines)

    def field(self, value: str | None = None) -> Field:
        value = self.text if value is None else value
        return field_of(self.name, value, [*([self.label] if self.rest else []), *self.lines])


def licence(lines: Sequence[Line]) -> tuple[list[Field], Sheet]:
    """Unified social credit code, name, type, representative, capital, founding, term, address, scope; what the
    licence does not say is left out."""
    sheet = upright(lines, LANDMARKS)
    entries = _entries(sheet)
    _share_out(sheet, entries)
    found = {entry.name: entry for entry in entries if entry.name and entry.text}
    return [_code(sheet), *(_field(found[name]) for name in _LABELS if name in found)], sheet


def _entries(sheet: Sheet) -> list[_Entry]:
    entries = []
    for line in sheet.lines:
        for name, label in _LABEL.items():
            if match := label.match(line.plain):
                entries.append(_Entry(name, line, match[2], []))
                break
    return entries


def _share_out(sheet: Sheet, entries: Sequence[_Entry]) -> None:
    """Give each line to the label of its column beside or above it."""
    labels = {entry.label for entry in entries}
    for row in sheet.rows():
        for line in row:
            if line in labels:
                continue
            owner = _owner(line, entries)
            if owner is not None:
                owner.lines.append(line)


def _owner(line: Line, entries: Sequence[_Entry]) -> _Entry | None:
    """Of the labels to the left of the line and not below it: the nearest column, in it the lowest."""
    slack = line.height
    before = [
        entry
        for entry in entries
        if entry.label.left <= line.left + slack and entry.label.centre[1] <= line.centre[1] + 0.6 * slack
    ]
    if not before:
        return None
    column = max(entry.label.left for entry in before)
    return max(
        (entry for entry in before if entry.label.left > column - 3 * slack), key=lambda entry: entry.label.centre[1]
    )


def _field(entry: _Entry) -> Field:
    if entry.name == "founded":
        found = _DAY.search(entry.text)
        return entry.field(date_text(*found.groups()) if found else "")
    if entry.name == "term":
        return entry.field(_term(entry.text))
    return entry.field()


def _term(text: str) -> str:
    """Until when: a day, or for ever."""
    days = _DAY.findall(text)
    if "长期" in text or "永续" in text or "无固定期限" in text:
        return LONG_TERM
    return date_text(*days[-1]) if days else ""


def _code(sheet: Sheet) -> Field:
    best = Field("code", "", 0.0)
    for line in sheet.lines:
        for found in _CODE.finditer(
            re.sub("^.*代码[:：]?", "", line.plain.upper()).replace("O", "0").replace("I", "1")
        ):
            field = field_of("code", found[0], [line]).proven(_code_holds(found[0]))
            best = max(best, field, key=lambda each: each.confidence)
    return best


def _code_holds(code: str) -> bool:
    try:
        credit_code(code, allow_test_area=True)
    except InvalidIdentifier:
        return False
    return True
