"""Who sees which application: the owner, a colleague, a stranger, and those whose desk it crosses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loans.models import LoanApplication
from tests.loans.builders import APPLICATIONS, Case, customer_of, done, picture, refused

SEE = ("rm", "co_rm", "manager", "city_manager", "query_officer", "reviewer", "approver", "senior_approver", "auditor")
DO_NOT_SEE = ("other_rm", "stranger", "other_manager")
MAY_NOT_READ = ("head_office", "product_manager", "admin")


@pytest.mark.parametrize("who", SEE)
def test_who_sees_it(case: Case, who: str) -> None:
    case.draft()
    phone = case.phone(getattr(case.bank, who))
    assert done(phone.get(case.url))["id"] == case.id
    assert [each["id"] for each in done(phone.get(APPLICATIONS))["results"]] == [case.id]
    assert done(phone.get(f"{case.url}/next"))["state"] == "DRAFT"


@pytest.mark.parametrize("who", DO_NOT_SEE)
def test_who_does_not(case: Case, who: str) -> None:
    case.draft()
    phone = case.phone(getattr(case.bank, who))
    for path in ("", "/next", "/materials"):
        refused(phone.get(f"{case.url}{path}"), 404, "not_found")
    assert done(phone.get(APPLICATIONS))["results"] == []


@pytest.mark.parametrize("who", MAY_NOT_READ)
def test_whose_role_has_no_business_with_it(case: Case, who: str) -> None:
    case.draft()
    refused(case.phone(getattr(case.bank, who)).get(case.url), 403, "not_permitted")


def test_nobody_signed_in(case: Case) -> None:
    case.draft()
    case.rm.credentials()
    refused(case.rm.get(case.url), 401, "not_signed_in")


def test_a_stranger_cannot_move_it_either(case: Case) -> None:
    case.draft()
    for path in ("accept", "submit", "withdraw", "cancel"):
        refused(case.post(path, {"reason": "x"}, by=case.bank.stranger), 404, "not_found")
    refused(case.post("accept", by=case.bank.reviewer), 403, "not_permitted")
    refused(case.post("accept", by=case.bank.co_rm), 403, "not_in_charge")
    assert case.row.state == "DRAFT"


def test_personal_data_is_masked_and_sealed(case: Case) -> None:
    case.draft(payee_name="廊坊市建材商行", payee_account="6222020402000000016")
    answer = case.rm.get(case.url)
    text = answer.content.decode()
    assert case.customer.name not in text
    assert case.customer.identity_no not in text
    assert answer.json()["payee_account"] != "6222020402000000016"
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM loans_loanapplication a WHERE id = %s", [case.id])
        stored = cursor.fetchone()[0]
    assert "6222020402000000016" not in stored
    assert "建材商行" not in stored
    assert case.row.payee_account == "6222020402000000016"


@pytest.mark.parametrize(
    "query,found",
    [
        ("state=DRAFT", True),
        ("state=ACCEPTED", False),
        ("state=DRAFT&state=ACCEPTED", True),
        ("mine=true", True),
        ("product=PERSONAL_CONSUMPTION", True),
        ("product=PERSONAL_BUSINESS", False),
        ("q=三丰", True),
        ("q=zsf", True),
        ("q=李四", False),
    ],
)
def test_filters(case: Case, query: str, found: bool) -> None:
    case.draft()
    assert bool(done(case.rm.get(f"{APPLICATIONS}?{query}"))["results"]) is found


def test_search_by_number(case: Case) -> None:
    case.draft()
    number = case.row.application_no
    assert len(done(case.rm.get(f"{APPLICATIONS}?q={number}"))["results"]) == 1
    assert done(case.phone(case.bank.stranger).get(f"{APPLICATIONS}?q={number}"))["results"] == []


def test_filters_that_make_no_sense(case: Case) -> None:
    for query in ("state=PAID", "customer=x", "branch=y", "cursor=zzz"):
        assert case.rm.get(f"{APPLICATIONS}?{query}").status_code == 400


def test_mine_leaves_out_what_one_only_sees(case: Case) -> None:
    case.draft()
    manager = case.phone(case.bank.manager)
    assert done(manager.get(f"{APPLICATIONS}?mine=true"))["results"] == []
    assert len(done(case.phone(case.bank.co_rm).get(f"{APPLICATIONS}?mine=true"))["results"]) == 1


def _queries(case: Case, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        done(case.rm.get(url))
    return len(caught)


def test_the_list_costs_the_same_with_one_row_and_with_three(case: Case) -> None:
    case.draft()
    one = _queries(case, APPLICATIONS)
    for _ in range(2):
        Case(case.bank, case.run_jobs, customer_of(case.bank.rm), phones=case.phones).draft()
    assert LoanApplication.objects.count() == 3
    assert _queries(case, APPLICATIONS) == one


def test_the_file_costs_the_same_however_long_it_is(case: Case) -> None:
    case.to("READY")
    short = _queries(case, case.url)
    for _ in range(3):
        done(case.upload("materials", type="BANK_FLOW", file=picture()))
    assert _queries(case, case.url) == short
