"""The working-capital formula of 流动资金贷款管理办法, by example and by property."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loans.working_capital import Figures

D = Decimal
SHOP = Figures(
    sales=D(12_000_000),
    margin=D(10),
    growth=D(20),
    inventory_days=D(60),
    receivable_days=D(45),
    payable_days=D(30),
    prepaid_days=D(10),
    advance_days=D(5),
    own_funds=D(800_000),
    loans=D(500_000),
    other=D(0),
)


def test_a_shop_by_hand() -> None:
    """80 days bound: 4.5 turns a year; 12m × 0.9 × 1.2 ÷ 4.5 = 2.88m; less 0.8m and 0.5m."""
    assert SHOP.days_bound == 80
    assert SHOP.turnover == D("4.5")
    assert SHOP.need == D("2880000.00")
    assert SHOP.lendable == D("1580000.00")


money = st.integers(0, 10**10).map(lambda fen: D(fen) / 100)
days = st.integers(0, 720).map(D)
figures = st.builds(
    Figures,
    sales=money,
    margin=st.integers(-100, 100).map(D),
    growth=st.integers(-100, 300).map(D),
    inventory_days=days,
    receivable_days=days,
    payable_days=days,
    prepaid_days=days,
    advance_days=days,
    own_funds=money,
    loans=money,
    other=money,
)


@given(figures)
def test_nothing_is_ever_negative(found: Figures) -> None:
    assert found.need >= 0
    assert found.lendable >= 0
    assert found.lendable <= found.need


@given(figures, st.integers(1, 10**9).map(D))
def test_what_the_firm_brings_itself_lowers_the_loan(found: Figures, more: Decimal) -> None:
    richer = replace(found, own_funds=found.own_funds + more)
    assert richer.need == found.need
    assert richer.lendable <= found.lendable


@given(figures, st.integers(1, 100).map(D))
def test_slower_payers_need_more(found: Figures, more: Decimal) -> None:
    slower = replace(found, receivable_days=found.receivable_days + more)
    assert slower.need >= found.need


@given(figures)
def test_suppliers_who_wait_long_enough_finance_it_all(found: Figures) -> None:
    free = replace(found, payable_days=found.inventory_days + found.receivable_days + found.prepaid_days)
    assert free.turnover is None
    assert free.need == 0
