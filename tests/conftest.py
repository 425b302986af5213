"""The world that tests share: a small bank, phones for its people, and a worker that runs what is due."""

from collections.abc import Callable

import hypothesis
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from aladdin import clock, parameters
from loans.decision import scorecards
from loans.decision import shipped as decision_rules
from organization.models import Staff
from tests.world import Bank, Phone, found_bank

pytest_plugins = ["tests.sandbox_server"]

# A busy machine breaks no rule: properties have no clock.
hypothesis.settings.register_profile("bank", deadline=None)
hypothesis.settings.load_profile("bank")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`bin/test --walks 50 tests/loans/test_crowd.py`: fifty times as many random walks as in a daily run."""
    parser.addoption("--walks", type=int, default=1, help="how many times as many random walks as usual")


@pytest.fixture
def walks(request: pytest.FixtureRequest) -> int:
    """By how much random walks are multiplied."""
    return int(request.config.getoption("--walks"))


@pytest.fixture
def thresholds(db: None) -> None:
    """The thresholds, hard rules and scorecards that the house ships."""
    parameters.sow(parameters.shipped())
    decision_rules.seed()
    scorecards.seed()


@pytest.fixture
def bank(thresholds: None) -> Bank:
    """Head office, one branch, two sub-branches, a person for each role."""
    return found_bank()


@pytest.fixture
def phone() -> Callable[[Staff | None], Phone]:
    """`phone(staff)`: that person's signed-in phone; `phone()` is nobody's."""
    return Phone


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """`run_jobs()`: run every job that is due, in the test's own connection, and those that they defer.

    Returns how many ran; a job that fails raises here."""
    return run_due_jobs


def run_due_jobs() -> int:
    """Take up waiting jobs in order of id until none is due."""
    ran = 0
    while True:
        job = (
            ProcrastinateJob.objects.filter(status="todo")
            .exclude(scheduled_at__gt=clock.now())
            .order_by("-priority", "id")
            .first()
        )
        if job is None:
            return ran
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.id])
        app.tasks[job.task_name].func(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.id])
        ran += 1
