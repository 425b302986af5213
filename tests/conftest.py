"""The world that tests share: a small bank, phones for its people, and a worker that runs what is due."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import hypothesis
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from pytest_django.plugin import blocking_manager_key

from aladdin import clock, parameters
from aladdin.parameters import Parameter
from loans import products
from loans.decision import scorecards
from loans.decision import shipped as decision_rules
from loans.models import ConsentText, ContractTemplate, DecisionRule, LoanProduct, LprQuote, Scorecard
from notifications import notice_texts
from organization.models import Branch, Staff
from tests.world import Bank, Phone, found_bank

pytest_plugins = ["tests.sandbox_server"]

# What a process keeps it would read again after a minute: a test that counts statements would see that now and then.
parameters.KEPT_SECONDS = notice_texts.KEPT_SECONDS = float("inf")

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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database stands with what the house ships and a small bank in it, so that no test enters them again."""
    with django_db_blocker.unblock():
        _sow()
        found_bank()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test that commits leaves the database empty: what stood there before it is entered again."""
    yield
    marked = item.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    if commits or (marked is not None and marked.kwargs.get("transaction")):
        with item.config.stash[blocking_manager_key].unblock():
            _sow()
            found_bank()
        forget_what_is_kept()


def _sow() -> None:
    if not Parameter.objects.exists():
        parameters.sow(parameters.shipped())
        decision_rules.seed()
        scorecards.seed()
        products.seed()


#: Whatever else stands in the test database hangs on these.
_OF_THE_HOUSE = (Branch, Parameter, DecisionRule, Scorecard, LoanProduct, LprQuote, ContractTemplate, ConsentText)

#: What processes keep of tables that seldom change, and how they forget it.
_KEPT = {"aladdin_parameter": parameters.forget, "notifications_noticetemplate": notice_texts.forget}


def forget_what_is_kept() -> None:
    """For what other threads wrote."""
    for forget in _KEPT.values():
        forget()


@pytest.fixture(autouse=True)
def _nothing_stale() -> Iterator[None]:
    """A test that changes what processes keep for a while is right at once, and nobody after it is wrong."""
    written: set[str] = set()

    def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        for table, forget in _KEPT.items():
            if table in str(sql) and not str(sql).startswith("SELECT"):
                written.add(table)
                forget()
        return done

    with connection.execute_wrapper(watch):
        yield
    for table in written:
        _KEPT[table]()


@pytest.fixture
def thresholds(db: None) -> None:
    """The thresholds, hard rules, scorecards and products that the house ships."""
    _sow()


@pytest.fixture
def empty_database(db: None) -> None:
    """Nothing that the house ships and no bank, for what brings its own."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in _OF_THE_HOUSE)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")
    forget_what_is_kept()


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
        waiting = ProcrastinateJob.objects.filter(status="todo").order_by("-priority", "id")
        job = next((each for each in waiting if _is_due(each)), None)
        if job is None:
            return ran
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.id])
        app.tasks[job.task_name].func(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.id])
        ran += 1


def _is_due(job: ProcrastinateJob) -> bool:
    """What was deferred under a set clock waits by that clock, whatever the day on which the test runs."""
    if job.scheduled_at is None:
        return True
    due = job.scheduled_at
    if (moment := job.args.get("_clock")) is not None:
        deferred = ProcrastinateEvent.objects.filter(job_id=job.id, type="deferred").values_list("at", flat=True).get()
        due = datetime.fromisoformat(moment) + (job.scheduled_at - deferred)
    return due <= clock.now()
