"""A customer's link opens its own few doors and no other; and those open to nobody else."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from aladdin import clock
from loans.models import CustomerLink, LinkSession
from tests.loans.builders import Case, customer_of, done, shelf
from tests.loans.conftest import clean_history
from tests.loans.visiting import Visitor, visitor
from tests.sandbox_server import Sandbox
from tests.security.routes import Call, calls, customers_calls, is_behind_a_session
from tests.world import Bank, Phone


@pytest.fixture
def inside(bank: Bank, sandbox: Sandbox, run_jobs: Callable[[], int], settings: Any, tmp_path: Any) -> Visitor:
    """A customer behind his link, with an application of his own."""
    settings.MEDIA_ROOT = tmp_path
    shelf(bank)
    case = Case(bank, run_jobs, customer_of(bank.rm))
    clean_history(sandbox, case)
    found = visitor(case, sandbox).open()
    done(found.fill_in())
    return found


def own_objects(inside: Visitor) -> dict[str, Any]:
    """The identifiers of what is the customer's own, wherever an address names such a thing."""
    link = CustomerLink.objects.get()
    return {"application_id": link.application_id, "customer_id": link.customer_id, "link_id": link.pk}


def answer_at(client: APIClient, call: Call, objects: dict[str, Any]) -> str:
    known = {
        "item_id": 1,
        "number": 1,
        "report_version": 1,
        "code": "X",
        "authorization_no": "X",
        "step": "APPLICANT",
        "token": "x" * 32,
    }
    unknown = {name: known.get(name, uuid4()) for name in call.parameters}
    extra = {"HTTP_IF_MATCH": '"1"', "HTTP_IDEMPOTENCY_KEY": str(uuid4())}
    path = call.path(unknown | {name: value for name, value in objects.items() if name in call.parameters})
    ask = getattr(client, call.method.lower())
    answer = ask(path, **extra) if call.method == "GET" else ask(path, {}, **extra)
    code = answer.json().get("code", "") if answer.get("Content-Type") == "application/problem+json" else ""
    return f"{answer.status_code} {code}".strip()


def test_a_session_opens_no_door_of_the_staff(inside: Visitor) -> None:
    """Not even to what is his own: his application, his customer's record, his link."""
    objects = own_objects(inside)
    answers = {str(call): answer_at(inside.client, call, objects) for call in calls()}
    assert len(answers) > 100
    assert {call for call, answer in answers.items() if answer != "401 not_signed_in"} == set()


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "Basic"])
def test_a_sessions_secret_is_no_token_of_the_staff(inside: Visitor, scheme: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {inside.session}", HTTP_X_DEVICE_ID=inside.device)
    assert client.get("/api/v1/me").status_code == 401
    assert client.get(f"/api/v1/loan-applications/{own_objects(inside)['application_id']}").status_code == 401


@pytest.mark.parametrize("path", ["/console/", "/admin/", "/console/parts"])
def test_a_session_opens_no_page_of_the_staff(inside: Visitor, path: str) -> None:
    answer = inside.client.get(path)
    assert answer.status_code in {302, 401, 403}
    assert inside.case.customer.name not in answer.content.decode()


def test_the_customers_doors_open_to_nobody_without_a_session(inside: Visitor) -> None:
    doors = [call for call in customers_calls() if is_behind_a_session(call)]
    assert len(doors) > 8
    for client in (APIClient(), Phone(inside.case.bank.rm), Phone(inside.case.bank.auditor)):
        answers = {str(call): answer_at(client, call, {}) for call in doors}
        assert {call for call, answer in answers.items() if answer != "401 not_signed_in"} == set()


def test_a_session_that_is_over_opens_nothing(inside: Visitor) -> None:
    LinkSession.objects.update(ended_at=clock.now())
    doors = [call for call in customers_calls() if is_behind_a_session(call)]
    answers = {str(call): answer_at(inside.client, call, {}) for call in doors}
    assert {call for call, answer in answers.items() if answer != "401 link_session_ended"} == set()


def test_one_customer_reaches_nothing_of_another(
    inside: Visitor, sandbox: Sandbox, run_jobs: Callable[[], int]
) -> None:
    """The doors name no application: what is behind a session is that session's."""
    other = Case(inside.case.bank, run_jobs, customer_of(inside.case.bank.rm), phones=inside.case.phones)
    neighbour = visitor(other, sandbox).open()
    done(neighbour.fill_in(employer="邻居的单位"))
    paper = done(neighbour.file("ID_CARD"))["uploads"][0]["id"]
    assert {name for call in customers_calls() for name in call.parameters} == {"token", "material_id", "paper_id"}
    assert "邻居的单位" not in inside.get("progress").content.decode()
    answer = inside.client.delete(f"/api/v1/customer-session/materials/{UUID(paper)}")
    assert answer.status_code == 404
    assert done(neighbour.get("progress"))["uploads"][0]["id"] == paper
