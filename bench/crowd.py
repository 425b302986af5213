"""Many loans at once: borrowers enough for all of them, and clients that take one after the other to the end."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from queue import Empty, Queue

from django.db import connections

from aladdin import clock
from crm import feeds
from crm.models import Account, Customer
from demo import bank, synthetic
from demo.desk import Desk, tell_credit_histories
from demo.feed_file import feed_file
from demo.loan_story import LoanStory, Wish
from demo.phone import Timings
from organization.models import Staff

_AMOUNT, _INCOME, _MONTHS = Decimal(120_000), Decimal(30_000), 24


@dataclass
class Crowd:
    """What came of it: how long it took on the wall, and the timings of every request."""

    loans: int
    seconds: float
    timings: Timings
    failures: list[str] = field(default_factory=list)

    @property
    def loans_a_minute(self) -> float:
        return 60 * (self.loans - len(self.failures)) / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class _Task:
    """One loan to take, by the RM who manages the borrower."""

    rm: str
    wish: Wish


def take_at_once(url: str, sandbox: str, *, loans: int, clients: int) -> Crowd:
    """Take `loans` loans to the money, `clients` of them at a time, signing in not counted."""
    tell_credit_histories(sandbox)
    tasks: Queue[_Task] = Queue()
    for task in islice(_tasks(loans), loans):
        tasks.put(task)
    desk, rms = Desk(url), _rms()
    people = {no: desk.people_for(rm) for no, rm in rms.items()}
    desk.timings.milliseconds.clear()
    failures: list[str] = []
    guard = threading.Lock()

    def work() -> None:
        try:
            while True:
                try:
                    task = tasks.get_nowait()
                except Empty:
                    return
                try:
                    LoanStory(wish=task.wish, people=people[task.rm]).tell()
                except Exception as error:  # noqa: BLE001  one loan that fails is told, the others go on
                    with guard:
                        failures.append(f"{type(error).__name__}: {error}"[:300])
        finally:
            connections.close_all()

    begun = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        for each in [pool.submit(work) for _ in range(clients)]:
            each.result()
    return Crowd(loans, time.monotonic() - begun, desk.timings, failures)


def _rms() -> dict[str, Staff]:
    rows = Staff.objects.filter(position=Staff.Position.RM).select_related("branch").order_by("employee_no")
    return {staff.employee_no: staff for staff in rows}


def _tasks(loans: int) -> Iterator[_Task]:
    """The RMs by turns, each with a borrower of his own who has no loan yet."""
    _enough_customers(loans)
    managing = {"ownerships__effective_to": None, "ownerships__role": "MANAGING"}
    rows = Customer.objects.filter(kind="PERSON", loan_applications=None, **managing)
    found = rows.order_by("pk").values_list("pk", "ownerships__staff__employee_no")
    by_rm: dict[str, list[uuid.UUID]] = {}
    for customer_id, rm in found.iterator(5_000):
        by_rm.setdefault(rm, []).append(customer_id)
    while any(by_rm.values()):
        for rm, waiting in by_rm.items():
            if waiting:
                yield _Task(rm, _wish(Customer.objects.get(pk=waiting.pop())))


def _enough_customers(loans: int) -> None:
    """The demo bank has few customers: more of the same come in by the feed, without movements."""
    wanted = loans + 50
    if wanted <= bank.CUSTOMERS:
        return
    rms = _rms()
    homes = [synthetic.Home(staff.branch.code, staff.employee_no) for staff in rms.values()]
    day = clock.today() - timedelta(days=1)
    more = [each for each in synthetic.people(wanted + 60, homes, last=day) if each.number > bank.CUSTOMERS]
    feeds.load(feed_file("customers", day, [synthetic.customer_row(each) for each in more], []))
    accounts = [synthetic.account_row(each) for each in more]
    feeds.load(feed_file("accounts", day, accounts, [sum((each.wealth for each in more), Decimal(0))]))


def _wish(customer: Customer) -> Wish:
    account = Account.objects.filter(customer=customer).earliest("created_at")
    return Wish(
        application_id=uuid.uuid4(),
        customer_id=str(customer.pk),
        borrower=customer.name,
        payee_name=customer.name,
        payee_account=account.number,
        product="PERSONAL_CONSUMPTION",
        amount=_AMOUNT,
        months=_MONTHS,
        purpose="HOME_IMPROVEMENT",
        monthly_income=_INCOME,
    )
