"""Amounts are exact, rounded half up to the fen, and leave the bank as ranges only."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin.money import Exact, amount_range, fen, rate, yuan

amounts = st.decimals(min_value="-1e15", max_value="1e15", places=6)


@pytest.mark.parametrize(
    "amount,expected",
    [
        ("20.835", "20.84"),
        ("20.8349999", "20.83"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        (Decimal("1E+3"), "1000.00"),
        (7, "7.00"),
        ("-0.001", "0.00"),
    ],
)
def test_half_a_fen_rounds_away_from_zero(amount: Exact, expected: str) -> None:
    assert str(fen(amount)) == expected


@pytest.mark.parametrize("amount", [0.1, True, None, b"1"])
def test_a_float_is_no_money(amount: object) -> None:
    with pytest.raises(TypeError):
        fen(amount)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    "text", ["", "1,000", "1_000", "1e400", "NaN", "Infinity", "１２", " 1", "1.", "--1", "9" * 17]
)
def test_text_that_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        fen(text)


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), 10**16])
def test_what_no_amount_column_holds_is_refused(number: Exact) -> None:
    with pytest.raises(ValueError, match="too large"):
        fen(number)


def test_rounding_does_not_step_over_the_limit() -> None:
    with pytest.raises(ValueError, match="once it is rounded"):
        fen(Decimal("9999999999999999.995"))


@given(amounts)
def test_rounding_is_by_half_a_fen_at_most_and_settles(amount: Decimal) -> None:
    rounded = fen(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert fen(rounded) == rounded
    assert rounded.as_tuple().exponent == -2


@given(amounts)
def test_a_reversal_is_exactly_the_opposite(amount: Decimal) -> None:
    assert fen(-amount) == -fen(amount)


def test_rates_have_six_decimals_and_a_limit() -> None:
    assert str(rate("4.35")) == "4.350000"
    assert str(rate("0.0000005")) == "0.000001"
    with pytest.raises(ValueError, match="too large"):
        rate(1000)


@given(amounts)
def test_shown_amounts_read_back(amount: Decimal) -> None:
    shown = yuan(amount)
    assert Decimal(shown.replace(",", "")) == fen(amount)
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*\.\d\d", shown)


@pytest.mark.parametrize(
    "amount,expected",
    [
        ("0", "1万以下"),
        ("9999.99", "1万以下"),
        ("10000", "1万-5万"),
        ("50000.00", "5万-10万"),
        ("99999.99", "5万-10万"),
        ("100000", "10万-20万"),
        ("999999", "50万-100万"),
        ("9999999.99", "500万-1000万"),
        ("10000000", "1000万以上"),
        ("-60000", "5万-10万"),
    ],
)
def test_a_range_tells_no_amount(amount: str, expected: str) -> None:
    assert amount_range(amount) == expected


@given(amounts, amounts)
def test_ranges_are_few(one: Decimal, other: Decimal) -> None:
    """Nine texts for all amounts; a larger amount never gets an earlier one."""
    texts = [amount_range(bound * 10_000) for bound in (0, 1, 5, 10, 20, 50, 100, 500, 1000)]
    smaller, larger = sorted((abs(one), abs(other)))
    assert texts.index(amount_range(smaller)) <= texts.index(amount_range(larger))
