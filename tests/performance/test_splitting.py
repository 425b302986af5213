"""Splitting credit: nothing is made out of nothing, nothing is lost."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aladdin.money import FEN, fen
from performance.splitting import split

amounts = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2)


@st.composite
def shares_of_one(draw: st.DrawFn) -> list[Decimal]:
    """Up to ten shares, in millionths, that sum to at most one."""
    weights = draw(st.lists(st.integers(1, 100_000), min_size=1, max_size=10))
    return [Decimal(weight) / Decimal(1_000_000) for weight in weights]


@given(amounts, shares_of_one())
def test_the_parts_add_up_to_the_shared_amount(amount: Decimal, shares: list[Decimal]) -> None:
    assert sum(split(amount, shares), Decimal(0)) == fen(amount * sum(shares))


@given(amounts, shares_of_one())
def test_no_part_is_a_fen_away_from_its_share(amount: Decimal, shares: list[Decimal]) -> None:
    for part, share in zip(split(amount, shares), shares, strict=True):
        assert abs(part - amount * share) < FEN


@given(amounts, shares_of_one())
def test_a_negative_amount_splits_as_the_positive_one(amount: Decimal, shares: list[Decimal]) -> None:
    assert split(-amount, shares) == [-part for part in split(amount, shares)]


def test_a_fen_between_two_goes_to_the_first() -> None:
    half = Decimal("0.5")
    assert split(Decimal("0.01"), [half, half]) == [Decimal("0.01"), Decimal("0.00")]
    assert split(Decimal("100.00"), [Decimal("0.333333"), Decimal("0.666667")]) == [
        Decimal("33.33"),
        Decimal("66.67"),
    ]
