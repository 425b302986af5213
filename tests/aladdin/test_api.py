"""Every refusal is a problem document in Chinese, whatever is sent; edits name the version that they change."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from rest_framework.response import Response

from aladdin.problems import TITLES
from crm import search
from crm.models import Customer
from loans.models import LoanApplication
from tests.crm.builders import enter, identity_no
from tests.loans.builders import Case, customer_of, shelf
from tests.world import Bank, Phone

CUSTOMERS = "/api/v1/customers"
NEW = {"kind": "PERSON", "name": "张三丰", "identity_no": identity_no(1), "mobile": "13800000001"}


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The content of what must be this refusal, in the one form that all have."""
    content: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, content["code"]) == (status, code), content
    assert answer["Content-Type"].startswith("application/problem+json")
    assert (content["status"], content["title"]) == (status, TITLES[status])
    assert content["type"].endswith(code)
    assert any("\u4e00" <= char <= "\u9fff" for char in content["detail"])
    return content


@pytest.fixture
def rm(bank: Bank) -> Phone:
    """The RM's phone, which looks at a fault as a phone would."""
    phone = Phone(bank.rm)
    phone.raise_request_exception = False
    return phone


def post(phone: Any, body: bytes, *, kind: str = "application/json", path: str = CUSTOMERS) -> Any:
    """A POST of these very bytes."""
    return phone.generic("POST", path, body, content_type=kind, HTTP_IDEMPOTENCY_KEY=str(uuid4()))


# --- Addresses and methods -----------------------------------------------------------------------
@pytest.mark.parametrize("path", ["nothing", "customers/", "customers/42", "loan-products/%00", ""])
def test_an_address_that_is_none(rm: Phone, path: str) -> None:
    problem(rm.get(f"/api/v1/{path}"), 404, "no_such_address")


def test_an_object_that_does_not_exist(rm: Phone) -> None:
    problem(rm.get(f"{CUSTOMERS}/{uuid4()}"), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "PROPFIND"])
def test_a_method_that_the_address_has_not(rm: Phone, method: str) -> None:
    problem(rm.generic(method, CUSTOMERS), 405, "method_not_allowed")


def test_an_answer_in_another_form_than_json(rm: Phone) -> None:
    problem(rm.get(CUSTOMERS, headers={"Accept": "text/html"}), 406, "not_acceptable")


# --- Bodies --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_no_json(rm: Phone, kind: str) -> None:
    problem(post(rm, b"kind=PERSON", kind=kind), 415, "unsupported_media_type")


BROKEN = {
    "cut off": b'{"kind": "PERSON"',
    "not utf-8": b'{"name": "\xff"}',
    "a duplicate key": b'{"name": "a", "name": "b"}',
    "not a number": b'{"name": NaN}',
    "U+0000": b'{"name": "a\\u0000b"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a huge integer": b'{"name": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"name": 1e400}',
    "too deep": b"[" * 100_000,
    "too long": b'{"name": "' + b"a" * 1_100_000 + b'"}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("path", [CUSTOMERS, "/api/v1/loan-applications", "/api/v1/notices/read-all"])
def test_json_that_is_broken(rm: Phone, path: str, body: bytes) -> None:
    problem(post(rm, body, path=path), 400, "malformed")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"1", b'"text"', b"{}"])
def test_json_that_is_no_form(rm: Phone, body: bytes) -> None:
    assert problem(post(rm, body), 400, "invalid")["errors"]


def test_a_body_that_nobody_reads_to_its_end(rm: Phone) -> None:
    body = b'{"name": "' + b"a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    problem(post(rm, body), 413, "too_large")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=é", "multipart/form-data; boundary="]
)
def test_a_form_that_cannot_be_taken_apart(rm: Phone, kind: str) -> None:
    content = problem(
        post(rm, b"x", kind=kind, path=f"/api/v1/loan-applications/{uuid4()}/materials"), 400, "malformed"
    )
    assert "boundary" not in content["detail"]


def test_each_field_says_what_is_wrong_with_it(rm: Phone) -> None:
    content = problem(rm.post(CUSTOMERS, {"kind": "ROBOT", "mobile": [], "id": "42"}), 400, "invalid")
    assert set(content["errors"]) == {"kind", "name", "identity_no", "mobile", "id"}
    assert not Customer.objects.exists()


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=%ed%a0%80", "branch=1e400", "managing_rm=%00", "kind=%00"])
@pytest.mark.parametrize("path", ["customers", "staff", "loan-applications", "loan-accounts", "notices", "products"])
def test_a_question_that_makes_no_sense_is_no_fault(rm: Phone, path: str, query: str) -> None:
    assert rm.get(f"/api/v1/{path}?{query}").status_code in {200, 400}


# --- Signing in ----------------------------------------------------------------------------------
def test_without_a_sign_in_there_is_only_the_door(bank: Bank) -> None:
    answer = Phone().get(CUSTOMERS)
    problem(answer, 401, "not_signed_in")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("token", ["", " ", "x", "a b", "\xff", "a\x00b", "é" * 40, "f" * 100_000])
def test_a_token_that_is_none(bank: Bank, token: str) -> None:
    answer = Phone().get(CUSTOMERS, headers={"Authorization": f"Token {token}"})
    problem(answer, 401, "token_invalid")


def test_a_right_that_one_has_not(bank: Bank) -> None:
    assert problem(Phone(bank.auditor).post(CUSTOMERS, NEW), 403, "not_permitted")["action"] == "customer.create"


# --- Faults of ours ------------------------------------------------------------------------------
def test_a_fault_of_ours_says_nothing_of_the_inside(rm: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(text: str, *, by: object) -> None:
        raise RuntimeError("SELECT secret FROM /srv/aladdin/crm/search.py")

    monkeypatch.setattr(search, "find", break_down)
    answer = rm.get(CUSTOMERS)
    content = problem(answer, 500, "internal")
    assert set(content) == {"type", "title", "status", "detail", "code"}
    assert not any(inside in answer.content.decode() for inside in ("secret", "RuntimeError", "Traceback", "crm"))


def test_a_fault_of_ours_leaves_nothing_behind(rm: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the key of the call, which may then be tried again."""
    monkeypatch.setattr("crm.api.customers.reverse", None)  # fails after the customer is entered
    problem(rm.post(CUSTOMERS, NEW, key="k"), 500, "internal")
    assert not Customer.objects.exists()
    monkeypatch.undo()
    assert rm.post(CUSTOMERS, NEW, key="k").status_code == 201


# --- Stale edits ---------------------------------------------------------------------------------
@pytest.fixture
def customer(bank: Bank) -> str:
    """The address of a customer of the RM's."""
    return f"{CUSTOMERS}/{enter(bank.rm).pk}"


@pytest.fixture
def application(bank: Bank, run_jobs: Callable[[], int]) -> str:
    """The address of a draft of the RM's."""
    shelf(bank)
    return Case(bank, run_jobs, customer_of(bank.rm)).draft().url


EDITS = [("customer", {"mobile": "13912345678"}), ("application", {"amount": "90000.00"})]


@pytest.mark.parametrize("what,change", EDITS)
def test_an_edit_names_the_version_that_it_changes(
    rm: Phone, request: pytest.FixtureRequest, what: str, change: dict[str, str]
) -> None:
    address = request.getfixturevalue(what)
    before = rm.get(address)["ETag"]
    edited = rm.patch(address, change, etag=before)
    assert edited.status_code == 200
    assert edited["ETag"] == rm.get(address)["ETag"] != before


@pytest.mark.parametrize("what,change", EDITS)
def test_an_edit_without_a_version_is_refused(
    rm: Phone, request: pytest.FixtureRequest, what: str, change: dict[str, str]
) -> None:
    address = request.getfixturevalue(what)
    before = rm.get(address)["ETag"]
    problem(rm.patch(address, change), 428, "precondition_required")
    assert rm.get(address)["ETag"] == before


@pytest.mark.parametrize("said", ['"0"', '"2"', "*", 'W/"1"', '"1", "2"', '"-1"', "²", "", '"' + "9" * 400 + '"'])
@pytest.mark.parametrize("what,change", EDITS)
def test_an_edit_of_another_version_is_refused(
    rm: Phone, request: pytest.FixtureRequest, what: str, change: dict[str, str], said: str
) -> None:
    """Also of one that is no version at all: `*` would mean any, and any is not the one that was read."""
    address = request.getfixturevalue(what)
    assert rm.get(address)["ETag"] == '"1"'
    problem(rm.patch(address, change, etag=said), 412, "stale")
    assert rm.get(address)["ETag"] == '"1"'


def test_a_move_makes_an_edit_stale(rm: Phone, application: str) -> None:
    """Not only another edit changes what was read."""
    before = rm.get(application)["ETag"]
    assert rm.post(f"{application}/accept").status_code == 200
    content = problem(rm.patch(application, {"amount": "90000.00"}, etag=before), 412, "stale")
    assert content["current_version"] == LoanApplication.objects.get().version
