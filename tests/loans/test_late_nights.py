"""What late loans owe, night by night: written once, told anew from the history each time."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock
from aladdin.clock import SHANGHAI
from loans import jobs, late_nights
from loans.models import LatenessOfDay, LoanAccount, RepaymentAgreement
from tests.loans.builders import Case
from tests.loans.configuring import ruled_by
from tests.loans.lending import disbursed
from tests.loans.repaying import due, line, payment, told

D = Decimal


def on(day: date) -> Any:
    return clock.at(datetime.combine(day, time(12), tzinfo=SHANGHAI))


@pytest.fixture
def account(case: Case) -> LoanAccount:
    return disbursed(case)


def of(account: LoanAccount) -> list[tuple[int, Decimal]]:
    return list(account.lateness.order_by("business_date").values_list("overdue_days", "penalty"))


def test_each_night_of_a_late_loan_is_written_once(account: LoanAccount) -> None:
    due_on, principal = due(account, 1), line(account, 1).principal
    for day in range(4):
        with on(due_on + timedelta(days=day + 1)):
            jobs.accrue_lateness()
            assert late_nights.accrue() == 0
    penalty = [(principal * D("6.75") * days / 36_000).quantize(D("0.01")) for days in (1, 2, 3)]
    assert of(account) == list(zip([1, 2, 3], penalty, strict=True))  # nothing at the end of the due date itself
    row = account.lateness.first()
    assert row is not None
    assert (row.overdue_principal, row.penalty_rate, row.balance) == (principal, D("6.750000"), D(100_000))


def test_a_missed_night_is_made_up_for(account: LoanAccount) -> None:
    day = due(account, 1) + timedelta(days=5)
    with on(day + timedelta(days=9)):
        assert late_nights.accrue(day) == 1
    assert LatenessOfDay.objects.get().overdue_days == 5


def test_who_pays_is_late_no_more_but_still_owes_what_it_cost(account: LoanAccount) -> None:
    late = due(account, 1) + timedelta(days=10)
    with on(late):
        late_nights.accrue()
        cost = account.lateness.get().penalty + account.lateness.get().compound
        told(
            account,
            amount=payment(account, 1),
            principal=line(account, 1).principal,
            interest=line(account, 1).interest,
        )
    with on(late + timedelta(days=1)):
        late_nights.accrue()
    after = account.lateness.latest("business_date")
    assert (after.overdue_days, after.overdue_principal) == (0, D(0))
    assert after.penalty + after.compound > cost > 0
    with on(late + timedelta(days=2)):
        told(account, amount=after.penalty + after.compound, penalty=after.penalty, compound=after.compound)
        late_nights.accrue(late + timedelta(days=2))
    assert account.lateness.latest("business_date") == after


def test_within_the_products_days_of_grace_nothing_is_due_for_it(case: Case) -> None:
    ruled_by("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, grace_days=3)
    account = disbursed(case)
    for days in (3, 4):
        late_nights.accrue(due(account, 1) + timedelta(days=days))
    (in_grace, after) = of(account)
    assert in_grace == (3, D(0))
    assert after[1] > 0


def test_misuse_costs_even_what_is_not_yet_due(account: LoanAccount) -> None:
    RepaymentAgreement.objects.filter(account=account).update(misused_from=account.disbursed_on)
    late_nights.accrue(account.disbursed_on + timedelta(days=8))
    row = account.lateness.get()
    assert (row.overdue_days, row.penalty) == (0, D("100.00"))  # 4.5 % on top for eight days of 100,000


def test_a_loan_that_is_paid_on_time_has_no_row(account: LoanAccount) -> None:
    with on(due(account, 1)):
        told(account, amount=payment(account, 1))
    with on(due(account, 1) + timedelta(days=2)):
        assert late_nights.accrue() == 0
