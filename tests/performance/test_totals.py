"""What branches achieved: the parts of the tree add up to the whole, whoever moves or leaves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organization.models import Branch, Staff
from organization.people import leave
from organization.roles import Role
from performance import ledger, totals
from performance.metrics import METRICS
from performance.models import LedgerEntry
from performance.totals import Total
from tests.performance.builders import disburses, entry, on
from tests.world import Bank, hire

DAY = date(2026, 6, 10)


def rm_of(branch: Branch) -> Staff:
    return hire(branch, Staff.Position.RM, Role.RM)


def of_branches(within: Branch, period: str = "MONTH") -> list[tuple[str, Decimal, int]]:
    found = totals.branch_totals(within=within, metric="LOAN_DISBURSED", period=period, on=DAY)
    return [(total.name, total.value, total.entries) for total in found]


def test_every_metric_has_its_total(bank: Bank) -> None:
    disburses(bank.rm, "100.10", **on(2026, 6, 10))
    disburses(bank.stranger, 50, **on(2026, 6, 1))
    ledger.post([entry(bank.rm, 1, metric="NEW_CUSTOMERS", **on(2026, 6, 10))])
    today = totals.totals(within=bank.city, period="DAY", on=DAY)
    assert list(today) == list(METRICS)
    assert today["LOAN_DISBURSED"] == Total(Decimal("100.10"), 1)
    assert today["NEW_CUSTOMERS"] == Total(Decimal(1), 1)
    assert today["LOAN_COUNT"] == Total(Decimal(0), 0)
    assert totals.totals(within=bank.city, period="MONTH", on=DAY)["LOAN_DISBURSED"] == Total(Decimal("150.10"), 2)
    assert totals.totals(within=bank.west, period="MONTH", on=DAY)["LOAN_DISBURSED"] == Total(Decimal(50), 1)


def test_branches_stand_with_what_lies_below_them(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 6, 1))
    disburses(bank.stranger, 50, **on(2026, 6, 1))
    assert of_branches(bank.head) == [("廊坊分行", Decimal(150), 2)]
    assert of_branches(bank.city) == [("广阳支行", Decimal(100), 1), ("安次支行", Decimal(50), 1)]
    assert of_branches(bank.east) == [("广阳支行", Decimal(100), 1)]


def test_what_a_branch_was_credited_itself_stands_first(bank: Bank) -> None:
    disburses(rm_of(bank.city), 7, **on(2026, 6, 1))
    assert of_branches(bank.city) == [
        ("廊坊分行", Decimal(7), 1),
        ("广阳支行", Decimal(0), 0),
        ("安次支行", Decimal(0), 0),
    ]


def test_a_transfer_and_a_leave_move_nothing(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 6, 1))
    bank.rm.branch = bank.west
    bank.rm.save()
    leave(bank.rm, by=None)
    assert of_branches(bank.city) == [("广阳支行", Decimal(100), 1), ("安次支行", Decimal(0), 0)]


def test_an_unknown_period_is_a_fault(bank: Bank) -> None:
    with pytest.raises(ValueError, match="WEEK"):
        totals.totals(within=bank.city, period="WEEK", on=DAY)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-500, 500)), max_size=10))
def test_the_tree_adds_up(
    bank: Bank, rolled_back: Callable[[], AbstractContextManager[None]], credited: list[tuple[int, int]]
) -> None:
    with rolled_back():
        people = [bank.rm, bank.other_rm, bank.stranger, rm_of(bank.city), rm_of(bank.head)]
        ledger.post(entry(people[who], amount, **on(2026, 6, 2)) for who, amount in credited)
        whole = totals.totals(within=bank.head, period="MONTH", on=DAY)["LOAN_DISBURSED"]
        for branch in (bank.head, bank.city):
            parts = totals.branch_totals(within=branch, metric="LOAN_DISBURSED", period="MONTH", on=DAY)
            own = totals.totals(within=branch, period="MONTH", on=DAY)["LOAN_DISBURSED"]
            assert sum(part.value for part in parts) == own.value
            assert sum(part.entries for part in parts) == own.entries
        assert whole.value == sum(entry.amount for entry in LedgerEntry.objects.all())
