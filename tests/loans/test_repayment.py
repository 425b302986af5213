"""Schedules to the fen: the worked examples of the bank's rules, and what holds for every loan."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.repayment import (
    FeeDue,
    Instalment,
    Method,
    all_in_cost,
    annualised_cost,
    annualised_cost_of,
    compound_interest,
    penalty_interest,
    penalty_rate,
    schedule,
)

D = Decimal
MID_JANUARY = date(2026, 1, 15)
ONE_FEN = D("0.01")

#: Stepped and seasonal repayment, and what contracts say of counting, have tests of their own.
PLAIN = [method for method in Method if method not in (Method.STEPPED, Method.SEASONAL)]
EVERY_METHOD = st.sampled_from(PLAIN)
# A few fen in many months is where rounding would overshoot.
PRINCIPALS = (st.integers(1, 200) | st.integers(1, 10**9)).map(lambda fens: D(fens) / 100)
RATES = st.integers(0, 36_000_000).map(lambda millionths: D(millionths) / 1_000_000)
TERMS = st.integers(1, 120)
DATES = st.dates(date(2000, 1, 1), date(2040, 12, 31))
REPAYMENT_DAYS = st.none() | st.integers(1, 31)


def row(instalment: Instalment) -> tuple[str, str, str]:
    return str(instalment.interest), str(instalment.principal), str(instalment.balance)


def total_interest(instalments: list[Instalment]) -> Decimal:
    return sum((line.interest for line in instalments), D(0))


# --- the worked examples --------------------------------------------------------------------------------


def test_equal_instalments_of_100000_at_6_percent() -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY)
    assert row(lines[0]) == ("500.00", "8106.64", "91893.36")
    assert row(lines[1]) == ("459.47", "8147.17", "83746.19")
    assert row(lines[5]) == ("295.30", "8311.34", "50748.10")
    assert row(lines[10]) == ("85.43", "8521.21", "8563.87")
    assert row(lines[11]) == ("42.82", "8563.87", "0.00")
    assert {line.payment for line in lines[:11]} == {D("8606.64")}
    assert lines[11].payment == D("8606.69")
    assert total_interest(lines) == D("3279.73")
    assert [lines[0].due_on, lines[11].due_on] == [date(2026, 2, 15), date(2027, 1, 15)]


def test_equal_instalments_of_300000_at_4_35_percent() -> None:
    lines = schedule("EQUAL_INSTALLMENT", "300000.00", "4.35", 36, MID_JANUARY)
    assert {line.payment for line in lines[:35]} == {D("8903.98")}
    assert (lines[0].interest, lines[0].principal) == (D("1087.50"), D("7816.48"))
    assert lines[35].payment == D("8904.01")
    assert total_interest(lines) == D("20543.31")


def test_equal_principal() -> None:
    lines = schedule(Method.EQUAL_PRINCIPAL, 100_000, 6, 12, MID_JANUARY)
    assert row(lines[0])[:2] == ("500.00", "8333.33")
    assert [lines[0].payment, lines[1].payment] == [D("8833.33"), D("8791.66")]
    assert row(lines[11]) == ("41.67", "8333.37", "0.00")
    assert total_interest(lines) == D("3250.00")
    longer = schedule(Method.EQUAL_PRINCIPAL, 300_000, "4.35", 36, MID_JANUARY)
    assert [longer[0].payment, longer[35].payment] == [D("9420.83"), D("8363.66")]
    assert total_interest(longer) == D("20118.78")


def test_interest_only_settles_on_the_20th_by_actual_days() -> None:
    lines = schedule(Method.INTEREST_ONLY, 500_000, "4.5", 12, MID_JANUARY, 20)
    assert [line.interest for line in lines[:4]] == [D("312.50"), D("1937.50"), D("1750.00"), D("1937.50")]
    assert lines[4].interest == D("1875.00")
    assert (lines[-1].interest, lines[-1].principal) == (D("1625.00"), D(500_000))
    assert (lines[0].due_on, lines[-1].due_on) == (date(2026, 1, 20), date(2027, 1, 15))
    assert len(lines) == 13
    assert total_interest(lines) == D("22812.50")


def test_flat_interest_looks_low_and_costs_nearly_double() -> None:
    lines = schedule(Method.FLAT_INTEREST, 12_000, "7.2", 12, MID_JANUARY)
    assert {line.payment for line in lines} == {D("1072.00")}
    cost = annualised_cost(D(12_000), [line.payment for line in lines])
    assert (round(cost.simple, 2), round(cost.effective, 2)) == (D("13.03"), D("13.84"))
    assert round(cost.simple / 12, 5) == D("1.08619")


def test_an_up_front_fee_is_part_of_the_cost() -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY)
    for cost in (
        annualised_cost(D(99_000), [line.payment for line in lines]),
        annualised_cost_of(D(99_000), lines, MID_JANUARY),
    ):
        assert (round(cost.simple, 2), round(cost.effective, 2)) == (D("7.89"), D("8.18"))


def test_lateness_costs_penalty_and_compound_interest() -> None:
    assert penalty_interest(D("8334.00"), D(6), D(50), 10) == D("20.84")
    assert compound_interest(D("500.00"), penalty_rate(D(6), D(50)), 10) == D("1.25")


def test_overdue_and_misused_takes_the_higher_surcharge_alone() -> None:
    assert penalty_rate(D(6), D(50), D(100)) == D(12)
    with pytest.raises(ValueError, match="surcharge"):
        penalty_rate(D(6))


# --- dates ----------------------------------------------------------------------------------------------


def test_a_loan_of_the_31st_falls_due_at_the_end_of_short_months() -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, 60_000, 6, 6, date(2026, 1, 31))
    assert [line.due_on for line in lines] == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
        date(2026, 5, 31),
        date(2026, 6, 30),
        date(2026, 7, 31),
    ]
    assert len({line.payment for line in lines[:-1]}) == 1


def test_an_irregular_first_period_bears_interest_by_days_and_leaves_the_plan_alone() -> None:
    regular = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY)
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY, 20)
    assert [lines[0].due_on, lines[1].due_on] == [date(2026, 2, 20), date(2026, 3, 20)]
    assert lines[0].interest == D("600.00")  # 36 days
    assert [line.principal for line in lines] == [line.principal for line in regular]
    assert [line.payment for line in lines[1:11]] == [D("8606.64")] * 10
    assert (lines[11].due_on, lines[11].interest) == (date(2027, 1, 15), D("37.11"))  # 26 days


def test_a_repayment_day_before_the_day_of_disbursement_shortens_the_first_period() -> None:
    lines = schedule(Method.EQUAL_PRINCIPAL, 120_000, 6, 12, MID_JANUARY, 10)
    assert (lines[0].due_on, lines[0].interest) == (date(2026, 2, 10), D("520.00"))  # 26 days
    assert (lines[1].due_on, lines[1].interest) == (date(2026, 3, 10), D("550.00"))  # a month of 110,000
    assert (lines[11].due_on, lines[11].interest) == (date(2027, 1, 15), D("60.00"))  # 36 days of 10,000


def test_a_loan_of_the_30th_repaid_on_the_31st_has_no_odd_days_in_february() -> None:
    lines = schedule(Method.EQUAL_PRINCIPAL, 120_000, 6, 3, date(2026, 1, 30), 31)
    assert [line.due_on for line in lines] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert [line.interest for line in lines] == [D("600.00"), D("400.00"), D("200.00")]


def test_flat_interest_does_not_count_days() -> None:
    lines = schedule(Method.FLAT_INTEREST, 12_000, "7.2", 12, MID_JANUARY, 20)
    assert {line.payment for line in lines} == {D("1072.00")}


def test_a_bullet_pays_once_by_actual_days() -> None:
    lines = schedule(Method.BULLET, 100_000, "4.5", 12, date(2027, 3, 1))
    assert lines == [Instalment(1, date(2028, 3, 1), D(100_000), D("4575.00"), D(0))]  # 366 days


# --- what holds for every loan --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL", "FLAT_INTEREST"])
def test_seven_fen_in_twelve_months_are_not_repaid_twice(method: str) -> None:
    lines = schedule(method, "0.07", 0, 12, MID_JANUARY)
    assert [line.principal for line in lines] == [ONE_FEN] * 7 + [D(0)] * 5


@settings(deadline=None, max_examples=50)
@given(EVERY_METHOD, PRINCIPALS, RATES, TERMS, DATES, REPAYMENT_DAYS)
def test_a_schedule_repays_exactly_what_was_lent(
    method: Method, principal: Decimal, rate: Decimal, months: int, on: date, day: int | None
) -> None:
    lines = schedule(method, principal, rate, months, on, day)
    assert sum(line.principal for line in lines) == principal
    assert lines[-1].balance == 0
    assert all(line.principal >= 0 and line.interest >= 0 and line.balance >= 0 for line in lines)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    balances = [principal, *(line.balance for line in lines)]
    assert all(before - line.principal == line.balance for before, line in zip(balances, lines, strict=False))


@settings(deadline=None, max_examples=50)
@given(EVERY_METHOD, TERMS, DATES, REPAYMENT_DAYS)
def test_payments_fall_within_the_term_on_the_repayment_day(
    method: Method, months: int, on: date, day: int | None
) -> None:
    dates = [line.due_on for line in schedule(method, 50_000, "4.35", months, on, day)]
    assert on < dates[0]
    assert all(earlier < later for earlier, later in pairwise(dates))
    assert (dates[-1].year - on.year) * 12 + dates[-1].month - on.month == months
    anchor = day or on.day
    assert all(due.day == anchor or (due + timedelta(days=1)).day == 1 for due in dates[:-1])


@settings(deadline=None, max_examples=50)
@given(PRINCIPALS, RATES, TERMS, DATES)
def test_equal_instalments_are_equal_but_for_the_last(principal: Decimal, rate: Decimal, months: int, on: date) -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, principal, rate, months, on)
    running = [line.payment for line in lines[:-1] if line.balance > 0]
    assert len(set(running)) <= 1


@settings(deadline=None, max_examples=50)
@given(EVERY_METHOD, PRINCIPALS, TERMS, DATES, REPAYMENT_DAYS)
def test_no_rate_no_interest(method: Method, principal: Decimal, months: int, on: date, day: int | None) -> None:
    assert total_interest(schedule(method, principal, 0, months, on, day)) == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(10_000, 1_000_000), st.integers(1, 24), st.integers(1, 60), DATES)
def test_a_loan_without_fees_costs_its_own_rate(principal: int, rate: int, months: int, on: date) -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, principal, rate, months, on)
    cost = annualised_cost(D(principal), [line.payment for line in lines])
    assert abs(cost.simple - rate) < ONE_FEN
    assert cost.effective >= cost.simple
    assert annualised_cost_of(D(principal), lines, on) == cost


def test_a_loan_for_nothing_costs_nothing_and_a_gift_is_no_loan() -> None:
    assert annualised_cost(D(300), [D(100)] * 3).simple == 0
    with pytest.raises(ValueError, match="less is paid"):
        annualised_cost(D(300), [D(100)] * 2)
    with pytest.raises(ValueError, match="neither is negative"):
        annualised_cost(D(0), [D(100)])


def test_fees_cost_by_their_days() -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY)
    upfront = all_in_cost(D(100_000), lines, MID_JANUARY, [FeeDue(MID_JANUARY, D(1_000))])
    assert (round(upfront.simple, 2), round(upfront.effective, 2)) == (D("7.89"), D("8.18"))
    at_the_end = all_in_cost(D(100_000), lines, MID_JANUARY, [FeeDue(date(2027, 1, 15), D(1_000))])
    assert annualised_cost_of(D(100_000), lines, MID_JANUARY).simple < at_the_end.simple < upfront.simple


@pytest.mark.parametrize("paid", ["100", "100.01", "150", "300"])
def test_the_rate_is_found_however_high_it_is(paid: str) -> None:
    cost = annualised_cost(D(100), [D(0)] * 5 + [D(paid)])
    monthly = cost.simple / 1200
    assert abs(D(100) * (1 + monthly) ** 6 - D(paid)) < D("0.01")


def test_a_cost_counts_months_in_which_nothing_is_due() -> None:
    assert annualised_cost(D(100), [D(0)] * 11 + [D(106)]).effective == D("6.000000")
    yearly = schedule(Method.BULLET, 100_000, 6, 12, MID_JANUARY)
    assert round(annualised_cost_of(D(100_000), yearly, MID_JANUARY).effective, 2) == D("6.08")  # 365/360


# --- terms on which nothing can be lent -----------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [
        {"principal": 0},
        {"principal": -1},
        {"principal": "0.001"},
        {"annual_rate_percent": -1},
        {"months": 0},
        {"repayment_day": 0},
        {"repayment_day": 32},
        {"method": "BALLOON"},
    ],
)
def test_impossible_terms_are_refused(terms: dict[str, object]) -> None:
    sound: dict[str, object] = {
        "method": "BULLET",
        "principal": 100,
        "annual_rate_percent": 6,
        "months": 12,
        "disbursed_on": MID_JANUARY,
        "repayment_day": 15,
    }
    with pytest.raises(ValueError, match=r".+"):
        schedule(**sound | terms)  # type: ignore[arg-type]  # each in turn is wrong on purpose


def test_money_is_no_float() -> None:
    with pytest.raises(TypeError):
        schedule(Method.BULLET, 0.1, 6, 12, MID_JANUARY)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("amount,days", [("-0.01", 10), ("0.01", -1)])
def test_lateness_is_not_negative(amount: str, days: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        compound_interest(D(amount), D(9), days)
