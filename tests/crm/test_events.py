"""Real-time events: at least once, in any order, each counted once; large withdrawals reach the RM."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock, signatures
from crm import nonces, ownership
from crm.models import Account, CoreEvent, Ownership, Transaction, UsedNonce
from crm.ownership import Owner
from crm.withdrawals import Limits, is_large
from notifications.models import Notice
from organization.models import Staff
from performance.models import LedgerEntry
from tests.crm.builders import (
    EVENTS,
    FEEDS,
    account_no,
    call,
    customer_line,
    event,
    feed,
    load_movements,
    movement_line,
    open_account,
    packed,
    tell,
)
from tests.world import Bank


def credited(staff: Staff) -> Decimal:
    entries = LedgerEntry.objects.filter(staff=staff, metric="DEPOSIT_NET_INCREASE")
    return entries.aggregate(total=Sum("amount"))["total"] or Decimal(0)


# --- Events -------------------------------------------------------------------------------------
def test_an_event_moves_balance_and_ledger_at_once(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    answer = tell(event("deposit", "300.00", event_id="e-1", balance_after="1300.00"))
    account.refresh_from_db()
    assert (answer.status_code, answer.json()) == (200, {"event_id": "e-1", "outcome": "applied"})
    assert account.balance == Decimal("1300.00")
    assert credited(bank.rm) == Decimal("300.00")
    assert Transaction.objects.get().operation == "CASH_DEPOSIT"


def test_an_event_delivered_twice_counts_once(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    told = event("deposit", "300.00")
    assert [tell(told).json()["outcome"] for _ in range(3)] == ["applied", "duplicate", "duplicate"]
    assert credited(bank.rm) == Decimal("300.00")


def test_the_event_and_the_nightly_file_tell_one_movement(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    tell(event("withdrawal", "60000.00", reference="R1", balance_after="1000000.00"))
    nightly = load_movements(movement_line("R1", "-60000.00"))
    late = tell(event("withdrawal", "60000.00", reference="R1"))
    assert nightly.file.unchanged == 1
    assert late.json()["outcome"] == "duplicate"
    assert Transaction.objects.count() == 1
    assert credited(bank.rm) == Decimal("-60000.00")
    assert Notice.objects.count() == 1


def test_events_out_of_order_leave_the_latest_balance(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    moments = [clock.now() - timedelta(minutes=minutes) for minutes in (10, 30, 20)]
    for moment, balance in zip(moments, ("300.00", "100.00", "200.00"), strict=True):
        tell(event("deposit", "100.00", occurred_at=moment.isoformat(), balance_after=balance))
    account.refresh_from_db()
    assert account.balance == Decimal("300.00")
    assert account.balance_as_of == moments[0]
    assert credited(bank.rm) == Decimal("300.00")


def test_an_event_about_an_unknown_account_may_be_sent_again_later(bank: Bank) -> None:
    told = event("deposit", "5.00")
    early = tell(told)
    assert (early.status_code, early.json()["code"]) == (409, "account_unknown")
    assert not CoreEvent.objects.exists()
    open_account(1, rm=bank.rm)
    assert tell(told).json()["outcome"] == "applied"


def test_an_event_that_contradicts_is_refused(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    tell(event("deposit", "5.00", event_id="e-1", reference="R1"))
    reused = tell(event("deposit", "5.00", event_id="e-1", reference="R2"))
    contradicting = tell(event("deposit", "6.00", event_id="e-2", reference="R1"))
    assert [(one.status_code, one.json()["code"]) for one in (reused, contradicting)] == [
        (409, "event_id_reused"),
        (409, "reference_conflict"),
    ]
    assert credited(bank.rm) == Decimal("5.00")


@pytest.mark.parametrize(
    "field,value",
    [
        ("amount", "0.00"),
        ("amount", "1e400"),
        ("amount", "1.001"),
        ("kind", "card_loss"),
        ("account_no", "12"),
        ("reference", "R 1"),
        ("occurred_at", "yesterday"),
        ("occurred_at", "2999-01-01T00:00:00Z"),
        ("posted_on", "0001-01-01"),
        ("operation", "MAGIC"),
    ],
)
def test_a_wrong_value_is_named(bank: Bank, field: str, value: str) -> None:
    open_account(1, rm=bank.rm)
    answer = tell(event(**{field: value}))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"event_id": NaN}', b'{"event_id": "\\u0000"}', b"\xff"])
def test_what_is_no_strict_json_object_is_refused(bank: Bank, body: bytes) -> None:
    answer = call(EVENTS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


# --- Signatures ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [EVENTS, FEEDS])
def test_an_unsigned_or_wrongly_signed_call_is_refused(bank: Bank, path: str) -> None:
    old = signatures.sign("sandbox-core-banking", b"{}", now=clock.now() - timedelta(minutes=6))
    codes = {
        "signature_missing": {},
        "signature_wrong": signatures.sign("another key", b"{}"),
        "signature_expired": old,
    }
    for code, signed in codes.items():
        answer = call(path, b"{}", signed=signed)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_a_changed_body_is_not_what_was_signed(bank: Bank) -> None:
    signed = signatures.sign("sandbox-core-banking", b'{"amount": "1.00"}')
    answer = call(EVENTS, b'{"amount": "9.00"}', signed=signed)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_wrong")


def test_a_call_recorded_on_the_way_cannot_be_made_again(bank: Bank) -> None:
    body = feed("customers", [customer_line(rm=bank.rm)])
    signed = signatures.sign("sandbox-core-banking", body)
    assert call(FEEDS, body, signed=signed).status_code == 201
    again = call(FEEDS, body, signed=signed)
    assert (again.status_code, again.json()["code"]) == (401, "nonce_replayed")


def test_old_nonces_are_forgotten_and_fresh_ones_kept(bank: Bank) -> None:
    nonces.use("fresh-nonce")
    nonces.use("stale-nonce")
    UsedNonce.objects.filter(nonce="stale-nonce").update(used_at=clock.now() - timedelta(hours=1))
    assert nonces.forget_old() == 1
    assert list(UsedNonce.objects.values_list("nonce", flat=True)) == ["fresh-nonce"]


# --- Files by HTTP ------------------------------------------------------------------------------
def test_a_file_by_http_answers_what_became_of_it(bank: Bank) -> None:
    body = packed(feed("customers", [customer_line(1, rm=bank.rm), customer_line(2, rm=bank.rm, name="")]))
    first = call(FEEDS, body, name="../customers.csv.gz")
    again = call(FEEDS, body)
    assert (first.status_code, again.status_code) == (201, 200)
    said = first.json()
    assert (said["name"], said["kind"], said["state"]) == ("customers.csv.gz", "customers", "LOADED_WITH_REJECTS")
    assert (said["rows"], said["loaded"], said["rejected"], said["rejects"]) == (2, 1, 1, {"value_missing": 1})
    assert again.json() == said


def test_a_file_by_http_that_disagrees_is_refused_whole(bank: Bank) -> None:
    answer = call(FEEDS, feed("customers", [customer_line(1, rm=bank.rm)], count=2))
    said = answer.json()
    assert (answer.status_code, said["code"], said["reason"]) == (422, "feed_refused", "count_disagrees")
    assert (said["expected"], said["found"]) == ("2", "1")


def test_a_file_beyond_the_door_is_told_so(bank: Bank, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = call(FEEDS, feed("customers", [customer_line(1, rm=bank.rm)]))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


# --- Large withdrawals --------------------------------------------------------------------------
LIMITS = Limits(amount=Decimal(50_000), share_percent=Decimal(30), share_minimum=Decimal(10_000))


@pytest.mark.parametrize(
    "debit,before,large",
    [
        ("50000.00", "10000000.00", True),
        ("49999.99", "10000000.00", False),
        ("15000.00", "50000.00", True),
        ("14999.99", "50000.00", False),
        ("9999.99", "9999.99", False),
        ("10000.00", "0.00", True),
        ("10000.00", "-5000.00", True),
    ],
)
def test_which_withdrawals_are_large(debit: str, before: str, large: bool) -> None:
    assert is_large(Decimal(debit), Decimal(before), LIMITS) is large


@given(st.decimals(0, 10**7, places=2), st.decimals(0, 10**7, places=2), st.decimals(0, 10**6, places=2))
def test_a_larger_debit_of_the_same_balance_is_no_less_large(debit: Decimal, before: Decimal, more: Decimal) -> None:
    assert not is_large(debit, before, LIMITS) or is_large(debit + more, before, LIMITS)


def test_a_large_withdrawal_tells_the_managing_rm_masked(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    tell(event("withdrawal", "60000.00", balance_after="940000.00", event_id="e-1"))
    notice = Notice.objects.get()
    assert notice.stream.staff == bank.rm
    assert notice.kind == "customer.large_withdrawal"
    assert notice.subject == f"customer/{account.customer_id}"
    assert notice.body == "王*明支取60,000.00元，请及时联系。"


def test_the_share_is_of_all_the_customer_has_in_deposits(bank: Bank) -> None:
    now = clock.now()
    rich = {"balance": "100000.00", "balance_as_of": (now - timedelta(days=1)).isoformat()}
    open_account(1, rm=bank.rm)
    open_account(1, rm=bank.rm, account=2, kind="TERM", **rich)
    open_account(1, rm=bank.rm, account=3, kind="LOAN", **rich)
    tell(event("withdrawal", "20000.00", balance_after="0.00"))
    assert not Notice.objects.exists(), "20,000 of 120,000 is less than 30%"
    tell(event("withdrawal", "36000.01", account_no=account_no(2), balance_after="63999.99"))
    assert Notice.objects.count() == 1, "36,000.01 of 100,000 is more"


def test_a_customer_in_nobodys_care_alerts_nobody(bank: Bank) -> None:
    open_account(1, rm=None)
    assert tell(event("withdrawal", "60000.00")).json()["outcome"] == "applied"
    assert not Notice.objects.exists()


# --- Shares -------------------------------------------------------------------------------------
def test_credit_goes_by_the_shares_of_the_day(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    owners = [
        Owner(bank.other_rm, share=Decimal("0.7")),
        Owner(bank.co_rm, Ownership.Role.CO_MANAGING, Decimal("0.3")),
    ]
    ownership.assign(account.customer, owners=owners, by=bank.manager)
    load_movements(movement_line("R1", "100.01"))
    tell(event("deposit", "100.01"))
    assert credited(bank.rm) == Decimal("100.01"), "yesterday's movement is the former RM's"
    assert (credited(bank.other_rm), credited(bank.co_rm)) == (Decimal("70.01"), Decimal("30.00"))


def test_reposting_never_counts_twice(bank: Bank, run_jobs: Callable[[], int]) -> None:
    open_account(1, rm=bank.rm)
    for _ in range(2):
        for reference in ("R1", "R2"):
            tell(event("deposit", "10.00", event_id=f"e-{reference}", reference=reference))
    load_movements(movement_line("R1", "10.00"), movement_line("R2", "10.00"))
    run_jobs()
    assert credited(bank.rm) == Decimal("20.00")
    assert Account.objects.get().transactions.count() == 2
