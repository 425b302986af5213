"""Reading the fields of a data line: each reader gives the value or rejects the line, with code and reason."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from aladdin.clock import SHANGHAI

EARLIEST = date(1900, 1, 1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,16}(?:\.\d{1,2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class LineRejected(Exception):
    """One line is not taken: stable `code`, Chinese `reason`. Neither repeats the value."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


def text(value: str, label: str, *, longest: int, may_be_empty: bool = False) -> str:
    """A text of at most `longest` characters without control characters."""
    stripped = value.strip()
    if not stripped:
        if not may_be_empty:
            raise LineRejected("value_missing", f"{label}不能为空")
        return ""
    if len(stripped) > longest:
        raise LineRejected("value_too_long", f"{label}超过{longest}个字符")
    if _CONTROL.search(stripped):
        raise LineRejected("value_invalid", f"{label}含有控制字符")
    return stripped


def matching(value: str, label: str, pattern: re.Pattern[str]) -> str:
    """A code of the given form."""
    if not value:
        raise LineRejected("value_missing", f"{label}不能为空")
    if not pattern.fullmatch(value):
        raise LineRejected("value_invalid", f"{label}格式不正确")
    return value


def choice(value: str, label: str, allowed: frozenset[str]) -> str:
    """One of the allowed codes; "" only where it is among them."""
    if value not in allowed:
        raise LineRejected("value_invalid" if value else "value_missing", f"{label}不在取值范围内")
    return value


@lru_cache(maxsize=10_000)
def day(value: str, label: str) -> date:
    """A calendar day."""
    try:
        if not _DATE.fullmatch(value):
            raise ValueError(value)
        found = date.fromisoformat(value)
    except ValueError as error:
        raise LineRejected("date_invalid", f"{label}不是有效日期") from error
    if found < EARLIEST:
        raise LineRejected("date_invalid", f"{label}不是有效日期")
    return found


def day_until(value: str, label: str, last: date) -> date:
    """A calendar day not after `last`."""
    found = day(value, label)
    if found > last:
        raise LineRejected("date_in_future", f"{label}晚于业务日期")
    return found


def moment(value: str, label: str) -> datetime:
    """A moment to the second or finer; without an offset in Asia/Shanghai."""
    try:
        if not _MOMENT.fullmatch(value):
            raise ValueError(value)
        found = datetime.fromisoformat(value)
        # An offset can lead out of the calendar: found out here, not in the database.
        return found.astimezone(SHANGHAI) if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError) as error:
        raise LineRejected("date_invalid", f"{label}不是有效时间") from error


def moment_until(value: str, label: str, last: date) -> datetime:
    """A moment not after the day that follows `last`: a far one would hide every later balance."""
    found = moment(value, label)
    if not EARLIEST <= found.date() <= last + timedelta(days=1):
        raise LineRejected("date_in_future", f"{label}晚于业务日期")
    return found


def amount(value: str, label: str) -> Decimal:
    """Yuan with at most two decimals."""
    if not _AMOUNT.fullmatch(value):
        raise LineRejected("amount_invalid", f"{label}不是有效金额")
    return Decimal(value)


def readable_amount(value: str) -> Decimal:
    """As `amount`, for the control totals: what cannot be read counts nothing."""
    return Decimal(value) if _AMOUNT.fullmatch(value) else Decimal(0)
