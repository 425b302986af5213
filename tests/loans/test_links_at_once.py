"""An impatient or a hostile finger behind a customer's link: calls at the same moment count one by one."""

import pytest
from django.apps import apps

from aladdin import parameters
from aladdin.parameters import Parameter
from crm.models import Customer
from loans.models import CustomerLink, LinkSession, LoanApplication, OneTimeCode
from tests.conftest import run_due_jobs
from tests.loans.builders import Case, customer_of, done, identity_no, shelf
from tests.loans.test_at_once import together
from tests.loans.visiting import ENTRIES, Visitor, make_link, token_of
from tests.sandbox_server import Sandbox
from tests.world import found_bank

pytestmark = pytest.mark.django_db(transaction=True, available_apps=[app.name for app in apps.get_app_configs()])


@pytest.fixture
def scanner(transactional_db: None, sandbox: Sandbox) -> Visitor:
    """Somebody who scanned the RM's card; committed, so that other connections see it."""
    parameters.sow(parameters.shipped())
    bank = found_bank()
    shelf(bank)
    case = Case(bank, run_due_jobs, customer_of(bank.rm))
    return Visitor(case, sandbox, token_of(make_link(case)), "13700000001")


def test_one_name_of_two(scanner: Visitor) -> None:
    scanner.open()
    people = [("欧阳小丽", identity_no()), ("司马小虎", identity_no()), ("上官小燕", identity_no())]
    codes = together(*[lambda who=who: scanner.say_who(*who).status_code for who in people])
    assert codes == [200, 409, 409]
    assert CustomerLink.objects.get().customer == Customer.objects.exclude(pk=scanner.case.customer.pk).get()


def test_one_draft_of_many_taps(scanner: Visitor) -> None:
    scanner.open()
    done(scanner.say_who("欧阳小丽", identity_no()))
    assert together(*[lambda: scanner.post("form", ENTRIES).status_code] * 4) == [200] * 4
    assert LoanApplication.objects.count() == 1


def test_no_more_codes_than_allowed(scanner: Visitor) -> None:
    Parameter.objects.filter(code="loan.codes_a_link").update(value=2)
    numbers = [f"1370000010{each}" for each in range(5)]
    assert together(*[lambda each=each: scanner.ask_for_code(each).status_code for each in numbers]) == [
        202,
        202,
        429,
        429,
        429,
    ]
    assert OneTimeCode.objects.count() == 2


def test_no_more_guesses_than_allowed(scanner: Visitor) -> None:
    done(scanner.ask_for_code())
    code = scanner.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    codes = together(*[lambda: scanner.enter(wrong).status_code] * 8)
    assert codes == [422] * 5 + [429] * 3
    assert scanner.enter(code).status_code == 429
    assert not LinkSession.objects.exists()


def test_a_code_opens_one_session(scanner: Visitor) -> None:
    done(scanner.ask_for_code())
    code = scanner.code()
    codes = together(*[lambda: scanner.enter(code).status_code] * 3)
    assert codes == [201, 422, 422]
    assert LinkSession.objects.count() == 1
