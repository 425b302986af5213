"""Which instalment a repayment pays, and what lateness costs: one rule, told from the beginning each time."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loans.repayment import Due, Item, LateTerms, Position, Received, match

D = Decimal
FIRST, SECOND, THIRD = date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)
LINES = [
    Due(number=1, due_on=FIRST, principal=D("8334.00"), interest=D("500.00")),
    Due(number=2, due_on=SECOND, principal=D("8334.00"), interest=D("458.33")),
    Due(number=3, due_on=THIRD, principal=D("8332.00"), interest=D("416.66")),
]
TERMS = LateTerms(rates=((date(2026, 1, 15), D(6)),), matures_on=THIRD, overdue_surcharge=D(50))


def terms(**said: object) -> LateTerms:
    return LateTerms(**({"rates": TERMS.rates, "matures_on": THIRD, "overdue_surcharge": D(50)} | said))  # type: ignore[arg-type]


def paid(amount: str, on: date, reference: str = "r1", **said: object) -> Received:
    return Received(reference=reference, on=on, amount=D(amount), **said)  # type: ignore[arg-type]


def spread(position: Position) -> list[tuple[str, int, str, str]]:
    return [(each.reference, each.number, each.item.value, str(each.amount)) for each in position.allocations]


# --- What is paid --------------------------------------------------------------------------------
def test_paid_on_the_day_nothing_is_overdue() -> None:
    position = match(LINES, [paid("8834.00", FIRST)], TERMS, FIRST + timedelta(days=5))
    assert spread(position) == [("r1", 1, "INTEREST", "500.00"), ("r1", 1, "PRINCIPAL", "8334.00")]
    assert (position.lines[0].paid_on, position.due_now) == (FIRST, D(0))
    assert not position.overdue
    assert position.balance == D("16666.00")


def test_part_of_it_pays_interest_before_principal() -> None:
    position = match(LINES, [paid("600.00", FIRST)], TERMS, FIRST)
    assert spread(position) == [("r1", 1, "INTEREST", "500.00"), ("r1", 1, "PRINCIPAL", "100.00")]
    assert position.lines[0].paid_on is None
    assert position.due_now == D("8234.00")


def test_more_than_is_due_pays_the_coming_instalment_early() -> None:
    position = match(LINES, [paid("9334.00", FIRST)], TERMS, FIRST)
    assert spread(position)[2:] == [("r1", 2, "INTEREST", "458.33"), ("r1", 2, "PRINCIPAL", "41.67")]
    assert match(LINES, [paid("99999.00", FIRST)], TERMS, FIRST).surplus == D("99999.00") - D("26374.99")


def test_the_oldest_instalment_comes_first_with_all_that_it_costs() -> None:
    late = SECOND + timedelta(days=10)
    position = match(LINES, [paid("9000.00", late)], TERMS, late)
    assert [each[1:3] for each in spread(position)] == [
        *((1, item) for item in ("COMPOUND", "PENALTY", "INTEREST", "PRINCIPAL")),
        *((2, item) for item in ("COMPOUND", "PENALTY", "INTEREST")),
    ]
    assert position.overdue_days == 10  # the second is still owed


def test_fees_come_before_all_else() -> None:
    fees = [(FIRST, D("50.00"))]
    position = match(LINES, [paid("60.00", FIRST)], TERMS, FIRST, fees=fees)
    assert spread(position) == [("r1", 0, "FEE", "50.00"), ("r1", 1, "INTEREST", "10.00")]


def test_a_reversed_repayment_never_was() -> None:
    late = FIRST + timedelta(days=30)
    kept = match(LINES, [], TERMS, late)
    reversed_ = match(LINES, [paid("8834.00", FIRST, is_reversed=True)], TERMS, late)
    assert reversed_ == kept
    assert reversed_.overdue_days == 30


def test_the_core_banking_systems_own_split_counts() -> None:
    parts = {Item.PRINCIPAL: D("8334.00"), Item.INTEREST: D("300.00")}
    position = match(LINES, [paid("8634.00", FIRST, parts=parts)], TERMS, FIRST)
    assert (position.lines[0].principal_left, position.lines[0].interest_left) == (D(0), D("200.00"))


def test_what_the_core_takes_for_a_cost_that_we_do_not_see_is_surplus() -> None:
    position = match(LINES, [paid("10.00", FIRST, parts={Item.PENALTY: D("10.00")})], TERMS, FIRST)
    assert (position.surplus, position.allocations) == (D("10.00"), ())


def test_of_a_non_performing_loan_principal_may_come_first() -> None:
    late = SECOND + timedelta(days=60)
    position = match(LINES, [paid("17000.00", late, principal_first=True)], TERMS, late)
    assert [each[1:3] for each in spread(position)][:2] == [(1, "PRINCIPAL"), (2, "PRINCIPAL")]
    assert spread(position)[2][1:] == (3, "PRINCIPAL", "332.00")


# --- What lateness costs -------------------------------------------------------------------------
def test_the_worked_example_of_penalty_and_compound_interest() -> None:
    """Domain 2.3: 8,334.00 overdue for ten days at 9 %; 500.00 of interest at 9 % where the term is over."""
    ten_days_late = FIRST + timedelta(days=10)
    after_the_end = match(LINES[:1], [], terms(matures_on=FIRST), ten_days_late)
    assert (after_the_end.penalty, after_the_end.compound) == (D("20.84"), D("1.25"))
    within_the_term = match(LINES[:1], [], TERMS, ten_days_late)
    assert (within_the_term.penalty, within_the_term.compound) == (D("20.84"), D("0.83"))  # 500.00 at 6 %


def test_compound_interest_changes_its_rate_at_maturity() -> None:
    ten_before = match(LINES[:1], [], terms(matures_on=FIRST + timedelta(days=10)), FIRST + timedelta(days=20))
    assert ten_before.compound == D("2.08")  # 0.8333 and 1.25


def test_within_the_days_of_grace_lateness_costs_nothing() -> None:
    rule = terms(grace_days=3)
    in_grace = match(LINES[:1], [], rule, FIRST + timedelta(days=3))
    assert (in_grace.penalty, in_grace.compound, in_grace.overdue_days) == (D(0), D(0), 3)
    paid_in_grace = match(LINES[:1], [paid("8834.00", FIRST + timedelta(days=3))], rule, FIRST + timedelta(days=90))
    assert (paid_in_grace.penalty, paid_in_grace.due_now) == (D(0), D(0))


def test_after_the_days_of_grace_it_costs_from_the_due_date_on() -> None:
    after = FIRST + timedelta(days=10)
    assert match(LINES[:1], [], terms(grace_days=3), after).penalty == match(LINES[:1], [], TERMS, after).penalty


def test_overdue_and_misused_costs_the_higher_alone() -> None:
    ten_days_late = FIRST + timedelta(days=10)
    rule = terms(misuse_surcharge=D(100), misused_from=FIRST)
    assert match(LINES[:1], [], rule, ten_days_late).penalty == D("27.78")  # 12 % and not 15 %


def test_misuse_costs_its_surcharge_on_what_is_not_yet_due() -> None:
    rule = terms(misuse_surcharge=D(100), misused_from=FIRST)
    position = match(LINES, [paid("8834.00", FIRST)], rule, FIRST + timedelta(days=10))
    assert position.misuse == D("27.78")  # 16,666.00 for ten days at 6 % on top


def test_a_new_rate_counts_from_its_day_for_lateness_too() -> None:
    rule = terms(rates=((date(2026, 1, 15), D(6)), (FIRST + timedelta(days=5), D(3))))
    assert match(LINES[:1], [], rule, FIRST + timedelta(days=10)).penalty == D("15.63")


def test_a_late_payment_stops_the_clock_on_what_it_pays() -> None:
    position = match(LINES[:1], [paid("8000.00", FIRST + timedelta(days=10))], TERMS, FIRST + timedelta(days=20))
    owed = D("8834.00") + D("20.84") + D("0.83") - D("8000.00")
    assert position.overdue_principal == owed
    assert position.penalty == D("2.13")  # ten more days of 855.67: 22.974 in all, of which 20.84 is paid


# --- What holds for every history ----------------------------------------------------------------


def histories(principal_first: st.SearchStrategy[bool]) -> st.SearchStrategy[list[Received]]:
    one = st.builds(
        lambda number, days, fens, gone, first: Received(
            reference=f"r{number}",
            on=FIRST + timedelta(days=days),
            amount=D(fens) / 100,
            is_reversed=gone,
            principal_first=first,
        ),
        st.integers(0, 999),
        st.integers(-20, 200),
        st.integers(1, 2_000_000),
        st.booleans(),
        principal_first,
    )
    return st.lists(one, max_size=6)


HISTORIES = histories(st.booleans())
RULES = st.builds(
    terms,
    grace_days=st.integers(0, 5),
    misuse_surcharge=st.sampled_from([D(0), D(100)]),
    misused_from=st.none() | st.just(SECOND),
)


@settings(max_examples=80)
@given(HISTORIES, RULES, st.integers(0, 250))
def test_every_fen_is_accounted_for(history: list[Received], rule: LateTerms, days: int) -> None:
    on = FIRST + timedelta(days=days)
    position = match(LINES, history, rule, on)
    came = sum(each.amount for each in history if not each.is_reversed and each.on <= on)
    assert sum(each.amount for each in position.allocations) + position.surplus == came
    assert all(each.amount > 0 for each in position.allocations)
    for line in position.lines:
        assert 0 <= line.principal_paid <= line.due.principal
        assert 0 <= line.interest_paid <= line.due.interest
        assert line.penalty.owed >= 0
        assert line.compound.owed >= 0
        assert line.is_paid == (line.paid_on is not None)
    assert position.balance == sum(line.due.principal - line.principal_paid for line in position.lines)


@settings(max_examples=60)
@given(HISTORIES, RULES, st.integers(0, 250))
def test_no_surplus_while_something_is_owed(history: list[Received], rule: LateTerms, days: int) -> None:
    position = match(LINES, history, rule, FIRST + timedelta(days=days))
    if position.surplus:
        assert position.balance == 0


@settings(max_examples=60)
@given(histories(st.just(False)), st.integers(0, 250))
def test_younger_instalments_never_overtake_older_ones(history: list[Received], days: int) -> None:
    lines = match(LINES, history, TERMS, FIRST + timedelta(days=days)).lines
    paid_whole = [line.is_paid for line in lines]
    assert paid_whole == sorted(paid_whole, reverse=True)


@settings(max_examples=60)
@given(HISTORIES, RULES, st.integers(0, 200), st.integers(0, 50))
def test_the_day_on_which_it_is_asked_changes_no_history(
    history: list[Received], rule: LateTerms, days: int, more: int
) -> None:
    """A nightly job that asks every day finds what one that asks once finds."""
    on = FIRST + timedelta(days=days)
    early = match(LINES, history, rule, on)
    late = match(LINES, [each for each in history if each.on <= on], rule, on + timedelta(days=more))
    assert late.allocations == early.allocations
    assert late.penalty >= early.penalty
    assert late.overdue_days == 0 or late.overdue_days >= early.overdue_days


@pytest.mark.parametrize("days", [0, 1, 10, 100])
def test_a_reversal_leaves_the_others_as_if_alone(days: int) -> None:
    on = FIRST + timedelta(days=days)
    kept = [paid("1000.00", FIRST, "a"), paid("2000.00", FIRST + timedelta(days=1), "c")]
    with_reversed = [kept[0], paid("500.00", FIRST, "b", is_reversed=True), kept[1]]
    assert match(LINES, with_reversed, TERMS, on) == match(LINES, kept, TERMS, on)
