"""Paying early: tried out, asked for by the RM, executed when core banking says that the money came."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock
from aladdin.clock import SHANGHAI
from loans import prepayments
from loans.models import LoanAccount
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import ruled_by
from tests.loans.lending import disbursed, newcomer
from tests.loans.repaying import due, line, lines, owed, payment, tell, told
from tests.world import Phone

D = Decimal
WHOLE, LOWER, SHORTEN = "WHOLE", "LOWER", "SHORTEN"


def on(day: date) -> Any:
    return clock.at(datetime.combine(day, time(12), tzinfo=SHANGHAI))


@pytest.fixture
def account(case: Case) -> LoanAccount:
    """100,000 yuan over a year, of which the first instalment is paid; today is ten days later."""
    found = disbursed(case)
    with on(due(found, 1)):
        told(found, amount=payment(found, 1))
    return found


@pytest.fixture
def ten_days_later(account: LoanAccount) -> Any:
    with on(due(account, 1) + timedelta(days=10)):
        yield clock.today()


def door(account: LoanAccount, more: str = "") -> str:
    return f"/api/v1/loan-accounts/{account.pk}/prepayments{more}"


def wish(way: str, amount: str | None = None, **said: Any) -> dict[str, Any]:
    found = {"way": way, "on": str(clock.today())} | said
    return found if amount is None else found | {"amount": amount}


# --- Tried out -----------------------------------------------------------------------------------
def test_all_of_it_costs_balance_interest_of_ten_days_and_the_fee(
    case: Case, account: LoanAccount, ten_days_later: date
) -> None:
    found = done(case.rm.post(door(account, "/simulate"), wish(WHOLE)))
    balance = account.balance
    interest = (balance * D("4.5") * 10 / 36_000).quantize(D("0.01"))
    assert (D(found["principal"]), D(found["interest"])) == (balance, interest)
    assert D(found["fee"]) == (balance / 100).quantize(D("0.01"))
    assert D(found["total"]) == D(found["principal"]) + D(found["interest"]) + D(found["fee"])
    assert (found["lines"], found["matures_on"]) == ([], None)
    assert D(found["interest_saved"]) > 0


def test_a_part_lowers_the_payments_or_shortens_the_term(
    case: Case, account: LoanAccount, ten_days_later: date
) -> None:
    lower = done(case.rm.post(door(account, "/simulate"), wish(LOWER, "40000.00")))
    shorter = done(case.rm.post(door(account, "/simulate"), wish(SHORTEN, "40000.00")))
    assert len(lower["lines"]) == 11
    assert len(shorter["lines"]) < 8
    assert D(lower["lines"][1]["payment"]) < payment(account, 3)
    assert max(D(each["payment"]) for each in shorter["lines"]) <= payment(account, 3)
    assert D(shorter["interest_saved"]) > D(lower["interest_saved"]) > 0
    assert account.schedules.count() == 1  # nothing was done


def test_later_than_the_next_due_date_that_instalment_counts_as_paid(case: Case, account: LoanAccount) -> None:
    with on(due(account, 1) + timedelta(days=10)):
        later = str(due(account, 2) + timedelta(days=1))
        found = done(case.rm.post(door(account, "/simulate"), wish(WHOLE, on=later)))
    assert D(found["principal"]) == account.balance - line(account, 2).principal


@pytest.mark.parametrize(
    "said, code",
    [
        ({"way": LOWER}, "prepayment_amount_unfit"),
        ({"way": LOWER, "amount": "0.00"}, "prepayment_amount_unfit"),
        ({"way": LOWER, "amount": "100000.00"}, "prepayment_amount_unfit"),
        ({"way": WHOLE, "on": "2026-01-01"}, "prepayment_date_unfit"),
        ({"way": WHOLE, "on": "2029-01-01"}, "prepayment_date_unfit"),
    ],
)
def test_what_cannot_be_paid_early(
    case: Case, account: LoanAccount, ten_days_later: date, said: dict[str, str], code: str
) -> None:
    refused(case.rm.post(door(account, "/simulate"), wish(said.pop("way")) | said), 422, code)


def test_a_loan_with_all_principal_at_its_end_is_not_shortened(case: Case) -> None:
    account = disbursed(case, repayment_method="INTEREST_ONLY")
    refused(case.rm.post(door(account, "/simulate"), wish(SHORTEN, "1000.00")), 422, "method_cannot_be_shortened")


def test_after_long_enough_it_costs_no_fee(case: Case) -> None:
    ruled_by("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, prepayment_free_after_months=6)
    account = disbursed(case)
    for months, fee in ((5, D(1)), (6, D(0))):
        assert prepayments.fee_percent(account, due(account, months) + timedelta(days=20)) == fee


# --- Asked for -----------------------------------------------------------------------------------
def test_the_rm_asks_and_core_banking_executes(case: Case, account: LoanAccount, ten_days_later: date) -> None:
    asked = done(case.rm.post(door(account), wish(SHORTEN, "40000.00", asked_by="CUSTOMER")))
    assert (asked["state"], asked["asked_by"]) == ("REQUESTED", "CUSTOMER")
    before, balance = [(each.number, each.principal) for each in lines(account)], account.balance
    parts = {name: asked[name] for name in ("principal", "interest", "fee")}
    told(account, "PREPAYMENT", amount=sum(map(D, parts.values())), **parts)
    (row,) = done(case.rm.get(door(account)))["results"]
    assert row["state"] == "EXECUTED"
    assert account.balance == owed(account) == balance - 40_000
    versions = done(case.rm.get(f"/api/v1/loan-accounts/{account.pk}/schedule-versions"))
    assert [(each["version"], each["cause"]) for each in versions] == [(1, "OPENING"), (2, "PREPAYMENT")]
    assert versions[1]["effective_from"] == str(ten_days_later)
    assert account.matures_on == lines(account)[-1].due_on < date.fromisoformat(versions[0]["matures_on"])
    old = done(case.rm.get(f"/api/v1/loan-accounts/{account.pk}/schedule", {"version": 1}))
    assert [(each["number"], D(each["principal"])) for each in old] == before
    refused(case.rm.post(door(account, f"/{asked['id']}/cancel")), 409, "prepayment_closed")


def test_all_of_it_settles_the_loan(case: Case, account: LoanAccount, ten_days_later: date) -> None:
    asked = done(case.rm.post(door(account), wish(WHOLE)))
    parts = {name: asked[name] for name in ("principal", "interest", "fee")}
    told(account, "PREPAYMENT", amount=sum(map(D, parts.values())), **parts)
    assert (account.status, account.balance, account.settled_on) == ("SETTLED", D(0), ten_days_later)
    assert [each.number for each in lines(account)] == [1]
    refused(case.rm.post(door(account, "/simulate"), wish(WHOLE)), 409, "loan_ended")


def test_what_core_banking_took_unasked_lowers_the_payments(account: LoanAccount, ten_days_later: date) -> None:
    told(account, "PREPAYMENT", amount="40000.00", principal="40000.00")
    assert len(lines(account)) == 12
    assert account.schedules.latest("version").note.startswith("LOWER")


def test_more_than_is_to_come_is_no_early_payment(account: LoanAccount, ten_days_later: date) -> None:
    answer = tell(account, "PREPAYMENT", amount="100000.00", principal="100000.00")
    refused(answer, 409, "prepayment_unfit")
    assert account.repayments.count() == 1


def test_taken_back_everything_is_as_before(account: LoanAccount, ten_days_later: date) -> None:
    before = [(each.number, each.due_on, each.principal, each.interest) for each in lines(account)]
    balance = account.balance
    told(account, "PREPAYMENT", amount=balance, principal=balance, reference="TQ-1")
    assert account.status == "SETTLED"
    told(account, "REVERSAL", reverses="TQ-1")
    assert [(each.number, each.due_on, each.principal, each.interest) for each in lines(account)] == before
    assert (account.status, account.settled_on, account.balance) == ("NORMAL", None, balance)
    assert [each.cause for each in account.schedules.order_by("version")] == ["OPENING", "PREPAYMENT", "REVERSAL"]


def test_an_early_payment_that_others_built_upon_is_not_simply_taken_back(
    account: LoanAccount, ten_days_later: date
) -> None:
    told(account, "PREPAYMENT", amount="10000.00", principal="10000.00", reference="TQ-1")
    told(account, "PREPAYMENT", amount="10000.00", principal="10000.00", reference="TQ-2")
    refused(tell(account, "REVERSAL", reverses="TQ-1"), 409, "prepayment_built_upon")
    assert account.repayments.get(reference="TQ-1").reversed_on is None


# --- Who, and when not ---------------------------------------------------------------------------
def test_one_wish_at_a_time_and_it_may_be_taken_back(case: Case, account: LoanAccount, ten_days_later: date) -> None:
    asked = done(case.rm.post(door(account), wish(WHOLE)))
    refused(case.rm.post(door(account), wish(WHOLE)), 409, "prepayment_pending")
    assert done(case.rm.post(door(account, f"/{asked['id']}/cancel")))["state"] == "CANCELLED"
    assert done(case.rm.post(door(account), wish(WHOLE)))["state"] == "REQUESTED"


def test_a_loan_in_arrears_is_brought_up_to_date_first(case: Case, account: LoanAccount) -> None:
    with on(due(account, 2) + timedelta(days=1)):
        refused(case.rm.post(door(account), wish(WHOLE)), 409, "loan_overdue")


def test_a_wish_for_which_no_money_came_lapses(case: Case, account: LoanAccount, ten_days_later: date) -> None:
    done(case.rm.post(door(account), wish(WHOLE)))
    with on(ten_days_later + timedelta(days=3)):
        assert prepayments.lapse() == 0
    with on(ten_days_later + timedelta(days=4)):
        assert prepayments.lapse() == 1
        assert prepayments.lapse() == 0
    assert account.prepayments.get().state == "LAPSED"


def test_who_may_ask(case: Case, account: LoanAccount, ten_days_later: date) -> None:
    for staff in (case.bank.manager, case.bank.reviewer, case.bank.auditor):
        refused(case.phone(staff).post(door(account), wish(WHOLE)), 403, "not_permitted")
    for staff in (case.bank.stranger, newcomer(case, case.bank.rm)):
        refused(Phone(staff).post(door(account), wish(WHOLE)), 404, "not_found")
    assert done(case.phone(case.bank.manager).post(door(account, "/simulate"), wish(WHOLE)))
