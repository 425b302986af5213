"""Two officers ask about one person at the same moment: one consent buys one query."""

import pytest
from django.apps import apps

from aladdin import parameters
from loans.models import CreditAuthorization, CreditGrantUse, CreditReport
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, customer_of, shelf
from tests.loans.test_at_once import together
from tests.sandbox_server import Sandbox
from tests.world import found_bank, hire

pytestmark = pytest.mark.django_db(transaction=True, available_apps=[app.name for app in apps.get_app_configs()])


@pytest.fixture
def case(transactional_db: None, sandbox: Sandbox) -> Case:
    """Committed, so that other connections see it; the consent is signed."""
    parameters.sow(parameters.shipped())
    bank = found_bank()
    shelf(bank)
    return Case(bank, lambda: 0, customer_of(bank.rm)).to("CREDIT_AUTHORIZED")


def test_two_officers_at_once(case: Case) -> None:
    bank = case.bank
    officers = [bank.query_officer, hire(bank.city, Staff.Position.CREDIT, Role.CREDIT_QUERY_OFFICER)]
    for officer in officers:
        case.phone(officer)
    codes = together(
        *[lambda officer=officer: case.post("credit-reports", {}, by=officer).status_code for officer in officers * 2]
    )
    assert codes == [202, 409, 409, 409]
    assert CreditGrantUse.objects.count() == CreditReport.objects.count() == 1
    assert CreditAuthorization.objects.get().spent_at is not None


def test_a_query_and_a_revocation_at_once(case: Case) -> None:
    """Whichever comes first, no query stands on a consent that was taken back before."""
    case.phone(case.bank.query_officer)
    number = CreditAuthorization.objects.get().authorization_no
    codes = together(
        lambda: case.post("credit-reports", {}, by=case.bank.query_officer).status_code,
        lambda: case.post(f"credit-authorizations/{number}/revoke", {"reason": "改变主意"}).status_code,
    )
    assert codes in ([200, 409], [202, 409])
    grant = CreditAuthorization.objects.get()
    assert (grant.spent_at is None) != (grant.revoked_at is None)
    assert CreditReport.objects.count() == (grant.spent_at is not None)
