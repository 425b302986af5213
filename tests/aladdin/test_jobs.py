"""Work that follows later belongs to the transaction that asks for it, in a worker as anywhere else."""

from collections.abc import Iterator
from typing import cast

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from aladdin.jobs import later, take_up_stalled
from tests.notifications.builders import COMMITTED

pytestmark = [COMMITTED, pytest.mark.usefixtures("worker", "no_jobs_left")]
TASK = "notifications.deliver"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """As in a worker's process, where the queue is read over connections of its own."""
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    with app.replace_connector(connector):
        connector.get_sync_connector().open()
        yield
        connector.get_sync_connector().close()


@pytest.fixture
def no_jobs_left(worker: None) -> Iterator[None]:
    """Jobs are no model's rows: the emptying afterwards leaves them."""
    yield
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def waiting() -> int:
    return int(ProcrastinateJob.objects.filter(task_name=TASK).count())


def test_what_a_broken_off_transaction_asked_for_is_not_done() -> None:
    with transaction.atomic():
        later(TASK, delivery_id="x")
        transaction.set_rollback(True)
    assert waiting() == 0


def test_what_was_asked_for_twice_waits_once() -> None:
    with transaction.atomic():
        assert [later(TASK, dedupe="x", delivery_id="x") for _ in range(2)] == [True, False]
    assert waiting() == 1


def test_work_whose_worker_was_killed_is_taken_up_again() -> None:
    with transaction.atomic():
        later(TASK, lock="robot/1", delivery_id="killed")
        later(TASK, delivery_id="alive")
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute'), (now()) RETURNING id"
        )
        dead, alive = (row[0] for row in cursor.fetchall())
        for who, worker in (("killed", dead), ("alive", alive)):
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE args ->> 'delivery_id' = %s",
                [worker, who],
            )
    assert take_up_stalled() == 1
    assert ProcrastinateJob.objects.get(status="todo").args == {"delivery_id": "killed"}
    assert ProcrastinateJob.objects.get(status="todo").lock == "robot/1"
    assert take_up_stalled() == 0


def test_work_whose_worker_is_no_longer_known_is_taken_up_again() -> None:
    later(TASK, delivery_id="x")
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    assert take_up_stalled() == 1
