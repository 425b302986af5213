"""Posting: once per source, exact to the fen, never changed; taking back; the scores that follow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.problems import Conflict, Problem
from organization.models import Staff
from performance import ledger, scores
from performance.ledger import Entry, LedgerFault
from performance.models import LedgerEntry, Score
from tests.performance.builders import disburses, entry, on
from tests.world import Bank


def score_of(staff: Staff, period: str, first: date, metric: str = "LOAN_DISBURSED") -> Decimal | None:
    return (
        Score.objects.filter(staff=staff, metric=metric, period=period, period_start=first)
        .values_list("value", flat=True)
        .first()
    )


def test_an_entry_raises_day_month_quarter_and_year(bank: Bank) -> None:
    disburses(bank.rm, "150000.50", **on(2026, 5, 20))
    disburses(bank.rm, "50000", **on(2026, 6, 1))
    assert score_of(bank.rm, "DAY", date(2026, 5, 20)) == Decimal("150000.50")
    assert score_of(bank.rm, "DAY", date(2026, 6, 1)) == 50000
    assert score_of(bank.rm, "MONTH", date(2026, 5, 1)) == Decimal("150000.50")
    assert score_of(bank.rm, "MONTH", date(2026, 6, 1)) == 50000
    assert score_of(bank.rm, "QUARTER", date(2026, 4, 1)) == Decimal("200000.50")
    assert score_of(bank.rm, "YEAR", date(2026, 1, 1)) == Decimal("200000.50")


def test_metrics_are_scored_apart(bank: Bank) -> None:
    when = on(2026, 6, 1)
    written = ledger.post(
        [
            entry(bank.rm, 80000, source="loan:1", **when),
            entry(bank.rm, 1, source="loan:1", metric="LOAN_COUNT", **when),
            entry(bank.rm, "-300.25", metric="DEPOSIT_NET_INCREASE", **when),
            entry(bank.rm, 1, metric="NEW_CUSTOMERS", **when),
        ]
    )
    month = date(2026, 6, 1)
    assert written == 4
    assert {score.metric: score.value for score in Score.objects.filter(period="MONTH", period_start=month)} == {
        "LOAN_DISBURSED": Decimal(80000),
        "LOAN_COUNT": Decimal(1),
        "DEPOSIT_NET_INCREASE": Decimal("-300.25"),
        "NEW_CUSTOMERS": Decimal(1),
    }


def test_a_source_credits_a_person_once(bank: Bank) -> None:
    credit = entry(bank.rm, 100, **on(2026, 6, 1))
    assert ledger.post([credit, credit]) == 1
    assert ledger.post([credit, entry(bank.other_rm, 5, **on(2026, 6, 1))]) == 1
    assert score_of(bank.rm, "MONTH", date(2026, 6, 1)) == 100


def test_shares_of_one_event_add_up_to_it(bank: Bank) -> None:
    half = Decimal("0.5")
    credit = entry(bank.rm, "100.01", share=half, **on(2026, 6, 1))
    assert ledger.post([credit, replace(credit, staff_id=bank.co_rm.pk)]) == 2
    amounts = sorted(LedgerEntry.objects.values_list("amount", flat=True))
    assert amounts == [Decimal("50.00"), Decimal("50.01")]


def test_the_branch_is_that_of_the_day(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 6, 1))
    bank.rm.branch = bank.west
    bank.rm.save()
    disburses(bank.rm, 200, **on(2026, 6, 2))
    branches = LedgerEntry.objects.order_by("business_date").values_list("branch__name", flat=True)
    assert list(branches) == ["广阳支行", "安次支行"]


@pytest.mark.parametrize(
    "fault",
    [
        {"metric": "LUCK"},
        {"share": Decimal(0)},
        {"share": Decimal("1.1")},
        {"source": ""},
        {"source": "x" * 101},
        {"business_date": clock.now()},
        {"occurred_at": datetime(2026, 6, 1)},  # noqa: DTZ001  the fault that is meant
    ],
)
def test_a_faulty_entry_cannot_be_made(bank: Bank, fault: dict[str, object]) -> None:
    with pytest.raises(LedgerFault):
        entry(bank.rm, 100, **fault)


def test_shares_beyond_one_are_a_fault(bank: Bank) -> None:
    credit = entry(bank.rm, 100, share=Decimal("0.6"))
    with pytest.raises(LedgerFault, match="exceed one"):
        ledger.post([credit, replace(credit, staff_id=bank.co_rm.pk)])
    with pytest.raises(LedgerFault, match="one amount"):
        ledger.post([credit, replace(credit, staff_id=bank.co_rm.pk, amount=Decimal(99))])
    assert not LedgerEntry.objects.exists()


def test_nobody_unknown_is_credited(bank: Bank) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.post([replace(entry(bank.rm, 100), staff_id=uuid4())])
    assert not Score.objects.exists()


# --- The database keeps the promise ------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    ["UPDATE performance_ledgerentry SET amount = 1", "DELETE FROM performance_ledgerentry"],
)
@pytest.mark.parametrize("table", ["performance_ledgerentry", "performance_ledgerentry_default"])
def test_the_database_refuses_to_change_the_ledger(bank: Bank, change: str, table: str) -> None:
    disburses(bank.rm, 100, **on(1999, 12, 31))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.replace("performance_ledgerentry", table))
    assert LedgerEntry.objects.get().amount == 100


def test_the_database_refuses_a_second_credit_of_a_source(bank: Bank) -> None:
    disburses(bank.rm, 100, source="loan:7", **on(2026, 6, 1))
    posted = LedgerEntry.objects.get()
    posted.pk = None
    with pytest.raises(IntegrityError, match=r"\(source, metric, staff_id, business_date\)"), transaction.atomic():
        posted.save(force_insert=True)


def test_the_database_refuses_a_reversal_without_a_reason(bank: Bank) -> None:
    disburses(bank.rm, 100)
    posted = LedgerEntry.objects.get()
    posted.pk, posted.source, posted.reversal_of = None, "elsewhere", 1
    with pytest.raises(IntegrityError, match="ledger_reversal_has_a_reason"), transaction.atomic():
        posted.save(force_insert=True)


# --- Taking back -------------------------------------------------------------------------------------
def test_a_reversal_restores_every_score(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 6, 1))
    before = {(score.period, score.period_start): score.value for score in Score.objects.all()}
    half = entry(bank.rm, "33.33", share=Decimal("0.5"), **on(2026, 6, 1))
    ledger.post([half])
    reversal = ledger.reverse(LedgerEntry.objects.get(source=half.source), reason="放款冲正", by=bank.manager)
    assert (reversal.amount, reversal.share, reversal.reason) == (Decimal("-16.67"), Decimal("0.5"), "放款冲正")
    assert {(score.period, score.period_start): score.value for score in Score.objects.all()} == before
    assert AuditEntry.objects.filter(action="performance.reverse", by=bank.manager).count() == 1


def test_a_reversal_stays_in_the_branch_and_on_the_day_of_its_entry(bank: Bank) -> None:
    disburses(bank.rm, 100, **on(2026, 5, 31))
    bank.rm.branch = bank.west
    bank.rm.save()
    with clock.at(on(2026, 6, 3)["occurred_at"]):
        reversal = ledger.reverse(LedgerEntry.objects.get(), reason="误记", by=None)
    assert (reversal.branch_id, reversal.business_date) == (bank.east.pk, date(2026, 5, 31))
    assert score_of(bank.rm, "MONTH", date(2026, 5, 1)) == 0
    assert score_of(bank.rm, "MONTH", date(2026, 6, 1)) is None


def test_an_entry_is_reversed_once(bank: Bank) -> None:
    disburses(bank.rm, 100)
    posted = LedgerEntry.objects.get()
    reversal = ledger.reverse(posted, reason="误记", by=bank.manager)
    with pytest.raises(Conflict) as refused:
        ledger.reverse(posted, reason="误记", by=bank.manager)
    assert refused.value.code == "entry_already_reversed"
    with pytest.raises(Conflict) as refused:
        ledger.reverse(reversal, reason="误记", by=bank.manager)
    assert refused.value.code == "entry_is_reversal"
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "   ", "长" * 201])
def test_a_reversal_needs_a_reason(bank: Bank, reason: str) -> None:
    disburses(bank.rm, 100)
    with pytest.raises(Problem) as refused:
        ledger.reverse(LedgerEntry.objects.get(), reason=reason, by=bank.manager)
    problem = refused.value
    assert (problem.code, problem.status, list(problem.errors)) == ("reason_required", 400, ["reason"])


# --- Any order, any repetition -----------------------------------------------------------------------
@st.composite
def postings(draw: st.DrawFn) -> list[list[tuple[int, int, int, int]]]:
    """Batches of (source, who, amount, day) in any order and with repetitions."""
    events = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(-10_000, 10_000), st.integers(1, 28)), min_size=1, max_size=12
        )
    )
    numbered = [(number, *event) for number, event in enumerate(events)]
    again = draw(st.lists(st.sampled_from(numbered), max_size=6))
    shuffled = draw(st.permutations(numbered + again))
    cut = draw(st.integers(0, len(shuffled)))
    return [shuffled[:cut], shuffled[cut:]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(postings())
def test_any_order_and_repetition_gives_the_same_scores(
    bank: Bank, rolled_back: Callable[[], AbstractContextManager[None]], batches: list[list[tuple[int, int, int, int]]]
) -> None:
    people = [bank.rm, bank.other_rm, bank.stranger]
    with rolled_back():
        for batch in batches:
            ledger.post(_entry_of(people, *event) for event in batch)
        expected = dict.fromkeys({who for batch in batches for _, who, _, _ in batch}, 0)
        for _, who, amount, _ in {event for batch in batches for event in batch}:
            expected[who] += amount
        found = {who: score_of(people[who], "MONTH", date(2026, 6, 1)) for who in expected}
        assert found == {who: Decimal(cents) / 100 for who, cents in expected.items()}
        assert scores.check() == []


def _entry_of(people: list[Staff], number: int, who: int, fen: int, day: int) -> Entry:
    return entry(people[who], str(Decimal(fen) / 100), source=f"event:{number}", **on(2026, 6, day))
