"""Schedules as contracts may want them: day counts, holidays, odd periods, the place of the remainder, and the plans
that are stepped or follow the seasons. What holds for every schedule is proved over all of them together."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aladdin.calendar import is_working_day, next_working_day
from loans.repayment import (
    Conventions,
    DayCount,
    Group,
    Holidays,
    Instalment,
    InterestBetween,
    Method,
    Plan,
    Remainder,
    annualised_cost_of,
    schedule,
    total_interest,
)

D = Decimal
MID_JANUARY = date(2026, 1, 15)


def counted(day_count: DayCount) -> Conventions:
    return Conventions(day_count=day_count)


# --- Day counts ----------------------------------------------------------------------------------
def test_interest_only_by_each_day_count() -> None:
    """The worked example of domain 2.3 by actual days; by months of thirty days it comes to 22,500.00."""
    terms = (Method.INTEREST_ONLY, 500_000, "4.5", 12, MID_JANUARY, 20)
    totals = {each: total_interest(schedule(*terms, conventions=counted(each))) for each in DayCount}
    assert totals == {
        DayCount.ACTUAL_360: D("22812.50"),
        DayCount.THIRTY_360: D("22500.00"),
        DayCount.ACTUAL_365: D("22500.03"),  # a year of 365 days; each payment rounded
        DayCount.MONTH_360: D("22562.50"),  # eleven months, 5 and 26 days
    }


def test_odd_days_by_months_of_thirty() -> None:
    """15 January to 20 February are 36 real days, and 35 where every month has thirty."""
    terms = (Method.EQUAL_PRINCIPAL, 120_000, 6, 12, MID_JANUARY, 20)
    assert schedule(*terms)[0].interest == D("720.00")
    assert schedule(*terms, conventions=counted(DayCount.THIRTY_360))[0].interest == D("700.00")
    assert schedule(*terms, conventions=counted(DayCount.ACTUAL_365))[0].interest == D("710.14")


def test_equal_payments_stay_equal_by_actual_days() -> None:
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY, conventions=counted(DayCount.ACTUAL_360))
    assert lines[0].interest == D("516.67")  # 31 days
    assert lines[1].interest == D("428.90")  # 28 days of 91,907.33
    assert len({line.payment for line in lines[:-1]}) == 1
    assert abs(lines[-1].payment - lines[0].payment) < D("0.12")


def test_a_month_as_long_as_any_other_costs_a_twelfth() -> None:
    for day_count in (DayCount.MONTH_360, DayCount.THIRTY_360):
        lines = schedule(Method.EQUAL_PRINCIPAL, 120_000, 6, 12, date(2026, 1, 31), conventions=counted(day_count))
        assert [line.interest for line in lines[:3]] == [D("600.00"), D("550.00"), D("500.00")]


# --- Holidays ------------------------------------------------------------------------------------
def test_a_due_date_on_a_holiday_moves_to_the_next_working_day() -> None:
    """The spring festival of 2026 lasts from 15 to 23 February."""
    moved = Conventions(holidays=Holidays.NEXT_WORKING_DAY)
    plain = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY)
    lines = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY, conventions=moved)
    assert (plain[0].due_on, lines[0].due_on) == (date(2026, 2, 15), date(2026, 2, 24))
    assert [(line.principal, line.interest) for line in lines] == [(line.principal, line.interest) for line in plain]


def test_interest_runs_to_the_real_day_where_the_contract_says_so() -> None:
    follows = Conventions(holidays=Holidays.NEXT_WORKING_DAY, interest_follows=True)
    lines = schedule(Method.EQUAL_PRINCIPAL, 120_000, 6, 12, MID_JANUARY, conventions=follows)
    assert (lines[0].due_on, lines[0].interest) == (date(2026, 2, 24), D("800.00"))  # 40 days
    assert (lines[1].due_on, lines[1].interest) == (date(2026, 3, 16), D("366.67"))  # a Monday, 20 days of 110,000


def test_a_settlement_day_that_moves_onto_the_maturity_is_no_payment_of_its_own() -> None:
    """Saturday the 20th moves to Monday the 22nd, on which the loan ends."""
    rule = Conventions(holidays=Holidays.NEXT_WORKING_DAY)
    lines = schedule(Method.INTEREST_ONLY, 100_000, 6, 12, date(2026, 3, 22), 20, conventions=rule)
    assert [line.due_on for line in lines[-2:]] == [date(2027, 2, 22), date(2027, 3, 22)]
    assert lines[-1].interest == D("500.00")  # 30 days from 20 February


# --- The remainder -------------------------------------------------------------------------------
def test_the_first_instalment_takes_the_remainder_where_the_contract_says_so() -> None:
    first = Conventions(remainder=Remainder.FIRST)
    equal = schedule(Method.EQUAL_PRINCIPAL, 100_000, 6, 12, MID_JANUARY, conventions=first)
    assert [equal[0].principal, {line.principal for line in equal[1:]}] == [D("8333.37"), {D("8333.33")}]
    level = schedule(Method.EQUAL_INSTALLMENT, 100_000, 6, 12, MID_JANUARY, conventions=first)
    assert level[0].payment == D("8606.69")
    assert {line.payment for line in level[1:]} == {D("8606.64")}


def test_seven_fen_in_twelve_months_are_all_in_the_first() -> None:
    first = Conventions(remainder=Remainder.FIRST)
    lines = schedule(Method.EQUAL_PRINCIPAL, "0.07", 0, 12, MID_JANUARY, conventions=first)
    assert [line.principal for line in lines] == [D("0.07")] + [D(0)] * 11


# --- Stepped plans -------------------------------------------------------------------------------
STEPS = Plan(groups=(Group(12, D(0)), Group(12, D(30)), Group(12, D(70))))


def test_a_stepped_plan_pays_level_within_its_groups() -> None:
    lines = schedule(Method.STEPPED, 100_000, 6, 36, MID_JANUARY, plan=STEPS)
    assert {line.payment for line in lines[:12]} == {D("500.00")}
    assert len({line.payment for line in lines[12:23]}) == len({line.payment for line in lines[24:35]}) == 1
    assert [lines[11].balance, lines[23].balance, lines[35].balance] == [D(100_000), D(70_000), D(0)]
    assert lines[0].payment < lines[12].payment < lines[24].payment


def test_one_group_is_the_plan_of_equal_payments() -> None:
    one = Plan(groups=(Group(1, D(100)),))
    stepped = schedule(Method.STEPPED, 300_000, "4.35", 36, MID_JANUARY, plan=one)
    assert stepped == schedule(Method.EQUAL_INSTALLMENT, 300_000, "4.35", 36, MID_JANUARY)


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (Group(12, D(40)), Group(12, D(50))),
        (Group(12, D(110)), Group(12, D(-10))),
        (Group(0, D(40)), Group(12, D(60))),
        (Group(36, D(40)), Group(12, D(60))),
    ],
)
def test_groups_that_are_no_plan_are_refused(groups: tuple[Group, ...]) -> None:
    with pytest.raises(ValueError, match="group"):
        schedule(Method.STEPPED, 100_000, 6, 36, MID_JANUARY, plan=Plan(groups=groups))


# --- Seasonal plans ------------------------------------------------------------------------------
def test_a_farmer_pays_when_the_harvest_is_sold() -> None:
    plan = Plan(payment_months=(6, 10), interest_between=InterestBetween.QUARTERLY)
    lines = schedule(Method.SEASONAL, 90_000, 6, 18, date(2026, 3, 10), 20, plan=plan)
    assert [(str(line.due_on), line.principal) for line in lines] == [
        ("2026-06-20", D("22500.00")),
        ("2026-09-20", D(0)),
        ("2026-10-20", D("22500.00")),
        ("2026-12-20", D(0)),
        ("2027-03-20", D(0)),
        ("2027-06-20", D("22500.00")),
        ("2027-09-10", D("22500.00")),
    ]
    assert lines[0].interest == D("1530.00")  # 102 days
    assert lines[1].interest == D("1035.00")  # 92 days of 67,500


@pytest.mark.parametrize(
    "between, dues",
    [(InterestBetween.MONTHLY, 18), (InterestBetween.QUARTERLY, 7), (InterestBetween.WITH_PRINCIPAL, 4)],
)
def test_interest_in_between_comes_as_agreed(between: InterestBetween, dues: int) -> None:
    plan = Plan(payment_months=(6, 10), interest_between=between)
    assert len(schedule(Method.SEASONAL, 90_000, 6, 18, date(2026, 3, 10), 20, plan=plan)) == dues


def test_where_no_season_comes_before_the_end_it_is_one_payment() -> None:
    plan = Plan(payment_months=(1,), interest_between=InterestBetween.WITH_PRINCIPAL)
    lines = schedule(Method.SEASONAL, 10_000, 6, 6, date(2026, 3, 10), plan=plan)
    assert lines == schedule(Method.BULLET, 10_000, 6, 6, date(2026, 3, 10))


@pytest.mark.parametrize("months", [(), (0,), (6, 13)])
def test_a_seasonal_plan_names_months(months: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="names months"):
        schedule(Method.SEASONAL, 10_000, 6, 12, MID_JANUARY, plan=Plan(payment_months=months))


# --- What holds for every schedule ---------------------------------------------------------------
PRINCIPALS = (st.integers(1, 200) | st.integers(1, 10**9)).map(lambda fens: D(fens) / 100)
RATES = st.integers(0, 36_000_000).map(lambda millionths: D(millionths) / 1_000_000)
CONVENTIONS = st.builds(
    Conventions,
    day_count=st.sampled_from([None, *DayCount]),
    holidays=st.sampled_from(Holidays),
    interest_follows=st.booleans(),
    remainder=st.sampled_from(Remainder),
)
DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))
DAYS = st.none() | st.integers(1, 31)


@st.composite
def plans(draw: st.DrawFn, months: int) -> Plan:
    """Groups that fit the term, and seasons."""
    lengths = draw(st.lists(st.integers(1, 12), max_size=4).filter(lambda found: sum(found) < months))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(lengths), max_size=len(lengths))))
    percents = [after - before for before, after in pairwise([0, *cuts, 100])]
    groups = tuple(Group(length, D(percent)) for length, percent in zip([*lengths, 1], percents, strict=True))
    named = draw(st.sets(st.integers(1, 12), min_size=1, max_size=4))
    return Plan(groups, tuple(sorted(named)), draw(st.sampled_from(InterestBetween)))


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Decimal, date, Conventions, list[Instalment]]:
    months = draw(st.integers(1, 60))
    principal, on, conventions = draw(PRINCIPALS), draw(DATES), draw(CONVENTIONS)
    lines = schedule(
        draw(st.sampled_from(Method)),
        principal,
        draw(RATES),
        months,
        on,
        draw(DAYS),
        conventions=conventions,
        plan=draw(plans(months)),
    )
    return principal, on, conventions, lines


@settings(max_examples=150)
@given(schedules())
def test_a_schedule_repays_exactly_what_was_lent(found: tuple[Decimal, date, Conventions, list[Instalment]]) -> None:
    principal, on, conventions, lines = found
    assert sum(line.principal for line in lines) == principal
    assert lines[-1].balance == 0
    assert all(line.principal >= 0 and line.interest >= 0 and line.balance >= 0 for line in lines)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    days = [on, *(line.due_on for line in lines)]
    assert all(earlier < later for earlier, later in pairwise(days))
    if conventions.holidays is Holidays.NEXT_WORKING_DAY:
        assert all(is_working_day(line.due_on) for line in lines)


@settings(max_examples=50)
@given(st.sampled_from(Method), DATES, DAYS, st.integers(1, 36), st.data())
def test_moving_due_dates_moves_nothing_else(
    method: Method, on: date, day: int | None, months: int, data: st.DataObject
) -> None:
    plan = data.draw(plans(months))
    plain = schedule(method, 50_000, "4.35", months, on, day, plan=plan)
    rule = Conventions(holidays=Holidays.NEXT_WORKING_DAY)
    moved = schedule(method, 50_000, "4.35", months, on, day, plan=plan, conventions=rule)
    if len(moved) == len(plain):  # else a settlement day fell together with the maturity
        assert [line.due_on for line in moved] == [next_working_day(line.due_on) for line in plain]
        assert [line.principal for line in moved] == [line.principal for line in plain]
        assert [line.interest for line in moved] == [line.interest for line in plain]


@settings(max_examples=50)
@given(PRINCIPALS.filter(lambda amount: amount >= 1_000), RATES, st.integers(2, 60), DATES)
def test_the_remainder_is_first_but_for_some_fen(principal: Decimal, rate: Decimal, months: int, on: date) -> None:
    first = Conventions(remainder=Remainder.FIRST)
    lines = schedule(Method.EQUAL_INSTALLMENT, principal, rate, months, on, conventions=first)
    assert len({line.payment for line in lines[1:-1]}) <= 1
    last = schedule(Method.EQUAL_INSTALLMENT, principal, rate, months, on)
    assert abs(lines[-1].payment - lines[-2].payment) <= max(D("0.03"), abs(last[-1].payment - last[-2].payment))


@settings(max_examples=25)
@given(st.sampled_from([m for m in Method if m is not Method.FLAT_INTEREST]), st.integers(1, 24), DATES, st.data())
def test_what_a_loan_costs_is_near_its_rate(method: Method, rate: int, on: date, data: st.DataObject) -> None:
    """By months of thirty days, with interest every month, a loan costs its rate and no more."""
    plan = Plan(data.draw(plans(24)).groups, (6, 12))
    lines = schedule(method, 100_000, rate, 24, on, plan=plan, conventions=counted(DayCount.THIRTY_360))
    cost = annualised_cost_of(D(100_000), lines, on)
    if method is Method.BULLET:
        assert abs(cost.effective - ((1 + D(rate) * 2 / 100) ** D("0.5") - 1) * 100) < D("0.01")
    else:
        assert abs(cost.simple - rate) < D("0.02")
