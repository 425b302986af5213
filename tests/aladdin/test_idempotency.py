"""A call sent twice has one effect: of one person, at one address, under one key."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import Model
from rest_framework.response import Response

from aladdin import parameters
from aladdin.embedded.memory import wait_until
from crm.models import Customer
from loans.models import ApplicationTransition, LoanApplication, Material
from organization.models import Staff
from tests.crm.builders import identity_no
from tests.loans.builders import APPLICATIONS, TERMS, Case, customer_of, picture, refused, shelf
from tests.notifications.builders import COMMITTED
from tests.world import Bank, Phone, found_bank

CUSTOMERS = "/api/v1/customers"
KEY = "from-the-phone-1"


@dataclass(frozen=True)
class Call:
    """A POST that makes one thing, and another with which it must not be mixed up."""

    path: str
    body: dict[str, Any]
    other_body: dict[str, Any]
    makes: type[Model]

    def send(self, phone: Phone, key: str = KEY) -> Any:
        return phone.post(self.path, self.body, key=key)

    def made(self) -> int:
        return int(self.makes._default_manager.count())


def call_of(what: str, by: Staff, number: int = 1) -> Call:
    """Entering a customer, or drawing up an application for one."""
    if what == "customer":
        person = {"kind": "PERSON", "name": "张三丰", "identity_no": identity_no(number), "mobile": "13800000001"}
        return Call(CUSTOMERS, person, person | {"identity_no": identity_no(number + 100)}, Customer)
    wish = {"customer": str(customer_of(by).pk), "product": "PERSONAL_CONSUMPTION", **TERMS}
    return Call(APPLICATIONS, wish, wish | {"amount": "90000.00"}, LoanApplication)


@pytest.fixture(params=["customer", "application"])
def what(request: pytest.FixtureRequest, bank: Bank) -> str:
    """Each rule holds at both addresses."""
    shelf(bank)
    return str(request.param)


def test_the_same_again_has_one_effect_and_the_same_answer(bank: Bank, what: str) -> None:
    call, rm = call_of(what, bank.rm), Phone(bank.rm)
    first = call.send(rm)
    made = call.made()
    again = call.send(rm)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    assert again.get("Location") == first.get("Location")
    assert (again["Idempotency-Replayed"], first.get("Idempotency-Replayed")) == ("true", None)
    assert call.made() == made


def test_another_body_under_the_same_key_is_refused(bank: Bank, what: str) -> None:
    call, rm = call_of(what, bank.rm), Phone(bank.rm)
    call.send(rm)
    made = call.made()
    refused(rm.post(call.path, call.other_body, key=KEY), 422, "idempotency_key_reused")
    assert call.made() == made


@pytest.mark.parametrize("key", ["", " ", "k" * 101, "键", "a\tb"])
def test_a_call_without_a_proper_key_is_refused(bank: Bank, what: str, key: str) -> None:
    call, rm = call_of(what, bank.rm), Phone(bank.rm)
    before = call.made()
    headers = {"Idempotency-Key": key} if key else {}
    refused(rm.post(call.path, call.body, key="", headers=headers), 400, "idempotency_key_required")
    assert call.made() == before


def test_anothers_same_key_is_another_key(bank: Bank, what: str) -> None:
    mine, yours = call_of(what, bank.rm, 1), call_of(what, bank.co_rm, 2)
    first, other = mine.send(Phone(bank.rm)), yours.send(Phone(bank.co_rm))
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


def test_the_same_key_at_another_address_is_another_key(bank: Bank) -> None:
    shelf(bank)
    rm = Phone(bank.rm)
    made = [call_of(what, bank.rm).send(rm).status_code for what in ("customer", "application")]
    assert made == [201, 201]


def test_a_refusal_leaves_the_key_free(bank: Bank, what: str) -> None:
    """What was wrong can be put right without another key."""
    call, rm = call_of(what, bank.rm), Phone(bank.rm)
    field = "identity_no" if what == "customer" else "amount"
    refusal = rm.post(call.path, call.body | {field: "1"}, key=KEY)
    assert refusal.status_code in {400, 422}
    assert call.send(rm).status_code == 201


def test_the_answer_is_kept_as_it_was_then(bank: Bank) -> None:
    """The phone asks what became of its call, not how things stand now."""
    call, rm = call_of("customer", bank.rm), Phone(bank.rm)
    first = call.send(rm)
    address = f"{CUSTOMERS}/{first.json()['id']}"
    assert rm.patch(address, {"mobile": "13912345678"}, etag=first["ETag"]).status_code == 200
    assert call.send(rm).content == first.content


def test_a_form_sent_again_is_known_by_its_content(
    bank: Bank, run_jobs: Callable[[], int], settings: Any, tmp_path: Any
) -> None:
    """Its boundary is another each time."""
    settings.MEDIA_ROOT = tmp_path
    shelf(bank)
    case = Case(bank, run_jobs, customer_of(bank.rm)).draft()
    content = picture().read()

    def file(content: bytes) -> Response:
        form = {"type": "ID_CARD", "file": SimpleUploadedFile("a.jpg", content, "image/jpeg")}
        answer: Response = case.rm.post(f"{case.url}/materials", form, format="multipart", key=KEY)
        return answer

    first, again = file(content), file(content)
    assert (first.status_code, again.content) == (201, first.content)
    refused(file(picture().read()), 422, "idempotency_key_reused")
    assert Material.objects.count() == 1


# --- At once -------------------------------------------------------------------------------------
@pytest.fixture
def busy_bank(transactional_db: None) -> Iterator[Bank]:
    """A bank whose rows other connections see. Jobs are no model's rows, so they are taken away by hand."""
    parameters.sow(parameters.shipped())
    bank = found_bank()
    shelf(bank)
    yield bank
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def alone(work: Callable[[], Response]) -> Response:
    """In a thread of its own, which leaves no connection behind."""
    try:
        return work()
    finally:
        connection.close()


@COMMITTED
@pytest.mark.parametrize("kind", ["customer", "application"])
def test_the_same_sent_by_four_at_once_has_one_effect(busy_bank: Bank, kind: str) -> None:
    call, rm = call_of(kind, busy_bank.rm), Phone(busy_bank.rm)
    before = call.made()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(alone, [lambda: call.send(rm)] * 4))
    assert call.made() == before + 1
    good = [answer for answer in answers if answer.status_code == 201]
    assert {answer.content for answer in good} == {call.send(rm).content}
    for answer in answers:
        if answer.status_code != 201:
            refused(answer, 409, "request_in_progress")


@COMMITTED
def test_while_the_first_is_still_at_work_the_second_is_told_so(busy_bank: Bank) -> None:
    case = Case(busy_bank, lambda: 0, customer_of(busy_bank.rm)).draft()

    def accept() -> Response:
        return alone(lambda: case.rm.post(f"{case.url}/accept", {}, key=KEY))

    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            LoanApplication.objects.select_for_update().get(pk=case.id)
            first = threads.submit(accept)
            assert wait_until(somebody_waits, seconds=20)
            refused(threads.submit(accept).result(timeout=20), 409, "request_in_progress")
        done = first.result(timeout=20)
    assert (done.status_code, accept().content) == (200, done.content)
    assert ApplicationTransition.objects.filter(name="accept").count() == 1


def somebody_waits() -> bool:
    """Whether a connection to this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
