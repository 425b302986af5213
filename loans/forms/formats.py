"""Shapes of text that JSON Schema names and the bank checks: dates, money, and the numbers of `crm/identifiers.py`."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from jsonschema import FormatChecker

from aladdin import areas, clock
from aladdin.money import fen
from crm import identifiers
from crm.identifiers import InvalidIdentifier

CHECKER = FormatChecker(formats=())


def _shape(name: str, check: Callable[[str], object], *raises: type[Exception]) -> None:
    """Text that is no text is the business of `type`."""

    def holds(value: object) -> bool:
        if isinstance(value, str):
            check(value)
        return True

    CHECKER.checks(name, raises=raises)(holds)


def _credit_code(text: str) -> object:
    return identifiers.credit_code(text, allow_test_area=settings.ACCEPT_TEST_IDENTITIES)


def _identity_number(text: str) -> object:
    made_up_too = settings.ACCEPT_TEST_IDENTITIES
    return identifiers.identity_number(text, on=clock.today(), allow_test_area=made_up_too)


def _area(text: str) -> object:
    if not areas.is_area(text):
        raise ValueError(text)
    return text


_shape("date", date.fromisoformat, ValueError)
_shape("date-time", datetime.fromisoformat, ValueError)
_shape("uuid", UUID, ValueError)
_shape("money", fen, ValueError)
_shape("decimal", Decimal, ArithmeticError)
_shape("area", _area, ValueError)
_shape("identity-number", _identity_number, InvalidIdentifier)
_shape("credit-code", _credit_code, InvalidIdentifier)
_shape("mobile", identifiers.mobile, InvalidIdentifier)

#: What is said where the text does not have the shape; an identifier says it itself.
SAID = {
    "date": "须为有效日期（如2026-01-31）",
    "date-time": "须为有效时间",
    "uuid": "不是有效的标识",
    "money": "须为金额，最多两位小数",
    "decimal": "须为数字，最多两位小数",
    "area": "不是有效的行政区划代码（6位）",
}
