"""Many at once, in transactions of their own: each movement, customer, nonce and reveal counts once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Sum

from aladdin import clock, signatures
from aladdin.parameters import Parameter
from aladdin.problems import Conflict, Problem
from crm import customers, reveal
from crm.feeds import load
from crm.models import Account, Customer, FeedFile, Ownership, Reveal, Transaction
from performance.models import LedgerEntry, Score
from tests.crm.builders import (
    EVENTS,
    call,
    customer_line,
    enter,
    event,
    feed,
    identity_no,
    movement_line,
    open_account,
    tell,
)
from tests.world import Bank

# With the apps named, the flush afterwards reaches the tables that no model here owns.
pytestmark = pytest.mark.django_db(transaction=True, available_apps=[app.name for app in apps.get_app_configs()])


@pytest.fixture
def at_once(transactional_db: None) -> Callable[..., list[Any]]:
    """`at_once(work, work, …)`: all of them side by side, each on a connection of its own; their results."""

    def run(*works: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(len(works)) as pool:
            return [one.result() for one in [pool.submit(_alone, work) for work in works]]

    return run


def _alone(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def credited() -> Decimal:
    entries = LedgerEntry.objects.filter(metric="DEPOSIT_NET_INCREASE")
    return entries.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def test_one_event_delivered_by_many_at_once(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    open_account(1, rm=bank.rm)
    told = event("deposit", "100.00", balance_after="100.00")
    outcomes = [answer.json()["outcome"] for answer in at_once(*[lambda: tell(told)] * 6)]
    assert sorted(outcomes) == ["applied"] + ["duplicate"] * 5
    assert (Transaction.objects.count(), credited()) == (1, Decimal("100.00"))


def test_events_and_the_nightly_file_of_the_same_movements_at_once(
    bank: Bank, at_once: Callable[..., list[Any]]
) -> None:
    accounts = [open_account(number, rm=rm) for number, rm in ((1, bank.rm), (2, bank.co_rm), (3, bank.rm))]
    day = clock.today() - timedelta(days=1)
    lines = [
        movement_line(f"R{number}", "-60000.00", account=number % 3 + 1, balance="1000.00") for number in range(12)
    ]
    corrected = [*lines[::-1], movement_line("R99", "1.00", balance="1000.00")]

    def as_event(number: int) -> Any:
        moment = f"{day}T12:00:00+08:00"
        account_no = lines[number][1]
        return tell(
            event(reference=f"R{number}", amount="60000.00", account_no=account_no, occurred_at=moment)
        ).status_code

    at_once(
        lambda: load(feed("transactions", lines)),
        lambda: [as_event(number) for number in range(12)],
        lambda: load(feed("transactions", corrected)),
        lambda: [as_event(number) for number in reversed(range(12))],
    )
    assert Transaction.objects.count() == 13
    assert credited() == Decimal("-719999.00")
    assert {account.balance for account in Account.objects.all()} == {Decimal("1000.00")}
    scores = Score.objects.filter(metric="DEPOSIT_NET_INCREASE", period="YEAR")
    assert sum(score.value for score in scores) == Decimal("-719999.00")
    assert len(accounts) == 3


def test_the_same_file_by_two_at_once(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    content = feed("customers", [customer_line(number, rm=bank.rm) for number in range(1, 20)])
    loaded = at_once(*[lambda: load(content)] * 3)
    assert sorted(one.again for one in loaded) == [False, True, True]
    assert (FeedFile.objects.count(), Customer.objects.count()) == (1, 19)
    assert LedgerEntry.objects.filter(metric="NEW_CUSTOMERS").count() == 19


def test_one_person_entered_by_two_rms_at_once(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    def enter_by(rm: Any) -> str:
        try:
            enter(rm, identity_no=identity_no(1))
        except Conflict as refused:
            return refused.code
        return "entered"

    outcomes = at_once(lambda: enter_by(bank.rm), lambda: enter_by(bank.co_rm), lambda: enter_by(bank.stranger))
    assert sorted(outcomes) == ["customer_known", "customer_known", "entered"]
    assert Ownership.objects.count() == 1


def test_an_entry_while_the_feed_brings_the_same_person(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    lines = [customer_line(number, rm=bank.co_rm) for number in range(1, 40)]

    def enter_all() -> int:
        entered = 0
        for number in range(39, 0, -1):
            try:
                customers.enter(kind="PERSON", name="王小明", identity_no=identity_no(number), by=bank.rm)
                entered += 1
            except Conflict:
                continue
        return entered

    loaded, entered = at_once(lambda: load(feed("customers", lines)), enter_all)
    assert (loaded.file.loaded, Customer.objects.count()) == (39, 39)
    assert Ownership.objects.filter(staff=bank.rm).count() == entered


def test_one_signed_call_made_by_many_at_once(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    open_account(1, rm=bank.rm)
    body = json.dumps(event("deposit", "5.00")).encode()
    signed = signatures.sign("sandbox-core-banking", body)
    answers = at_once(*[lambda: call(EVENTS, body, signed=signed)] * 5)
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


def test_reveals_side_by_side_count_each(bank: Bank, at_once: Callable[..., list[Any]]) -> None:
    Parameter.objects.filter(code="reveal.daily_limit").update(value=3)
    customer = enter(bank.rm)

    def look() -> str:
        try:
            return reveal.reveal(customer.pk, field=Reveal.Field.MOBILE, reason="客户要求回电", by=bank.rm)
        except Problem as refused:
            return refused.code

    seen = at_once(*[look] * 8)
    assert sorted(seen) == ["13800000001"] * 3 + ["reveal_limit_reached"] * 5
    assert Reveal.objects.count() == 3
