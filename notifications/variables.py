"""What may stand in the text of a notice: each value's name, its type, how it is shown and how long it gets.

A name means the same thing in every kind. To add a value, add one entry to `VARIABLES`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db import models

from aladdin import masking, money


class Type(models.TextChoices):
    """What a value is: decides how it is checked, how it is written, and whether a third party may read it."""

    TEXT = "TEXT", "文字"
    NAME = "NAME", "客户名称（脱敏）"
    MONEY = "MONEY", "金额"
    DATE = "DATE", "日期"
    PERCENT = "PERCENT", "百分比"
    COUNT = "COUNT", "数量"
    RANK = "RANK", "名次"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One value. `goes_outside`: WeChat and carriers may read it (domain 6.1: no account, no exact amount, no full
    name, nothing that somebody wrote freely); `is_dispensable`: a text may leave it out."""

    label: str
    type: Type
    sample: str
    longest: int
    goes_outside: bool = False
    is_dispensable: bool = False

    def shown(self, said: str) -> str:
        """The value as it is written. Raises ValueError or TypeError where it is not of its type."""
        text = _SHOWN[self.type](said)
        return text if len(text) <= self.longest else text[: self.longest - 1] + "…"


# --- Types ---------------------------------------------------------------------------------------
_CHINESE_DAY = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日")


def _text(said: str) -> str:
    """One line; a reason that somebody wrote at length is cut, the whole of it is where the link leads."""
    text = " ".join(said.split())
    if not text:
        raise ValueError("a text is not empty")
    return text


def _name(said: str) -> str:
    """Masked, if the caller has not: the notice row is not sealed and goes to third parties."""
    name = _text(said)
    if "*" in name:
        return name
    return masking.name(name) if len(name) <= 4 else masking.business_name(name)


def _date(said: str) -> str:
    """2026-12-01 and 2026年12月1日 alike, as the latter."""
    written = _CHINESE_DAY.fullmatch(said)
    day = date(*(int(part) for part in written.groups())) if written else date.fromisoformat(said)
    return f"{day.year}年{day.month}月{day.day}日"


def _percent(said: str) -> str:
    """Of a hundred, at most two digits after the point, e.g. "12.5"."""
    try:
        number = Decimal(said)
    except InvalidOperation as error:
        raise ValueError(f"{said} is no number") from error
    if not number.is_finite():
        raise ValueError("a percentage is finite")
    return f"{number.quantize(Decimal('0.01')).normalize():f}%"


def _count(said: str) -> str:
    if int(said) < 0:
        raise ValueError("nobody counts below nought")
    return str(int(said))


def _rank(said: str) -> str:
    if int(said) < 1:
        raise ValueError("ranks begin with 1")
    return str(int(said))


_SHOWN: Mapping[Type, Callable[[str], str]] = {
    Type.TEXT: _text,
    Type.NAME: _name,
    Type.MONEY: money.yuan,
    Type.DATE: _date,
    Type.PERCENT: _percent,
    Type.COUNT: _count,
    Type.RANK: _rank,
}


# --- Values --------------------------------------------------------------------------------------
def _text_of(label: str, sample: str, longest: int = 40, *, outside: bool = False, spare: bool = False) -> Variable:
    return Variable(
        label=label, type=Type.TEXT, sample=sample, longest=longest, goes_outside=outside, is_dispensable=spare
    )


def _number_of(label: str, type_: Type, sample: str, longest: int = 6) -> Variable:
    return Variable(label=label, type=type_, sample=sample, longest=longest, goes_outside=True)


VARIABLES: Mapping[str, Variable] = {
    "customer": Variable(label="客户", type=Type.NAME, sample="欧阳娜娜", longest=40),
    "application_no": _text_of("申请编号", "JK20261124001", spare=True),
    "product": _text_of("产品", "经营贷", outside=True, spare=True),
    "amount": Variable(label="金额（元）", type=Type.MONEY, sample="1234567.8", longest=24, is_dispensable=True),
    "reason": _text_of("原因", "收入证明不足", 200),
    "metric": _text_of("指标", "存款净增", 20, outside=True),
    "period": _text_of("期间", "本月", outside=True, spare=True),
    "branch": _text_of("机构", "广阳支行", outside=True, spare=True),
    "colleague": _text_of("同事", "吴审批"),
    "rank": _number_of("名次", Type.RANK, "1"),
    "previous_rank": _number_of("原名次", Type.RANK, "3"),
    "check": _text_of("检查种类", "首次检查", 20, outside=True),
    "due_on": _number_of("完成期限", Type.DATE, "2026-12-01", 11),
    "author": _text_of("发布人", "刘行长"),
    "count": _number_of("数量", Type.COUNT, "3"),
    "what": _text_of("事项", "贷款已放款", 12, outside=True),
    "list": _text_of("明细", "贷款已放款 2 条、排名变化 1 条", 300),
    "title": _text_of("公告标题", "国庆值班安排", 100),
}
