"""Lists of the decision desks: as many queries for three rows as for one."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.loans.builders import Case, done
from tests.loans.lending import disbursed, disbursing, in_approval, submitted
from tests.postloan.conftest import BUSINESS
from tests.world import Phone

LISTS: dict[str, tuple[str, str, Callable[..., object]]] = {
    "/api/v1/loan-queues/review": ("reviewer", "SUBMITTED", submitted),
    "/api/v1/loan-queues/approval": ("approver", "IN_APPROVAL", in_approval),
    "/api/v1/loan-queues/disbursement": ("disbursement_officer", "DISBURSING", disbursing),
    "/api/v1/loan-accounts": ("manager", "DISBURSED", disbursed),
    "/api/v1/post-loan-checks": ("manager", "DISBURSED", disbursed),
}


def queries_of(phone: Phone, path: str, rows: int) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert len(done(phone.get(path))["results"]) == rows
    return len(seen)


@pytest.mark.parametrize("path", LISTS)
def test_a_longer_list_asks_no_more(path: str, case: Case, another_case: Callable[..., Case]) -> None:
    person, state, step = LISTS[path]
    phone = case.phone(getattr(case.bank, person))
    queries = []
    for rows, one in ((1, case), (2, another_case()), (3, another_case())):
        step(one, **BUSINESS)
        assert one.row.state == state
        one.run_jobs()
        phone.get(path)  # what is read once for a process is read
        queries.append(queries_of(phone, path, rows))
    assert queries[0] == queries[2]
    assert queries[0] <= 8
