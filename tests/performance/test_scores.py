"""The proof that scores equal the ledger: it stays green while all is well and turns red at any fault."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from aladdin import clock
from aladdin.audit import AuditEntry
from performance import jobs, scores
from performance.models import LedgerEntry, Score
from tests.performance.builders import disburses, on
from tests.world import Bank


@pytest.fixture
def posted(bank: Bank) -> Bank:
    """Three credits in two months and two years."""
    disburses(bank.rm, 100, **on(2026, 6, 1))
    disburses(bank.rm, 50, **on(2026, 6, 2))
    disburses(bank.other_rm, 70, **on(2025, 12, 31))
    return bank


def check_command(*arguments: str) -> str:
    said = StringIO()
    call_command("check_scores", *arguments, stdout=said)
    return said.getvalue()


def every_score() -> list[tuple[Any, ...]]:
    ordered = Score.objects.order_by("metric", "period", "period_start", "staff")
    return list(ordered.values_list("metric", "period", "period_start", "staff", "value", "entries", "last_changed_at"))


def plant(fault: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(fault)


FAULTS = {
    "value": "UPDATE performance_score SET value = value + 0.01 WHERE period = 'MONTH' AND period_start > '2026-01-01'",
    "entries": "UPDATE performance_score SET entries = 7 WHERE period = 'YEAR' AND period_start = '2026-01-01'",
    "moment": "UPDATE performance_score SET last_changed_at = now() WHERE period_start = '2026-06-02'",
    "missing": "DELETE FROM performance_score WHERE period = 'QUARTER' AND period_start = '2026-04-01'",
    "invented": """
        INSERT INTO performance_score (metric, period, period_start, staff_id, value, entries, last_changed_at)
        SELECT 'NEW_CUSTOMERS', period, period_start, staff_id, 1, 1, now() FROM performance_score
        WHERE period = 'YEAR' AND period_start = '2025-01-01'
    """,
}


def test_what_was_posted_is_proved(posted: Bank) -> None:
    assert check_command() == "every score equals the ledger\n"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_any_fault_is_found_and_put_right(posted: Bank, fault: str) -> None:
    untouched = every_score()
    plant(fault)
    with pytest.raises(CommandError, match="1 scores differ"):
        check_command()
    said = StringIO()
    call_command("rebuild_scores", stdout=said)
    assert said.getvalue() == "scores put right: 1\n"
    assert scores.check() == []
    assert every_score() == untouched


def test_a_difference_is_told_with_both_sides(posted: Bank) -> None:
    plant(FAULTS["value"])
    (difference,) = scores.check()
    assert str(difference) == (
        f"LOAN_DISBURSED MONTH 2026-06-01 {posted.rm.employee_no}: ledger 150.00 (2 entries, 2026-06-02 09:00:00), "
        "score 150.01 (2 entries, 2026-06-02 09:00:00)"
    )
    plant(FAULTS["missing"])
    assert "score nothing" in str(scores.check()[1])


def test_an_entry_that_slipped_past_the_scores_is_found(posted: Bank) -> None:
    slipped = LedgerEntry.objects.order_by("id").first()
    assert slipped is not None
    slipped.pk, slipped.source = None, "by hand"
    slipped.occurred_at += timedelta(hours=1)
    slipped.save(force_insert=True)
    assert {difference.period for difference in scores.check()} == {"DAY", "MONTH", "QUARTER", "YEAR"}


def test_one_year_can_be_asked_for(posted: Bank) -> None:
    plant(FAULTS["value"])
    assert check_command("--year", "2025") == "every score equals the ledger\n"
    with pytest.raises(CommandError):
        check_command("--year", "2026")


def test_the_nightly_proof_fails_loudly(posted: Bank) -> None:
    with clock.at(datetime(2026, 7, 1, tzinfo=clock.SHANGHAI)):
        jobs.check_scores()
        plant("UPDATE performance_score SET value = 1")
        with pytest.raises(jobs.ScoresDiffer):
            jobs.check_scores()
    assert AuditEntry.objects.get(action="performance.scores_differ").detail == {"count": 9}
