"""One strict JSON parser for every door."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.api.parsing import NotStrictJSON, loads
from aladdin.api.rendering import dumps
from tests.world import PASSWORD, Bank, Phone


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": "x\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": 1234567890123456789}',
        b'{"a": 1e400}',
        b'{"a": 0.1234567890123456789012345678901234567890}',
        b"[" * 40 + b"]" * 40,
        b"[" * 100_000,
        b'{"a": "\xff"}',
        b"{",
        b"",
        b'"' + b"x" * 1_100_000 + b'"',
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_what_is_not_strict_is_refused(raw: bytes) -> None:
    with pytest.raises(NotStrictJSON):
        loads(raw)


def test_a_fraction_stays_exact() -> None:
    assert loads(b'{"amount": 0.1}') == {"amount": Decimal("0.1")}


_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=20,
)


@given(_value)
def test_what_the_bank_writes_it_can_read(value: object) -> None:
    assert loads(dumps(value)) == value


def test_the_door_says_what_is_wrong_in_chinese(bank: Bank, phone: Callable[..., Phone]) -> None:
    answer = Phone().generic(
        "POST",
        "/api/v1/auth/token",
        '{"employee_no": "E00001", "employee_no": "E00002", "password": "x"}',
        content_type="application/json",
        HTTP_X_DEVICE_ID="d",
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["detail"] == "JSON 中有重复的字段"
    assert PASSWORD not in answer.content.decode()
