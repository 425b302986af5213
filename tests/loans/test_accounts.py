"""Loan accounts: the schedule to the fen, who may see them, and the nightly file that keeps them up to date."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.calendar import add_months
from crm.feeds import FeedRefused, Loaded, load
from loans import accounts
from loans.models import LoanAccount
from postloan.models import PostLoanCheck
from tests.loans.builders import Case, done, refused
from tests.loans.lending import disbursed, later

Status = LoanAccount.Status


def line(account: LoanAccount, status: str, balance: str, settled_on: str = "") -> str:
    return f"D,{account.account_no},{status},{balance},{settled_on}"


def told(*lines: str, on: date | None = None, total: str | None = None) -> Loaded:
    """Load a file of loan accounts of a business date."""
    summed = total or str(sum((Decimal(each.split(",")[3]) for each in lines), Decimal(0)))
    rows = [f"H,loan_accounts,{on or clock.today()},1,UTF-8", *lines, f"T,{len(lines)},{summed}"]
    return load("\n".join(rows).encode(), name="loan_accounts.csv")


# --- Opening -------------------------------------------------------------------------------------
def test_the_schedule_adds_up_to_the_loan(case: Case) -> None:
    account = disbursed(case)
    shown = done(case.rm.get(f"/api/v1/loan-accounts/{account.pk}"))
    assert (shown["principal"], shown["balance"], shown["status"]) == ("100000.00", "100000.00", "NORMAL")
    assert shown["matures_on"] == str(add_months(clock.today(), 12))
    schedule = done(case.rm.get(f"/api/v1/loan-accounts/{account.pk}/schedule"))
    assert [each["number"] for each in schedule] == list(range(1, 13))
    assert sum(Decimal(each["principal"]) for each in schedule) == Decimal(100_000)
    assert all(Decimal(each["interest"]) > 0 for each in schedule)
    assert schedule[-1]["due_on"] == shown["matures_on"]
    assert {each["due_on"][-2:] for each in schedule[:-1]} == {"15"}  # the contract's repayment day


def test_the_account_keeps_what_the_contract_says(case: Case) -> None:
    account = disbursed(case, repayment_method="EQUAL_PRINCIPAL")
    assert account.rate == Decimal("4.500000")
    assert account.repayment_method == "EQUAL_PRINCIPAL"
    principals = set(account.instalments.values_list("principal", flat=True))
    assert len(principals) <= 2  # equal, but for the last that absorbs the rounding


def test_who_may_see_the_account(case: Case) -> None:
    account = disbursed(case)
    path = f"/api/v1/loan-accounts/{account.pk}"
    for staff in (case.bank.rm, case.bank.co_rm, case.bank.manager, case.bank.city_manager, case.bank.auditor):
        assert done(case.phone(staff).get(path))["id"] == str(account.pk)
    for staff in (case.bank.other_rm, case.bank.stranger, case.bank.other_manager):
        refused(case.phone(staff).get(path), 404, "not_found")
        refused(case.phone(staff).get(f"{path}/schedule"), 404, "not_found")
        assert done(case.phone(staff).get("/api/v1/loan-accounts"))["results"] == []
    refused(case.phone(case.bank.product_manager).get(path), 403, "not_permitted")


def test_the_list_is_filtered(case: Case) -> None:
    account = disbursed(case)
    found = done(case.rm.get("/api/v1/loan-accounts", {"status": "NORMAL", "account_no": account.account_no}))
    assert [each["id"] for each in found["results"]] == [str(account.pk)]
    assert done(case.rm.get("/api/v1/loan-accounts", {"status": "OVERDUE"}))["results"] == []


# --- The nightly file ----------------------------------------------------------------------------
def test_a_loan_is_overdue_recovers_and_is_settled(case: Case) -> None:
    account = disbursed(case)
    today = clock.today()
    for days, status, balance, settled_on in (
        (0, "OVERDUE", "91893.36", ""),
        (1, "NORMAL", "83746.19", ""),
        (2, "SETTLED", "0.00", str(today + timedelta(days=2))),
    ):
        with clock.at(later(days=days)):
            loaded = told(line(account, status, balance, settled_on))
        account.refresh_from_db()
        assert (loaded.file.loaded, loaded.file.rejected) == (1, 0)
        assert (account.status, account.balance) == (status, Decimal(balance))
    assert account.settled_on == today + timedelta(days=2)
    assert LoanAccount.objects.live().count() == 0


def test_the_same_figures_change_nothing(case: Case) -> None:
    account = disbursed(case)
    told(line(account, "NORMAL", "90000.00"))
    account.refresh_from_db()
    version = account.version
    with clock.at(later(days=1)):
        assert told(line(account, "NORMAL", "90000.00")).file.unchanged == 1
    account.refresh_from_db()
    assert account.version == version


def test_an_older_file_is_not_believed(case: Case) -> None:
    account = disbursed(case)
    told(line(account, "OVERDUE", "90000.00"))
    loaded = told(line(account, "NORMAL", "95000.00"), on=clock.today() - timedelta(days=1))
    assert [each.code for each in loaded.file.rejects.all()] == ["older_than_known"]
    account.refresh_from_db()
    assert account.status == Status.OVERDUE


@pytest.mark.parametrize(
    "status, balance, settled_on, code",
    [
        ("LATE", "1.00", "", "value_invalid"),
        ("NORMAL", "-1.00", "", "value_invalid"),
        ("NORMAL", "100000.01", "", "value_invalid"),
        ("SETTLED", "0.00", "", "value_missing"),
        ("NORMAL", "1.00", "2026-11-01", "value_missing"),
        ("SETTLED", "1.00", "2026-11-01", "value_invalid"),
        ("SETTLED", "0.00", "2099-01-01", "date_in_future"),
        ("WRITTEN_OFF", "0.00", "", "status_illegal"),
    ],
)
def test_a_line_that_cannot_be_true_is_set_aside(
    case: Case, status: str, balance: str, settled_on: str, code: str
) -> None:
    account = disbursed(case)
    file = told(line(account, status, balance, settled_on)).file
    assert [each.code for each in file.rejects.all()] == [code]
    assert file.state == "LOADED_WITH_REJECTS"
    account.refresh_from_db()
    assert (account.status, account.balance) == ("NORMAL", Decimal(100_000))


def test_an_unknown_account_is_set_aside_and_the_others_go_in(case: Case) -> None:
    account = disbursed(case)
    file = told("D,JJ20260101000000,NORMAL,5.00,", line(account, "NORMAL", "90000.00")).file
    assert [each.code for each in file.rejects.all()] == ["account_unknown"]
    assert file.loaded == 1


def test_totals_that_disagree_refuse_the_whole_file(case: Case) -> None:
    account = disbursed(case)
    with pytest.raises(FeedRefused) as refusal:
        told(line(account, "NORMAL", "90000.00"), total="90000.01")
    assert refusal.value.extra["reason"] == "total_disagrees"
    account.refresh_from_db()
    assert account.balance == Decimal(100_000)


def test_a_settled_loan_is_checked_no_more(case: Case) -> None:
    account = disbursed(case, product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED")
    case.run_jobs()
    assert PostLoanCheck.objects.get(loan_account=account).status == "PENDING"
    told(line(account, "SETTLED", "0.00", str(clock.today())))
    case.run_jobs()
    check = PostLoanCheck.objects.get(loan_account=account)
    assert check.status == "CANCELLED"
    assert check.transitions.get(to_status="CANCELLED").reason == "贷款已结清"


def test_the_database_wants_a_settled_loan_to_owe_nothing(case: Case) -> None:
    account = disbursed(case)
    row = LoanAccount.objects.filter(pk=account.pk)
    for wrong in (
        {"status": "SETTLED", "settled_on": clock.today()},
        {"status": "SETTLED", "balance": 0},
        {"balance": 100_001},
        {"balance": -1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**wrong)


# --- The life of an account ----------------------------------------------------------------------
@given(st.lists(st.sampled_from(Status.values), max_size=12))
def test_what_has_ended_stays_ended(steps: list[str]) -> None:
    account = LoanAccount(status=Status.NORMAL)
    for step in steps:
        ended = account.status in (Status.SETTLED, Status.WRITTEN_OFF)
        allowed = accounts.may_become(account, step)
        if ended:
            assert allowed == (step == account.status)
        if allowed:
            account.status = step
