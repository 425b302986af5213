"""Amounts in capital numerals: known ones, and any of them read back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.capital_numerals import in_capitals


def test_amounts_in_capitals() -> None:
    assert in_capitals(Decimal("105000.50")) == "壹拾万零伍仟元零伍角"
    assert in_capitals(Decimal(0)) == "零元整"
    assert in_capitals(Decimal("1680.32")) == "壹仟陆佰捌拾元零叁角贰分"
    assert in_capitals(Decimal(100_010_000)) == "壹亿零壹万元整"
    assert in_capitals(Decimal("0.05")) == "零元零伍分"


_VALUES = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def _read(written: str) -> Decimal:
    """What the capitals say: the opposite of `in_capitals`, by another way."""
    yuan, _, rest = written.partition("元")
    total, group, digit = 0, 0, 0
    for char in yuan.replace("万亿", "兆"):
        if char in _VALUES:
            digit = _VALUES[char]
        elif char in _UNITS:
            group, digit = group + digit * _UNITS[char], 0
        else:
            total += (group + digit) * {"万": 10**4, "亿": 10**8, "兆": 10**12}[char]
            group, digit = 0, 0
    whole = total + group + digit
    fen, last = 0, 0
    for char in rest.removesuffix("整"):
        last = _VALUES.get(char, last)
        fen += last * {"角": 10, "分": 1}.get(char, 0)
    return Decimal(whole) + Decimal(fen) / 100


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_capitals_say_the_amount(fen: int) -> None:
    amount = Decimal(fen) / 100
    assert _read(in_capitals(amount)) == amount


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "10000000000000000"])
def test_what_cannot_be_written_in_capitals(amount: str) -> None:
    with pytest.raises(ValueError, match="whole fen"):
        in_capitals(Decimal(amount))
