"""The first check: when it is due, planned once, handed out when its window opens."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock, parameters
from aladdin.parameters import Parameter
from crm.models import Ownership
from loans.models import LoanAccount
from notifications.models import Notice
from postloan import plan
from postloan.models import PostLoanCheck
from tests.loans.builders import Case
from tests.loans.lending import SHOP, disbursed, later
from tests.postloan.conftest import BUSINESS


def days_until_due(account: LoanAccount) -> int:
    return (plan.first_check_due_on(account) - account.disbursed_on).days


# --- When ----------------------------------------------------------------------------------------
def test_a_plain_consumption_loan_is_looked_at_within_thirty_days(case: Case) -> None:
    assert days_until_due(disbursed(case)) == 30


def test_a_business_loan_within_fifteen(account: LoanAccount) -> None:
    assert days_until_due(account) == 15


def test_an_entrusted_payment_within_fifteen(case: Case) -> None:
    assert days_until_due(disbursed(case, payee=SHOP)) == 15


def test_the_days_are_those_in_force_on_the_day_of_disbursement(case: Case) -> None:
    account = disbursed(case)
    row = Parameter.objects.get(code="postloan.first_check_days_plain")
    tomorrow = clock.today() + timedelta(days=1)
    Parameter.objects.filter(pk=row.pk).update(effective_to=tomorrow)
    row.pk, row.effective_from, row.value = None, tomorrow, Decimal(20)
    row.save()
    with clock.at(later(days=2)):
        assert parameters.integer("postloan.first_check_days_plain") == 20
        assert days_until_due(account) == 30


@given(st.booleans(), st.booleans(), st.decimals(min_value=1, max_value=10**7, places=2), st.integers(1, 10**7))
def test_business_entrusted_or_large_is_close(
    is_business: bool, is_entrusted: bool, amount: Decimal, large: int
) -> None:
    close = plan.first_check_is_close(
        is_business=is_business, is_entrusted=is_entrusted, amount=amount, large=Decimal(large)
    )
    assert close == any((is_business, is_entrusted, amount > large))  # exactly at the limit is not above it


# --- Once ----------------------------------------------------------------------------------------
def test_the_first_check_follows_from_the_disbursement(case: Case) -> None:
    account = disbursed(case, **BUSINESS)
    case.run_jobs()
    check = PostLoanCheck.objects.get(loan_account=account)
    assert (check.kind, check.status, check.executor) == ("FIRST", "PENDING", case.bank.rm)
    assert check.due_on == clock.today() + timedelta(days=15)
    assert Notice.objects.get(kind="post_loan_check.due").stream.staff == case.bank.rm


def test_planned_again_it_is_the_same_one(account: LoanAccount) -> None:
    assert plan.plan_first_check(account) == plan.plan_first_check(account)
    assert PostLoanCheck.objects.count() == 1
    assert Notice.objects.filter(kind="post_loan_check.due").count() == 1


def test_the_database_allows_one_first_check(check: PostLoanCheck) -> None:
    check.pk, check._state.adding = None, True
    with pytest.raises(IntegrityError), transaction.atomic():
        check.save(force_insert=True)


def test_it_goes_to_who_manages_the_customer_by_then(case: Case) -> None:
    account = disbursed(case)
    Ownership.objects.filter(customer=account.customer).update(staff=case.bank.other_rm)
    assert plan.plan_first_check(account).executor == case.bank.other_rm


def test_a_customer_in_nobodys_care_is_visited_by_the_rm_of_the_case(case: Case) -> None:
    account = disbursed(case)
    Ownership.objects.filter(customer=account.customer).delete()
    assert plan.plan_first_check(account).executor == case.bank.rm


# --- The window ----------------------------------------------------------------------------------
def test_the_window_opens_fifteen_days_before_the_end(case: Case) -> None:
    check = plan.plan_first_check(disbursed(case))
    assert check.status == "PLANNED"
    with clock.at(later(days=14)):
        assert plan.open_windows() == 0
    with clock.at(later(days=15)):
        assert plan.open_windows() == 1
        assert plan.open_windows() == 0
    check = PostLoanCheck.objects.get()
    assert check.status == "PENDING"
    opened = check.transitions.get()
    assert (opened.name, opened.by) == ("open", None)


def test_a_loan_settled_before_the_window_opens_is_not_checked(case: Case) -> None:
    account = disbursed(case)
    plan.plan_first_check(account)
    LoanAccount.objects.filter(pk=account.pk).update(status="SETTLED", balance=0, settled_on=clock.today())
    with clock.at(later(days=15)):
        plan.open_windows()
    assert PostLoanCheck.objects.get().status == "CANCELLED"
    assert not Notice.objects.filter(kind="post_loan_check.due").exists()


def test_a_settled_loan_leaves_what_was_handed_in_to_its_reviewer(check: PostLoanCheck) -> None:
    PostLoanCheck.objects.filter(pk=check.pk).update(status="SUBMITTED", submitted_at=clock.now())
    assert plan.stop_checks(check.loan_account) == 0
    assert PostLoanCheck.objects.get().status == "SUBMITTED"
