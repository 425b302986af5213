"""Waking the announcer after a posting: one waiting job per metric, none missed, nobody kept waiting.

The job's key is unique while it waits, and two traps lie there. A posting that meets a waiting job could see it
run before its own commit: so it defers again once committed. And the key's row, written in a long transaction
(a feed), would hold up every other posting until that commits: so only who gets the metric's turn writes it;
whoever does not can rely on the holder, whose job runs after both, or defers again at its own commit.
"""

from functools import partial
from hashlib import sha256

from django.db import connection, transaction

from aladdin.jobs import later

ANNOUNCE = "performance.announce_ranking"


def wake_announcer(metric: str) -> None:
    """See to it that the month's ranking of this metric is announced after the current transaction."""
    if not _defer(metric):
        transaction.on_commit(partial(_defer, metric))


def _defer(metric: str) -> bool:
    """Whether a job of our own now waits; a lost one would be made up by the sweep every few minutes."""
    with transaction.atomic():
        return _has_turn(metric) and later(ANNOUNCE, dedupe=f"{ANNOUNCE}|{metric}", metric=metric)


def _has_turn(metric: str) -> bool:
    number = int.from_bytes(sha256(f"{ANNOUNCE}|{metric}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
