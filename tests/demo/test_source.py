"""The replay's source reads to the figures that its description gives."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from crm.identifiers import age_on, identity_number
from demo import source, synthetic
from demo.replay import feeds
from demo.source import CONTROL


def test_the_files_read_to_their_control_totals() -> None:
    booked = source.transactions()
    credits_ = [one.amount for one in booked if one.direction == "CREDIT"]
    debits = [one.amount for one in booked if one.direction == "DEBIT"]
    fees = Counter(account.fee_frequency for account in source.accounts().values())
    held = Counter(one.kind for one in source.dispositions())
    loans = source.loans()
    assert {
        "accounts": len(source.accounts()),
        **{f"accounts.{frequency}": count for frequency, count in fees.items()},
        "owners": held["OWNER"],
        "disponents": held["DISPONENT"],
        "transactions": len(booked),
        "transactions.accounts": len({one.account for one in booked}),
        "credits": len(credits_),
        "credits.amount": sum(credits_),
        "debits": len(debits),
        "debits.amount": sum(debits),
        "loans": len(loans),
        "loans.amount": sum(loan.amount for loan in loans),
        **{f"loans.{status}": count for status, count in Counter(loan.status for loan in loans).items()},
    } == CONTROL


def test_every_loan_is_its_payments_without_interest() -> None:
    assert all(loan.payment * loan.months == loan.amount for loan in source.loans())


def test_no_borrower_is_a_minor_and_none_too_old() -> None:
    ages = [
        age_on(source.clients()[source.owner_of()[loan.account]].birth_on, loan.granted_on) for loan in source.loans()
    ]
    assert (min(ages), max(ages)) == (18, 66)


def test_dates_move_by_whole_weeks() -> None:
    first = source.loans()[0].granted_on
    assert source.moved(first) - first == timedelta(weeks=source.WEEKS_FORWARD)


def test_every_made_up_person_has_an_identity_number_of_his_own_that_checks() -> None:
    numbers = feeds.identity_numbers()
    assert len(set(numbers.values())) == len(source.clients())
    for client, number in list(numbers.items())[:500]:
        born = source.clients()[client].birth_on
        read = identity_number(number, on=born + timedelta(days=40 * 365), allow_test_area=True)
        assert read.birth_on == born


def test_synthetic_people_never_share_an_identity_number() -> None:
    homes = [synthetic.Home("01001", "R00101")]
    last = source.loans()[-1].granted_on
    people = list(synthetic.people(20_000, homes, last=last))
    assert len({(one.birth_on, one.sex, one.serial) for one in people}) == len(people)


def test_synthetic_movements_keep_their_balance() -> None:
    last = source.loans()[-1].granted_on
    for person in synthetic.people(50, [synthetic.Home("01001", "R00101")], last=last):
        balance = person.wealth
        for _, row in synthetic.movements(person, last=last):
            signed = Decimal(str(row[5])) if row[4] == "CREDIT" else -Decimal(str(row[5]))
            balance += signed
            assert balance == row[6]
            assert balance >= 0
