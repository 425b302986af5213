"""What may happen to a schedule on its way: another rate, a part paid early, all of it paid early."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.repayment import (
    CAN_SHORTEN,
    Agreement,
    Conventions,
    DayCount,
    Group,
    Method,
    Plan,
    Running,
    Way,
    prepay,
    still_to_come,
)

D = Decimal
MID_JANUARY = date(2026, 1, 15)
PLAN = Plan(groups=(Group(6, D(20)), Group(6, D(80))), payment_months=(4, 9))


def loan(
    method: Method = Method.EQUAL_INSTALLMENT,
    *,
    on: date,
    rate: str = "6",
    months: int = 12,
    amount: int = 100_000,
    conventions: Conventions | None = None,
) -> Running:
    """A loan of 15 January as it stands on a day, all that was due being paid."""
    agreement = Agreement(
        method=method, disbursed_on=MID_JANUARY, months=months, plan=PLAN, conventions=conventions or Conventions()
    )
    lines = still_to_come(agreement, agreement.schedule(amount, rate), on)
    flat_base = D(amount) if method is Method.FLAT_INTEREST else None
    return Running(agreement=agreement, lines=lines, rate=D(rate), flat_base=flat_base)


# --- Another rate --------------------------------------------------------------------------------
def test_a_new_rate_counts_from_its_day() -> None:
    """15 December to 15 January: 17 days at the old rate, 14 at the new one; then whole months."""
    running = loan(on=date(2027, 1, 1), months=24)
    before = running.balance
    repriced = running.repriced(D(3), date(2027, 1, 1))
    of_both = (before * 6 * 17 / 36_000).quantize(D("0.01")) + (before * 3 * 14 / 36_000).quantize(D("0.01"))
    assert repriced.lines[0].interest == of_both
    assert repriced.lines[1].interest == (repriced.lines[0].balance * 3 / 1_200).quantize(D("0.01"))
    assert [line.due_on for line in repriced.lines] == [line.due_on for line in running.lines]
    assert len({line.payment for line in repriced.lines[1:-1]}) == 1
    assert repriced.lines[1].payment < running.lines[1].payment


def test_a_new_rate_on_a_due_date_cuts_no_period() -> None:
    running = loan(Method.EQUAL_PRINCIPAL, on=date(2026, 7, 15))
    repriced = running.repriced(D(3), date(2026, 7, 15))
    assert [line.interest for line in running.lines[:2]] == [D("250.00"), D("208.33")]
    assert [line.interest for line in repriced.lines[:2]] == [D("125.00"), D("104.17")]
    assert repriced.carried == 0


def test_two_changes_within_one_period_are_counted_in_three_pieces() -> None:
    running = loan(Method.INTEREST_ONLY, on=date(2026, 2, 1), amount=360_000)
    twice = running.repriced(D(3), date(2026, 2, 1)).repriced(D(6), date(2026, 2, 11))
    assert twice.lines[0].interest == D("1020.00") + D("300.00") + D("240.00")  # 17, 10 and 4 days
    assert twice.lines[1].interest == running.lines[1].interest


def test_flat_interest_is_cut_by_the_share_of_time() -> None:
    running = loan(Method.FLAT_INTEREST, on=date(2026, 2, 1), rate="12", amount=31_000)
    assert running.lines[0].interest == D("310.00")
    repriced = running.repriced(D("1.2"), date(2026, 2, 1))  # 17 of 31 days
    assert repriced.lines[0].interest == D("170.00") + D("14.00")
    assert repriced.lines[1].interest == D("31.00")


# --- A part paid early ---------------------------------------------------------------------------
def test_lower_payments_over_the_same_term() -> None:
    running = loan(on=date(2026, 7, 25))
    assert running.balance == D("50748.10")
    paid = prepay(running, way=Way.LOWER, amount=D(20_000), on=date(2026, 7, 25), fee_percent=D(1))
    assert (paid.interest, paid.fee) == (D("84.58"), D("200.00"))  # 10 days of 50,748.10
    assert paid.total == D("20284.58")
    after = paid.after
    assert after is not None
    assert (len(after.lines), after.balance) == (6, D("30748.10"))
    assert after.lines[0].interest == D("107.62")  # 21 days of what is left
    assert len({line.payment for line in after.lines[1:-1]}) == 1
    assert after.lines[1].payment < running.lines[1].payment


def test_a_shorter_term_with_payments_no_higher() -> None:
    running = loan(on=date(2026, 7, 15))
    after = prepay(running, way=Way.SHORTEN, amount=D(20_000), on=date(2026, 7, 15)).after
    assert after is not None
    assert (len(after.lines), after.lines[-1].due_on) == (4, date(2026, 11, 15))
    assert max(line.payment for line in after.lines) <= running.lines[0].payment
    assert prepay(running, way=Way.SHORTEN, amount=D(20_000), on=date(2026, 7, 15)).interest == 0


def test_equal_principal_is_shortened_by_whole_payments() -> None:
    running = loan(Method.EQUAL_PRINCIPAL, on=date(2026, 7, 15))
    after = prepay(running, way=Way.SHORTEN, amount=D(20_000), on=date(2026, 7, 15)).after
    assert after is not None
    assert [line.number for line in after.lines] == [7, 8, 9, 10]
    assert sum(line.principal for line in after.lines) == running.balance - 20_000


def test_flat_interest_falls_with_what_was_paid_early() -> None:
    running = loan(Method.FLAT_INTEREST, on=date(2026, 7, 15), amount=12_000, rate="7.2")
    lower = prepay(running, way=Way.LOWER, amount=D(3_000), on=date(2026, 7, 15)).after
    shorter = prepay(running, way=Way.SHORTEN, amount=D(3_000), on=date(2026, 7, 15)).after
    assert lower is not None
    assert shorter is not None
    assert {(line.principal, line.interest) for line in lower.lines} == {(D("500.00"), D("36.00"))}
    assert {(line.principal, line.interest) for line in shorter.lines} == {(D("1000.00"), D("72.00"))}


def test_all_of_it_paid_early_is_balance_interest_and_fee() -> None:
    running = loan(on=date(2026, 7, 25))
    paid = prepay(running, way=Way.WHOLE, amount=D(0), on=date(2026, 7, 25), fee_percent=D(1))
    assert (paid.principal, paid.interest, paid.fee) == (D("50748.10"), D("84.58"), D("507.48"))
    assert paid.after is None


def test_a_stepped_plan_keeps_its_steps() -> None:
    running = loan(Method.STEPPED, on=date(2026, 4, 15))
    after = prepay(running, way=Way.LOWER, amount=D(45_000), on=date(2026, 4, 15)).after
    assert after is not None
    halves = [line.principal * 2 for line in after.lines]
    assert all(abs(half - line.principal) <= D("0.10") for half, line in zip(halves, running.lines, strict=True)) is (
        running.balance == 90_000
    )
    assert len({line.payment for line in after.lines[3:8]}) == 1


@pytest.mark.parametrize("amount", ["0", "-1", "50748.10", "60000"])
def test_a_part_is_more_than_nothing_and_less_than_all(amount: str) -> None:
    with pytest.raises(ValueError, match="a part"):
        prepay(loan(on=date(2026, 7, 25)), way=Way.LOWER, amount=D(amount), on=date(2026, 7, 25))


def test_interest_only_cannot_be_shortened() -> None:
    with pytest.raises(ValueError, match="shortened"):
        prepay(
            loan(Method.INTEREST_ONLY, on=date(2026, 7, 25)),
            way=Way.SHORTEN,
            amount=D(1_000),
            on=date(2026, 7, 25),
        )


# --- What holds for every change -----------------------------------------------------------------
CHANGE_DAYS = st.integers(0, 340).map(lambda days: MID_JANUARY + timedelta(days=days))
CONVENTIONS = st.builds(Conventions, day_count=st.sampled_from([None, *DayCount]))


@settings(max_examples=80)
@given(st.sampled_from(Method), CHANGE_DAYS, CONVENTIONS, st.integers(0, 24), st.integers(1, 99), st.booleans())
def test_what_is_left_is_repaid_exactly(
    method: Method, on: date, conventions: Conventions, rate: int, percent: int, shorten: bool
) -> None:
    running = loan(method, on=on, conventions=conventions).repriced(D(rate), on)
    amount = (running.balance * percent / 100).quantize(D("0.01"))
    way = Way.SHORTEN if shorten and method in CAN_SHORTEN else Way.LOWER
    after = prepay(running, way=way, amount=amount, on=on).after
    assert after is not None
    for changed, balance in ((running, running.balance), (after, running.balance - amount)):
        assert sum(line.principal for line in changed.lines) == balance
        assert all(line.principal >= 0 and line.interest >= 0 for line in changed.lines)
        assert [line.number for line in changed.lines] == [
            number for number, _ in enumerate(changed.lines, start=running.lines[0].number)
        ]
        assert all(line.due_on > on for line in changed.lines)


@settings(max_examples=40)
@given(st.sampled_from([m for m in Method if m is not Method.FLAT_INTEREST]), CHANGE_DAYS)
def test_the_same_rate_again_changes_a_day_of_interest_at_most(method: Method, on: date) -> None:
    """Where a whole month is cut it is counted by its days, which may be 31; all later payments stay."""
    running = loan(method, on=on)
    again = running.repriced(running.rate, on)
    day = running.balance * 6 / 36_000
    for one, other in zip(running.lines, again.lines, strict=True):
        assert abs(one.principal - other.principal) <= D("0.10")
        assert abs(one.interest - other.interest) <= 2 * day + D("0.02")


def test_a_loan_paid_early_in_two_halves_costs_the_interest_of_its_days() -> None:
    """Interest of days does not depend on how the money came back."""
    running = loan(Method.BULLET, on=date(2026, 3, 1), amount=360_000)
    half = prepay(running, way=Way.LOWER, amount=D(180_000), on=date(2026, 3, 1))
    assert half.interest == D("2700.00")  # 45 days of 360,000
    assert half.after is not None
    rest = prepay(half.after, way=Way.WHOLE, amount=D(0), on=date(2026, 3, 11))
    assert rest.interest == D("300.00")  # 10 days of 180,000
    assert replace(rest, interest=D(0)).total == D(180_000)
