"""The source's loans, each told over the API on the day it was granted; later the core's word on how they stand."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import httpx
from django.db import connections

from aladdin.calendar import add_months
from aladdin.clock import SHANGHAI
from crm.models import Customer
from demo import source
from demo.desk import Desk
from demo.feed_file import Row, feed_file
from demo.loan_story import LoanStory, Wish
from demo.replay import feeds, product
from loans.models import LoanAccount
from organization.models import Staff

_NAMESPACE = uuid.UUID("2f0a8c2e-97b1-5b59-8f2e-6c55b1f7a9d3")
#: The customer comes at nine; the money is there before eleven.
BEGINS_AT = time(9, 0)
SELF_PAID_UP_TO = Decimal(300_000)
DEALER = ("燕赵家居商贸有限公司", "955900000000000001")
AT_ONCE = 3
#: What the core says of each of the source's statuses.
STATUS = {"A": "SETTLED", "B": "NON_PERFORMING", "C": "NORMAL", "D": "OVERDUE"}


def application_id(loan: source.Loan) -> uuid.UUID:
    """The identifier that the phone gives the application: always the same for a loan of the source."""
    return uuid.uuid5(_NAMESPACE, str(loan.number))


def open_payee_accounts(loans: list[source.Loan], sandbox: str) -> None:
    """The core banking system knows the bank's own accounts, to which the loans are paid.

    The sandbox would otherwise take an account for unknown by its last digits."""
    with httpx.Client(base_url=sandbox, trust_env=False) as core:
        for loan in loans:
            account = {
                "account": feeds.account_no(loan.account),
                "name": feeds.person_name(source.owner_of()[loan.account]),
            }
            core.post("/_sandbox/core-banking/accounts", json=account).raise_for_status()


def late_payers(loans: list[source.Loan]) -> list[str]:
    """The identity numbers of those whose loan will not be paid as it should: the bureau knows of an earlier delay."""
    numbers = feeds.identity_numbers()
    return [numbers[source.owner_of()[loan.account]] for loan in loans if loan.status in "BD"]


def tell(loan: source.Loan, desk: Desk) -> str:
    """Take one loan from the draft to the money; the state it ends in."""
    owner = source.owner_of()[loan.account]
    customer = Customer.objects.get(cif_no=feeds.cif_no(owner))
    rm = Staff.objects.select_related("branch").get(employee_no=feeds.managing_rm(owner))
    begins = datetime.combine(loan.granted_on, BEGINS_AT, tzinfo=SHANGHAI)
    return LoanStory(wish=_wish(loan, owner, customer), people=desk.people_for(rm), begins=begins).tell()


def _wish(loan: source.Loan, owner: int, customer: Customer) -> Wish:
    borrower = feeds.person_name(owner)
    own = (borrower, feeds.account_no(loan.account))
    payee_name, payee_account = own if loan.amount <= SELF_PAID_UP_TO else DEALER
    return Wish(
        application_id=application_id(loan),
        customer_id=str(customer.pk),
        borrower=borrower,
        payee_name=payee_name,
        payee_account=payee_account,
        product=product.CODE,
        amount=loan.amount,
        months=loan.months,
        purpose="HOUSEHOLD",
        monthly_income=loan.payment * 4,
        repayment_day=loan.granted_on.day,
    )


def tell_all(loans: list[source.Loan], desk: Desk, done: Callable[[str], None]) -> None:
    """Take the loans, a few at once; `done(state)` after each. The first failure ends it."""

    def one(loan: source.Loan) -> str:
        try:
            return tell(loan, desk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for state in pool.map(one, loans):
                done(state)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def standing_files(loans: list[source.Loan]) -> Iterator[tuple[date, bytes]]:
    """The core's files of how the loan accounts stand: on the eve of the last date those in debt, then all.

    The source tells the status, not the balance. It is taken from the schedule of equal payments: settled, nothing;
    running, what is not due yet; in debt, one payment more than that."""
    last = max(loan.granted_on for loan in loans)
    eve = last - timedelta(days=1)
    in_debt = [loan for loan in loans if loan.status in "BD" and loan.granted_on <= eve]
    if in_debt:
        # A loan is overdue before it is non-performing.
        yield eve, _standing(in_debt, eve, dict.fromkeys("BD", "OVERDUE"))
    yield last, _standing(loans, last, STATUS)


def _standing(loans: list[source.Loan], on: date, statuses: dict[str, str]) -> bytes:
    accounts = {
        str(application): number
        for application, number in LoanAccount.objects.values_list("application_id", "account_no")
    }
    rows: list[Row] = []
    for loan in loans:
        settled_on = min(add_months(loan.granted_on, loan.months), on) if loan.status == "A" else ""
        account_no = accounts[str(application_id(loan))]
        rows.append([account_no, statuses[loan.status], _balance(loan, on), settled_on])
    return feed_file("loan_accounts", on, rows, [sum((Decimal(str(row[2])) for row in rows), Decimal(0))])


def _balance(loan: source.Loan, on: date) -> Decimal:
    if loan.status == "A":
        return Decimal("0.00")
    paid = sum(1 for number in range(1, loan.months + 1) if add_months(loan.granted_on, number) <= on)
    late = 1 if loan.status in "BD" else 0
    return min(loan.amount, max(loan.amount - loan.payment * (paid - late), Decimal("0.00")))
