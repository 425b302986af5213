"""Work that follows later: rows in the same database, written in the same transaction (Procrastinate).

A room names its jobs `<room>.<verb>` in its `jobs.py`; `later` defers by that name, so that a lower floor may
wake a higher one without importing it. A job may run twice: each is written so that this does no harm.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from hashlib import sha256
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from procrastinate import RetryStrategy, utils
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

from aladdin import clock

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_CLOCK = "_clock"
# A worker's app speaks to the database over connections of its own: a job deferred over those would be seen before,
# and even without, the commit of what asked for it.
_in_transaction = JobManager(DjangoConnector())


def job(
    name: str, *, tries: int = 8, queue: str = "default", every: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function the job `name`. It is tried `tries` times, waiting 2, 4, 8 … seconds between.

    `every` (cron, Asia/Shanghai is UTC+8: the pattern is in UTC) makes it periodic, on the scheduler's queue."""

    def named(work: Callable[P, R]) -> Callable[P, R]:
        @wraps(work)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            moment = kwargs.pop(_CLOCK, None)
            kwargs.pop("timestamp", None)
            if moment is None:
                return work(*args, **kwargs)
            with clock.at(datetime.fromisoformat(str(moment))):
                return work(*args, **kwargs)

        strategy = RetryStrategy(max_attempts=tries, exponential_wait=2)
        task = app.task(name=name, queue="scheduler" if every else queue, retry=strategy, pass_context=False)(run)
        if every:
            app.periodic(cron=every)(task)  # type: ignore[arg-type]  # `run` takes the timestamp away
        return work

    return named


def later(
    name: str,
    *,
    wait: timedelta | None = None,
    lock: str | None = None,
    dedupe: str | None = None,
    priority: int = 0,
    **arguments: Any,
) -> bool:
    """Defer the job `name` in the current transaction; False where a waiting one with the same `dedupe` stands in.

    `lock`: jobs with one lock run one after the other. Work deferred under a set clock runs under it."""
    if (moment := clock.set_moment()) is not None:
        arguments[_CLOCK] = moment.isoformat()
    options: dict[str, Any] = {"priority": priority}
    if wait is not None:
        options["schedule_in"] = {"seconds": wait.total_seconds()}
    if lock:
        options["lock"] = lock
    if dedupe:
        options["queueing_lock"] = dedupe
    deferrer = app.configure_task(name, allow_unknown=False, **options)
    deferrer.job_manager = _in_transaction
    try:
        # Only a key that is taken fails to be written, and only then there is something to go back to.
        with transaction.atomic(savepoint=bool(dedupe)):
            deferrer.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


#: Asked before inserting: a failed insert costs a savepoint and its rollback at every write of a busy day.
_MAY_DEFER = """
SELECT pg_try_advisory_xact_lock(%s)
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')
"""


def wake(name: str, *, key: str, **arguments: Any) -> None:
    """See to it that the job `name` runs after the current transaction: one waiting job per `key`, none missed,
    nobody kept waiting.

    The job's key is unique while it waits, and two traps lie there. A write that meets a waiting job could see it
    run before its own commit: so it asks again once committed. And the key's row, written in a long transaction (a
    feed), would hold up every other write until that commits: so only who gets the key's turn writes it; whoever
    does not can rely on the holder, whose job runs after both, or who asks again at his own commit. A crash between
    commit and asking again loses the wake-up alone: for what must not be missed use `later`."""
    if not _defer_once(name, key, arguments):
        transaction.on_commit(partial(_defer_once, name, key, arguments))


def _defer_once(name: str, key: str, arguments: dict[str, Any]) -> bool:
    """Whether a job of our own now waits."""
    number = int.from_bytes(sha256(key.encode()).digest()[:8], "big", signed=True)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_MAY_DEFER, [number, key])
        (may_defer,) = cursor.fetchone()
        return bool(may_defer) and later(name, dedupe=key, **arguments)


# --- Work whose worker died -----------------------------------------------------------------------
_STALLED = """
SELECT job.id, job.task_name, job.priority, job.queue_name, job.lock
FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - interval '30 seconds')
FOR UPDATE OF job SKIP LOCKED
"""


@job("aladdin.take_up_stalled", every="* * * * * */20", tries=1)
@transaction.atomic
def take_up_stalled() -> int:
    """Put work back in the queue whose worker was killed over it: jobs may run twice, none is lost. How many."""
    with connection.cursor() as cursor:
        cursor.execute(_STALLED)
        stalled = cursor.fetchall()
    for number, task, priority, queue, lock in stalled:
        logger.warning("job %s (%s) lost its worker and is taken up again", number, task)
        _in_transaction.retry_job_by_id(number, utils.utcnow(), priority, queue, lock)
    return len(stalled)
