"""Waking the announcer after a posting: one waiting job per metric, none missed, nobody kept waiting.

The job's key is unique while it waits, and two traps lie there. A posting that meets a waiting job could see it
run before its own commit: so it asks again once committed. And the key's row, written in a long transaction (a
feed), would hold up every other posting until that commits: so only who gets the metric's turn writes it; whoever
does not can rely on the holder, whose job runs after both, or who asks again at his own commit.
"""

from functools import partial
from hashlib import sha256

from django.db import connection, transaction

from aladdin.jobs import later

ANNOUNCE = "performance.announce_ranking"

#: Asked before inserting: a failed insert costs a savepoint and its rollback at every posting of a busy day.
_MAY_DEFER = """
SELECT pg_try_advisory_xact_lock(%s)
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')
"""


def wake_announcer(metric: str) -> None:
    """See to it that the month's ranking of this metric is announced after the current transaction."""
    if not _defer(metric):
        transaction.on_commit(partial(_defer, metric))


def _defer(metric: str) -> bool:
    """Whether a job of our own now waits; a lost one would be made up by the sweep every few minutes."""
    key = f"{ANNOUNCE}|{metric}"
    number = int.from_bytes(sha256(key.encode()).digest()[:8], "big", signed=True)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_MAY_DEFER, [number, key])
        (may_defer,) = cursor.fetchone()
        return bool(may_defer) and later(ANNOUNCE, dedupe=key, metric=metric)
