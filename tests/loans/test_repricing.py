"""Rates that follow the LPR: the spread stays, and from the day on the schedule has a version of its own."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock
from aladdin.clock import SHANGHAI
from loans import jobs, repricing
from loans.models import Contract, LoanAccount, LprQuote
from tests.loans.builders import Case, done
from tests.loans.configuring import ruled_by
from tests.loans.lending import disbursed
from tests.loans.repaying import due, lines, payment, told

D = Decimal


def on(day: date) -> Any:
    return clock.at(datetime.combine(day, time(12), tzinfo=SHANGHAI))


def rule(case: Case, repricing: str) -> None:
    """The consumption product's rate follows the LPR from now on."""
    ruled_by("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, repricing=repricing)


@pytest.fixture
def january(case: Case) -> LoanAccount:
    """Two years from today, adjusted every 1 January; today's one-year LPR is 3.00 %, the spread 150 basis points."""
    rule(case, "JANUARY")
    return disbursed(case, term_months=24)


def publish(rate: str, day: date) -> None:
    LprQuote.objects.create(tenor="1Y", rate=D(rate), published_on=day)


def new_year(account: LoanAccount) -> date:
    return date(account.disbursed_on.year + 1, 1, 1)


def test_on_new_years_day_the_rate_follows_the_lpr(case: Case, january: LoanAccount) -> None:
    day = new_year(january)
    before = lines(january)
    publish("2.80", day - timedelta(days=12))
    with on(day - timedelta(days=1)):
        assert repricing.reprice_due() == 0
    with on(day):
        jobs.reprice()
        assert repricing.reprice_due() == 0  # once
    january.refresh_from_db()
    assert january.rate == D("4.300000")
    version = january.schedules.latest("version")
    assert (version.cause, version.effective_from, version.lpr) == ("REPRICING", day, D("2.800000"))
    after = lines(january)
    assert [each.due_on for each in after] == [each.due_on for each in before]
    assert after[3].principal + after[3].interest < before[3].principal + before[3].interest
    assert sum(each.principal for each in after) == D(100_000)
    shown = done(case.rm.get(f"/api/v1/loan-accounts/{january.pk}/schedule-versions"))
    assert [(each["cause"], each["rate"]) for each in shown] == [("OPENING", "4.500000"), ("REPRICING", "4.300000")]


def test_the_period_of_the_change_is_counted_in_two_pieces(january: LoanAccount) -> None:
    day = new_year(january)
    publish("2.80", day - timedelta(days=12))
    first = lines(january)[0]
    running = next(each for each in lines(january) if each.due_on > day)
    begins = max(each.due_on for each in lines(january) if each.due_on <= day) if first.due_on <= day else None
    begins = begins or january.disbursed_on
    balance = D(100_000) - sum(each.principal for each in lines(january) if each.due_on <= day)
    with on(day):
        repricing.reprice_due()
    old = (balance * D("4.5") * (day - begins).days / 36_000).quantize(D("0.01"))
    new = (balance * D("4.3") * (running.due_on - day).days / 36_000).quantize(D("0.01"))
    assert january.instalments.current().get(number=running.number).interest == old + new


def test_an_lpr_that_stays_changes_nothing_and_is_asked_again_next_year(january: LoanAccount) -> None:
    day = new_year(january)
    with on(day):
        assert repricing.reprice_due() == 1
    january.agreement.refresh_from_db()
    assert january.schedules.count() == 1
    assert january.agreement.next_repricing_on == date(day.year + 1, 1, 1)


def test_by_anniversary_it_is_the_day_of_the_disbursement(case: Case) -> None:
    rule(case, "ANNIVERSARY")
    account = disbursed(case, term_months=24)
    assert account.agreement.next_repricing_on == account.disbursed_on.replace(year=account.disbursed_on.year + 1)


def test_a_loan_that_ends_before_the_day_keeps_its_rate(case: Case) -> None:
    rule(case, "ANNIVERSARY")
    assert disbursed(case).agreement.next_repricing_on is None


def test_what_is_paid_stays_paid_and_what_is_overdue_stays_as_planned(january: LoanAccount) -> None:
    with on(due(january, 1)):
        told(january, amount=payment(january, 1))
    paid = lines(january)[0]
    publish("2.80", new_year(january) - timedelta(days=12))
    with on(new_year(january)):
        repricing.reprice_due()
    first = lines(january)[0]
    assert (first.schedule.version, first.paid_on, first.principal) == (1, paid.paid_on, paid.principal)


def test_a_settled_loan_is_left_alone(january: LoanAccount) -> None:
    LoanAccount.objects.filter(pk=january.pk).update(status="SETTLED", balance=0, settled_on=clock.today())
    publish("2.80", new_year(january) - timedelta(days=12))
    with on(new_year(january)):
        assert repricing.reprice_due() == 0


def test_the_contract_says_how_the_rate_moves(january: LoanAccount) -> None:
    contract = Contract.objects.get(application=january.application)
    assert contract.spread_bp == D(150)
    assert "每年1月1日按当日适用的一年期LPR加150个基点调整" in contract.text


def test_a_contract_without_the_rule_says_fixed(case: Case) -> None:
    account = disbursed(case)
    assert "合同期内固定不变" in account.contract.text
    assert (account.agreement.repricing, account.agreement.next_repricing_on) == ("FIXED", None)
