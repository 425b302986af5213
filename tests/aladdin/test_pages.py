"""Pages of the API: the whole list, each row once, in order, whatever comes and goes meanwhile."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aladdin import clock
from loans import products
from organization.models import Staff
from organization.roles import Role
from postloan import plan
from postloan.models import PostLoanCheck
from tests.console.builders import customer, loan
from tests.loans.builders import refused
from tests.security.routes import calls
from tests.world import Bank, Phone, hire

CUSTOMERS = "/api/v1/customers"
LOANS = "/api/v1/loan-accounts"
CHECKS = "/api/v1/post-loan-checks"

Page = dict[str, Any]


def pages(phone: Phone, path: str, *, limit: int, **filters: object) -> Iterator[Page]:
    """Page after page, as a phone follows the links."""
    page = phone.get(path, {"limit": str(limit)} | {name: str(value) for name, value in filters.items()}).json()
    while True:
        yield page
        if page["next"] is None:
            return
        page = phone.get(page["next"]).json()


def ids(page: Page) -> list[str]:
    return [row["id"] for row in page["results"]]


def walked(phone: Phone, path: str, *, limit: int, **filters: object) -> list[str]:
    """The ids of the whole list, in the order of the pages."""
    return [each for page in pages(phone, path, limit=limit, **filters) for each in ids(page)]


@pytest.fixture
def rm(bank: Bank) -> Phone:
    products.seed()
    return Phone(bank.rm)


# --- The whole list ------------------------------------------------------------------------------
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test_the_pages_together_are_the_list(bank: Bank, rm: Phone, limit: int) -> None:
    entered = [str(customer(bank.rm).pk) for _ in range(6)]
    sizes = [len(ids(page)) for page in pages(rm, CUSTOMERS, limit=limit)]
    assert walked(rm, CUSTOMERS, limit=limit) == entered[::-1]
    assert sizes == [limit] * (6 // limit) + ([6 % limit] if 6 % limit else [])


def test_twenty_a_page_unless_told_and_nothing_after_the_last(bank: Bank, rm: Phone) -> None:
    assert rm.get(CUSTOMERS).json() == {"next": None, "previous": None, "results": []}
    for _ in range(21):
        customer(bank.rm)
    first = rm.get(CUSTOMERS).json()
    second = rm.get(first["next"]).json()
    assert (len(ids(first)), len(ids(second)), second["next"]) == (20, 1, None)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_many_rows_of_the_same_day_come_each_once(bank: Bank, rm: Phone, limit: int) -> None:
    """The first part of the order says nothing there: all the loans were paid out on one day."""
    day = clock.today() - timedelta(days=3)
    paid_out = [str(loan(bank, disbursed_on=day).pk) for _ in range(7)]
    assert walked(rm, LOANS, limit=limit) == paid_out[::-1]


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_back_through_the_pages_is_the_same_list(bank: Bank, rm: Phone, limit: int) -> None:
    days = [clock.today() - timedelta(days=back) for back in (5, 5, 5, 3, 3, 1, 1)]
    for day in days:
        loan(bank, disbursed_on=day)
    there = list(pages(rm, LOANS, limit=limit))
    back = [there[-1]]
    while back[-1]["previous"] is not None:
        back.append(rm.get(back[-1]["previous"]).json())
    assert [each for page in reversed(back) for each in ids(page)] == [each for page in there for each in ids(page)]


# --- While rows come and go ----------------------------------------------------------------------
def test_who_is_entered_meanwhile_pushes_nobody_onto_the_next_page(bank: Bank, rm: Phone) -> None:
    """The newest come first: counting rows instead of following keys would show some twice."""
    before = [str(customer(bank.rm).pk) for _ in range(6)]
    seen: list[str] = []
    for page in pages(rm, CUSTOMERS, limit=2):
        seen += ids(page)
        customer(bank.rm)
    assert seen == before[::-1]


def test_a_loan_of_the_same_day_that_comes_meanwhile_is_no_repetition(bank: Bank, rm: Phone) -> None:
    day = clock.today()
    before = [str(loan(bank, disbursed_on=day).pk) for _ in range(5)]
    seen: list[str] = []
    for page in pages(rm, LOANS, limit=2):
        seen += ids(page)
        loan(bank, disbursed_on=day)
    assert seen == before[::-1]


def test_a_check_that_comes_meanwhile_shows_where_it_belongs(bank: Bank, rm: Phone) -> None:
    """The most urgent first: what is due earlier than the page just read is missed, what is due later is not."""
    today = clock.today()
    checks = [plan.plan_first_check(loan(bank, disbursed_on=today - timedelta(days=back))) for back in (60, 40, 20, 0)]
    walk = pages(rm, CHECKS, limit=2)
    seen = ids(next(walk))
    plan.plan_first_check(loan(bank, disbursed_on=today - timedelta(days=70)))
    later = plan.plan_first_check(loan(bank, disbursed_on=today - timedelta(days=10)))
    seen += [each for page in walk for each in ids(page)]
    assert seen == [str(check.pk) for check in (*checks[:3], later, checks[3])]


def test_a_row_that_is_taken_away_leaves_no_gap(bank: Bank, rm: Phone) -> None:
    """Also where it is the very row that the page ended with."""
    today = clock.today()
    checks = [plan.plan_first_check(loan(bank, disbursed_on=today - timedelta(days=back))) for back in (4, 3, 2, 1)]
    walk = pages(rm, CHECKS, limit=2)
    seen = ids(next(walk))
    PostLoanCheck.objects.filter(pk=checks[1].pk).update(executor=bank.stranger)
    assert seen + [each for page in walk for each in ids(page)] == [str(check.pk) for check in checks]


def test_filters_go_with_the_pages(bank: Bank, rm: Phone) -> None:
    east = [str(loan(bank, rm=owner, disbursed_on=clock.today()).pk) for owner in (bank.rm, bank.co_rm, bank.rm)]
    loan(bank, rm=bank.stranger, disbursed_on=clock.today())
    assert walked(Phone(bank.city_manager), LOANS, limit=1, branch=bank.east.pk) == east[::-1]


# --- Cursors that are none -----------------------------------------------------------------------
LISTS = [call for call in calls() if call.method == "GET" and not call.parameters]
HOLDERS = (Role.RM, Role.REVIEWER, Role.APPROVER, Role.DISBURSEMENT_OFFICER, Role.AUDITOR)


@pytest.fixture
def lists(bank: Bank) -> list[tuple[Phone, str]]:
    """Every list of the API that comes in pages, with the phone of somebody who may read it."""
    phones = {role: Phone(hire(bank.city, Staff.Position.CREDIT, role)) for role in HOLDERS}
    if not _READER:  # asked once: who may read a list is the same for every test
        for path in (call.path({}) for call in LISTS):
            readers = [role for role in HOLDERS if phones[role].get(path).content.startswith(b'{"next":')]
            if readers:
                _READER[path] = readers[0]
    return [(phones[role], path) for path, role in _READER.items()]


_READER: dict[str, Role] = {}


def cursor_of(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def test_most_lists_come_in_pages(lists: list[tuple[Phone, str]]) -> None:
    assert {path.removeprefix("/api/v1/") for _, path in lists} >= {
        "customers",
        "loan-applications",
        "loan-accounts",
        "loan-queues/review",
        "loan-queues/approval",
        "loan-queues/disbursement",
        "post-loan-checks",
        "performance/entries",
        "notices",
        "staff",
        "feeds",
        "products",
    }


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "=",
        "%00",
        "WzBd",
        cursor_of(),
        cursor_of(0),
        cursor_of(0, 1, 2, 3),
        cursor_of(0, *["x"] * 9),
        cursor_of(0, "9999-12-31T23:59:59-23:59", "x"),
        cursor_of(0, "\x00"),
        cursor_of(0, "\ud800"),
        base64.urlsafe_b64encode(b"[" * 30_000).decode(),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    ],
    ids=lambda cursor: str(cursor)[:20],
)
def test_a_cursor_that_no_page_said_is_refused_everywhere(lists: list[tuple[Phone, str]], cursor: str) -> None:
    for phone, path in lists:
        content = refused(phone.get(path, {"cursor": cursor}), 400, "invalid_cursor")
        assert list(content["errors"]) == ["cursor"]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1.5", "x", "９", "²", "9" * 30, "1\x00"])
def test_a_page_has_one_to_a_hundred_rows(lists: list[tuple[Phone, str]], limit: str) -> None:
    for phone, path in lists:
        assert list(refused(phone.get(path, {"limit": limit}), 400, "invalid")["errors"]) == ["limit"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.lists(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.uuids().map(str), st.integers())))
def test_whatever_a_cursor_says_it_is_a_page_or_a_refusal(lists: list[tuple[Phone, str]], key: list[object]) -> None:
    for phone, path in lists[:4]:
        assert phone.get(path, {"cursor": cursor_of(0, *key)}).status_code in {200, 400}
