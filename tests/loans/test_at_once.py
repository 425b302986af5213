"""Two people, or one with two phones, at the same moment: one effect."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.apps import apps
from django.db import connection

from aladdin import parameters
from loans.models import ApplicationTransition, LoanApplication
from tests.loans.builders import Case, customer_of, shelf
from tests.world import found_bank

# Naming the apps lets Django empty tables that others refer to.
pytestmark = pytest.mark.django_db(transaction=True, available_apps=[app.name for app in apps.get_app_configs()])


def together(*calls: Callable[[], int]) -> list[int]:
    """The status codes of calls that begin at once, each in a thread and connection of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        try:
            start.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(threads.map(run, calls))


@pytest.fixture
def case(transactional_db: None) -> Case:
    """Committed, so that other connections see it."""

    parameters.sow(parameters.shipped())
    bank = found_bank()
    shelf(bank)
    found = Case(bank, lambda: 0, customer_of(bank.rm)).draft()
    found.phone(bank.manager)
    return found


def test_two_acceptances_of_one_draft(case: Case) -> None:
    codes = together(*[lambda: case.post("accept").status_code] * 4)
    assert codes == [200, 409, 409, 409]
    assert ApplicationTransition.objects.filter(name="accept").count() == 1


def test_two_drafts_of_one_customer(case: Case) -> None:
    other = Case(case.bank, case.run_jobs, case.customer, phones=case.phones).draft()
    codes = together(*[lambda one=one: one.post("accept").status_code for one in (case, other)])
    assert codes == [200, 409]
    assert LoanApplication.objects.filter(state="ACCEPTED").count() == 1


def test_two_ways_out_at_once(case: Case) -> None:
    """The machine alone would let both win; the lock lets one."""
    codes = together(
        lambda: case.post("withdraw", {"reason": "客户撤回", "evidence": "书面申请"}).status_code,
        lambda: case.post("cancel", {"reason": "重复"}, by=case.bank.manager).status_code,
    )
    assert codes == [200, 409]
    assert ApplicationTransition.objects.exclude(name="create").count() == 1


def test_one_key_sent_twice_at_once(case: Case) -> None:
    codes = together(*[lambda: case.rm.post(f"{case.url}/accept", {}, key="same").status_code] * 2)
    assert codes[0] == 200
    assert codes[1] in {200, 409}
    assert ApplicationTransition.objects.filter(name="accept").count() == 1


def test_two_edits_of_one_version(case: Case) -> None:
    etag = case.rm.get(case.url)["ETag"]
    codes = together(
        *[
            lambda amount=amount: case.rm.patch(case.url, {"amount": amount}, etag=etag).status_code
            for amount in ("60000.00", "70000.00")
        ]
    )
    assert codes == [200, 412]
