"""What the night does to the intake."""

from datetime import timedelta

import pytest

from aladdin import clock
from loans import idleness
from loans.models import LoanApplication
from tests.loans.builders import Case, done


@pytest.mark.parametrize("days,state", [(30, "ACCEPTED"), (31, "CANCELLED")])
def test_an_idle_case_is_cancelled_by_the_system(case: Case, days: int, state: str) -> None:
    case.to("ACCEPTED")
    with clock.at(case.row.updated_at + timedelta(days=days)):
        idleness.cancel_idle()
    assert case.row.state == state
    if state == "CANCELLED":
        row = case.row.transitions.get(name="cancel")
        assert row.by is None
        assert "30天" in row.reason


def test_work_on_the_file_is_not_idleness(case: Case) -> None:
    """An uploaded paper or a signature counts, not only moves."""
    case.to("INVESTIGATING")
    LoanApplication.objects.update(updated_at=clock.now() - timedelta(days=40))
    case.investigate()
    assert idleness.cancel_idle() == 0


def test_a_case_that_waits_for_the_bank_is_not_idle(case: Case) -> None:
    case.to("SUBMITTED")
    LoanApplication.objects.update(updated_at=clock.now() - timedelta(days=100))
    assert idleness.cancel_idle() == 0
    assert case.row.state == "SUBMITTED"


def test_the_night_leaves_alone_what_holds(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    assert idleness.recheck_gates() == 0
    assert case.row.state == "CREDIT_AUTHORIZED"


def test_a_query_under_way_is_not_sent_back(case: Case) -> None:
    """Its grant is spent, which is no loss of it."""
    case.to("CREDIT_AUTHORIZED")
    done(case.post("credit-reports", {"reason": "02"}, by=case.bank.query_officer))
    assert idleness.recheck_gates() == 0


def test_an_identity_card_that_runs_out_sends_the_case_back(case: Case) -> None:
    case.draft(identity_is_long_term=False, identity_expires_on=str(clock.today())).accept().verify()
    with clock.at(clock.now() + timedelta(days=1)):
        assert idleness.recheck_gates() == 1
    assert case.row.state == "ACCEPTED"
