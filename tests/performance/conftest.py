"""Fixtures of the performance tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection, transaction


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def rolled_back(db: None) -> Callable[[], AbstractContextManager[None]]:
    """`with rolled_back():` leaves the database as it was: one example of a property test."""
    return _rolled_back


@pytest.fixture
def no_jobs_left(transactional_db: None) -> Iterator[None]:
    """Jobs are no model's rows, so emptying the database after a committed test leaves them: take them away."""
    _drop_jobs()
    yield
    _drop_jobs()


def _drop_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
