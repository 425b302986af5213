"""Money that comes back: told by core banking one by one or by its nightly balances, and undone by a reversal."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from aladdin import clock
from aladdin.clock import SHANGHAI
from aladdin.parameters import Parameter
from loans.models import LoanAccount, Repayment
from postloan.models import PostLoanCheck
from tests.loans.builders import Case, done, refused
from tests.loans.lending import disbursed
from tests.loans.repaying import due, line, lines, owed, payment, send, tell, told
from tests.loans.test_accounts import line as file_line
from tests.loans.test_accounts import told as file_told

D = Decimal


@pytest.fixture
def account(case: Case) -> LoanAccount:
    return disbursed(case)


def on(day: date) -> Any:
    """The clock at noon of a business date."""
    return clock.at(datetime.combine(day, time(12), tzinfo=SHANGHAI))


# --- Told one by one -----------------------------------------------------------------------------
def test_a_repayment_pays_the_instalment_that_is_due(account: LoanAccount) -> None:
    with on(due(account, 1)):
        assert told(account, amount=payment(account, 1)) == "APPLIED"
    first = line(account, 1)
    assert (first.principal_paid, first.interest_paid, first.paid_on) == (first.principal, first.interest, first.due_on)
    assert account.balance == owed(account) == D(100_000) - first.principal


def test_told_twice_it_counts_once(account: LoanAccount) -> None:
    with on(due(account, 1)):
        amount = payment(account, 1)
        assert told(account, amount=amount, reference="HK-1") == "APPLIED"
        assert told(account, amount=amount, reference="HK-1") == "DUPLICATE"
        refused(tell(account, amount=amount + 1, reference="HK-1"), 409, "reference_conflict")
    assert account.repayments.count() == 1


def test_a_reversal_undoes_it_once(account: LoanAccount) -> None:
    with on(due(account, 1)):
        told(account, amount=payment(account, 1), reference="HK-1")
        assert told(account, "REVERSAL", reverses="HK-1", reference="CZ-1") == "APPLIED"
        assert told(account, "REVERSAL", reverses="HK-1", reference="CZ-1") == "DUPLICATE"
        refused(tell(account, "REVERSAL", reverses="HK-1", reference="CZ-2"), 409, "reference_conflict")
        refused(tell(account, "REVERSAL", reverses="HK-9"), 409, "repayment_unknown")
    assert (line(account, 1).principal_paid, line(account, 1).paid_on, account.balance) == (D(0), None, D(100_000))


def test_the_last_repayment_settles_the_loan(case: Case) -> None:
    account = disbursed(case, product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED")
    case.run_jobs()
    for number in range(1, 13):
        with on(due(account, number)):
            told(account, amount=payment(account, number))
    assert (account.status, account.balance, account.settled_on) == ("SETTLED", D(0), due(account, 12))
    case.run_jobs()
    assert PostLoanCheck.objects.get(loan_account=account).status == "CANCELLED"
    refused(tell(account, amount="1.00"), 409, "loan_ended")


def test_what_is_owed_on_a_day_is_told_to_who_sees_the_loan(case: Case, account: LoanAccount) -> None:
    late = due(account, 1) + timedelta(days=10)
    path = f"/api/v1/loan-accounts/{account.pk}/position"
    with on(late):
        said = done(case.rm.get(path))
    first = line(account, 1)
    penalty = (first.principal * D("6.75") * 10 / 36_000).quantize(D("0.01"))  # 4.5 % and half of it
    assert (said["overdue_days"], D(said["overdue_principal"]), D(said["penalty"])) == (10, first.principal, penalty)
    assert D(said["due_now"]) == first.principal + first.interest + penalty + D(said["compound"])
    refused(case.phone(case.bank.stranger).get(path), 404, "not_found")
    assert done(case.rm.get(path, {"on": str(due(account, 1))}))["overdue_days"] == 0


def test_repayments_are_listed(case: Case, account: LoanAccount) -> None:
    with on(due(account, 1)):
        told(account, amount="100.00", principal="0.00", interest="100.00")
    (row,) = done(case.rm.get(f"/api/v1/loan-accounts/{account.pk}/repayments"))["results"]
    assert (row["amount"], row["interest"], row["kind"]) == ("100.00", "100.00", "REPAYMENT")


def test_of_a_non_performing_loan_the_bank_may_take_principal_first(account: LoanAccount) -> None:
    Parameter.objects.filter(code="loan.npl_principal_first").update(value=1)
    LoanAccount.objects.filter(pk=account.pk).update(status="NON_PERFORMING")
    with on(due(account, 1) + timedelta(days=100)):
        told(account, amount="1000.00")
    first = line(account, 1)
    assert (first.principal_paid, first.interest_paid) == (D("1000.00"), D(0))


# --- What is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said, field",
    [
        ({"amount": "0.00"}, "amount"),
        ({}, "amount"),
        ({"amount": "10.00", "interest": "9.00"}, "amount"),
        ({"kind": "PREPAYMENT", "amount": "10.00"}, "principal"),
        ({"kind": "REVERSAL"}, "reverses"),
        ({"kind": "GIFT", "amount": "10.00"}, "kind"),
        ({"amount": "10.00", "paid_on": "2999-01-01"}, "paid_on"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "10.00", "reference": "有"}, "reference"),
    ],
)
def test_a_call_that_cannot_be_true_is_refused(account: LoanAccount, said: dict[str, str], field: str) -> None:
    answer = tell(account, **said)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_an_unknown_account_is_to_be_told_later(account: LoanAccount) -> None:
    refused(tell(account, account_no="JJ20200101000001", amount="1.00"), 409, "account_unknown")


def test_the_door_wants_a_signature(account: LoanAccount) -> None:
    assert send(b"{}", **{"X-Signature": "0" * 64}).json()["code"] == "signature_wrong"
    assert send(b"[]").json()["code"] == "malformed"


def test_what_was_told_and_planned_is_never_rewritten(account: LoanAccount) -> None:
    with on(due(account, 1)):
        told(account, amount=payment(account, 1))
    schedule = account.schedules.get()
    for rows, change in (
        (Repayment.objects.all(), {"amount": 1}),
        (account.instalments.all(), {"principal": 1}),
        (account.instalments.all(), {"due_on": date(2030, 1, 1)}),
        (type(schedule).objects.filter(pk=schedule.pk), {"rate": 1}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**change)
    for rows in (Repayment.objects.all(), account.instalments.all(), type(schedule).objects.filter(pk=schedule.pk)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows._raw_delete(rows.db)


# --- Seen in the nightly balances ----------------------------------------------------------------
def test_a_balance_of_the_night_pays_the_instalments(account: LoanAccount) -> None:
    paid = line(account, 1).principal
    with on(due(account, 1) + timedelta(days=1)):
        file_told(file_line(account, "NORMAL", str(D(100_000) - paid)))
    account.refresh_from_db()
    first = line(account, 1)
    assert (first.principal_paid, first.interest_paid) == (first.principal, first.interest)
    assert account.balance == owed(account)
    assert account.repayments.get().kind == "BALANCE"


def test_a_normal_loan_owes_no_interest_of_the_past(case: Case) -> None:
    account = disbursed(case, repayment_method="INTEREST_ONLY")
    with on(due(account, 1) + timedelta(days=2)):
        file_told(file_line(account, "NORMAL", "100000.00"))
    first = line(account, 1)
    assert (first.interest_paid, first.paid_on is not None) == (first.interest, True)
    assert not lines(account)[1].interest_paid


def test_an_overdue_loan_leaves_its_instalment_unpaid(account: LoanAccount) -> None:
    with on(due(account, 1) + timedelta(days=2)):
        file_told(file_line(account, "OVERDUE", "100000.00"))
    assert line(account, 1).paid_on is None
    assert account.repayments.count() == 0


def test_told_one_by_one_and_in_the_balance_is_counted_once(account: LoanAccount) -> None:
    paid = line(account, 1).principal
    with on(due(account, 1)):
        told(account, amount=payment(account, 1))
    with on(due(account, 1) + timedelta(days=1)):
        file_told(file_line(account, "NORMAL", str(D(100_000) - paid)))
    assert [row.kind for row in account.repayments.all()] == ["REPAYMENT"]


def test_a_balance_that_rises_again_takes_back_what_only_balances_told(account: LoanAccount) -> None:
    paid = line(account, 1).principal
    with on(due(account, 1) + timedelta(days=1)):
        file_told(file_line(account, "NORMAL", str(D(100_000) - paid)))
    with on(due(account, 1) + timedelta(days=2)):
        file_told(file_line(account, "OVERDUE", "99000.00"))
    account.refresh_from_db()
    assert account.balance == owed(account) == D("99000.00")
    assert line(account, 1).paid_on is None


def test_what_was_told_today_stays_when_yesterdays_balance_comes(account: LoanAccount) -> None:
    yesterday = due(account, 1) - timedelta(days=1)
    with on(due(account, 1)):
        told(account, amount=payment(account, 1))
        file_told(file_line(account, "NORMAL", "100000.00"), on=yesterday)
    account.refresh_from_db()
    assert account.balance == owed(account) == D(100_000) - line(account, 1).principal


def test_settled_before_its_end_nothing_is_to_come(account: LoanAccount) -> None:
    with on(due(account, 1) + timedelta(days=5)):
        file_told(file_line(account, "SETTLED", "0.00", str(clock.today())))
    account.refresh_from_db()
    assert (account.status, account.balance, owed(account)) == ("SETTLED", D(0), D(0))
    assert [each.number for each in lines(account)] == [1]
    assert [row.kind for row in account.repayments.order_by("kind")] == ["BALANCE", "PREPAYMENT"]
    assert account.schedules.latest("version").cause == "PREPAYMENT"
