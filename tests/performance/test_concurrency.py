"""Many at once: each event counts once, no posting waits in a circle, no announcement is missed."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from performance import ledger, scores
from performance.ledger import Entry
from performance.models import LedgerEntry, Score
from performance.waking import ANNOUNCE
from tests.performance.builders import disburses, entry
from tests.world import Bank

# With the apps named, the flush afterwards reaches the tables that no model here owns.
pytestmark = [
    pytest.mark.django_db(transaction=True, available_apps=[app.name for app in apps.get_app_configs()]),
    pytest.mark.usefixtures("no_jobs_left"),
]


def together(works: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread and a connection of its own, all begun at the same moment; what each returned."""
    waiting = list(works)
    start = Barrier(len(waiting))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(run, waiting))


def test_the_same_event_sent_by_eight_counts_once(bank: Bank) -> None:
    credit = entry(bank.rm, 100)
    assert sorted(together([lambda: ledger.post([credit])] * 8)) == [0] * 7 + [1]
    assert Score.objects.get(period="MONTH").value == 100
    assert scores.check() == []


def test_overlapping_batches_in_any_order_end_right(bank: Bank) -> None:
    people = [bank.rm, bank.co_rm, bank.other_rm, bank.stranger]
    events = [entry(people[number % 4], number + 1) for number in range(400)]

    def batch(seed: int) -> list[Entry]:
        return Random(seed).sample(events, 300)

    batches = [batch(seed) for seed in range(6)]
    written = together([lambda batch=batch: ledger.post(batch) for batch in batches])  # type: ignore[misc]  # bound now
    sent = {posted.source: posted.amount for batch in batches for posted in batch}
    assert sum(written) == LedgerEntry.objects.count() == len(sent)
    total = sum(score.value for score in Score.objects.filter(period="YEAR"))
    assert total == sum(sent.values(), Decimal(0))
    assert scores.check() == []


def test_a_rebuild_among_postings_loses_nothing(bank: Bank) -> None:
    disburses(bank.rm, 5)
    Score.objects.filter(period="MONTH").update(value=999)
    posted = Event()

    def phone() -> None:
        with transaction.atomic():
            disburses(bank.rm, 1)
            posted.set()
            while not _someone_waits_for_a_lock():
                pass

    def rebuild() -> None:
        assert posted.wait(timeout=30)
        scores.rebuild()

    together([phone, rebuild])
    assert scores.check() == []
    assert Score.objects.get(period="MONTH").value == 6


def _someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def test_a_posting_does_not_wait_for_a_long_transaction_and_is_announced(bank: Bank) -> None:
    posted, may_commit = Event(), Event()

    def feed() -> None:
        with transaction.atomic():
            disburses(bank.rm, 1)
            posted.set()
            assert may_commit.wait(timeout=30)

    def phone() -> None:
        assert posted.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
        disburses(bank.stranger, 2)
        assert not ProcrastinateJob.objects.filter(task_name=ANNOUNCE).exists()
        may_commit.set()

    together([feed, phone])
    assert ProcrastinateJob.objects.filter(task_name=ANNOUNCE, status="todo").count() == 1


def test_a_posting_that_meets_a_waiting_announcement_asks_again_once_committed(bank: Bank) -> None:
    disburses(bank.rm, 1)
    with transaction.atomic():
        disburses(bank.rm, 2)
        # Another worker takes the waiting job before this commit, and cannot see this posting.
        take = "UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = %s"
        together([lambda: _execute(take, ANNOUNCE)])
    assert ProcrastinateJob.objects.filter(task_name=ANNOUNCE, status="todo").count() == 1


def _execute(sql: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
