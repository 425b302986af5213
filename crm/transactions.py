"""Movements of money come in: by the nightly file and by the event alike, each counted once.

One path for one movement and for ten thousand: staged with COPY, then merged set-wise in the caller's
transaction, which also holds the balances, the ledger entries and the alerts that follow.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from aladdin import masking
from crm import withdrawals
from crm.accounts import account_index
from crm.batching import batches
from crm.models import Account, Transaction
from crm.ownership import Share, shares_on
from performance import ledger
from performance.ledger import Entry

#: The same movement may be dated differently by the event and by the nightly file (a long holiday between).
REFERENCE_WINDOW = timedelta(days=31)
_ANALYZE_FROM = 500


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement as it was told. `line_no` tells the movements of one call apart and orders equal moments."""

    line_no: int
    reference: str
    account_index: str
    posted_on: date
    occurred_at: datetime
    direction: str
    amount: Decimal
    balance_after: Decimal
    operation: str
    purpose: str = ""
    counterparty_bank: str = ""
    counterparty_account: str = ""
    counterparty_name: str = ""
    counterparty_index: str = ""


_COLUMNS = tuple(column.name for column in fields(Movement))
_values = attrgetter(*_COLUMNS)


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement that is new, with whose it is."""

    id: int
    reference: str
    account_id: UUID
    posted_on: date
    occurred_at: datetime
    direction: str
    amount: Decimal
    balance_after: Decimal
    customer_id: UUID
    account_kind: str

    @property
    def is_deposit_account(self) -> bool:
        return self.account_kind in Account.DEPOSITS

    @property
    def signed_amount(self) -> Decimal:
        """Credit above, debit below zero, in yuan."""
        return self.amount if self.direction == Transaction.Direction.CREDIT else -self.amount


@dataclass
class Posting:
    """What became of the movements: the new ones, how many were known, the line numbers of the refused."""

    new: list[Posted] = field(default_factory=list)
    known: int = 0
    account_unknown: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)


@transaction.atomic
def post_transactions(movements: Iterable[Movement]) -> Posting:
    """Take in movements: rows, balances, `DEPOSIT_NET_INCREASE`, large-withdrawal alerts.

    A reference that is known with the same account, direction and amount changes nothing. The accounts are
    locked first, so that a file and an event that tell the same movement wait for each other; the ledger and the
    notices come last, once for all, in the order in which everybody locks."""
    posting = Posting()
    large: list[Posted] = []
    for batch in batches(movements):
        large += _merge(batch, posting)
    ledger.post(_credits(posting.new))
    withdrawals.alert(large)
    return posting


def _merge(batch: Sequence[Movement], posting: Posting) -> list[Posted]:
    """One portion; the large withdrawals in it."""
    days = [movement.posted_on for movement in batch]
    window = (min(days) - REFERENCE_WINDOW, max(days) + REFERENCE_WINDOW)
    with connection.cursor() as cursor:
        _stage(cursor, batch)
        cursor.execute(_LOCK_ACCOUNTS)
        cursor.execute(_INSERT, window)
        new = [Posted(*row) for row in cursor.fetchall()]
        refused = _refused(cursor, window, posting) if len(new) < len(batch) else 0
        # Before the balances move: an alert compares with what the customer had.
        large = withdrawals.large_ones(new)
        cursor.execute(_BALANCES, [[posted.id for posted in new], *window])
    posting.new += new
    posting.known += len(batch) - len(new) - refused
    return large


def counterparty(account_no: str, name: str) -> dict[str, str]:
    """The other side as it is kept: the number's last four digits and blind index, the name masked."""
    return {
        "counterparty_account": f"**** {account_no[-4:]}" if len(account_no) > 4 else "",
        "counterparty_name": _masked(name) if name else "",
        "counterparty_index": account_index(account_no) if account_no else "",
    }


@lru_cache(maxsize=10_000)
def _masked(name: str) -> str:
    return masking.name(name) if len(name) <= 4 else masking.business_name(name)


def _stage(cursor: Any, movements: Sequence[Movement]) -> None:
    cursor.execute(_STAGING)
    cursor.execute("TRUNCATE incoming_transaction")
    with cursor.copy(f"COPY incoming_transaction ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for movement in movements:
            copy.write_row(_values(movement))
    if len(movements) >= _ANALYZE_FROM:
        cursor.execute("ANALYZE incoming_transaction")


def _refused(cursor: Any, window: tuple[date, date], posting: Posting) -> int:
    """Note the lines that were refused; how many."""
    cursor.execute(_REFUSED, window)
    rows = cursor.fetchall()
    for line_no, account_is_unknown in rows:
        (posting.account_unknown if account_is_unknown else posting.conflicting).append(line_no)
    return len(rows)


def _credits(new: Sequence[Posted]) -> list[Entry]:
    """Ledger entries of the new movements on deposit accounts, by the shares of the day they count for."""
    counted = [posted for posted in new if posted.is_deposit_account]
    customers_of: dict[date, set[UUID]] = defaultdict(set)
    for posted in counted:
        customers_of[posted.posted_on].add(posted.customer_id)
    owners: dict[tuple[date, UUID], list[Share]] = {}
    for day, customers in customers_of.items():
        owners.update(((day, customer), shares) for customer, shares in shares_on(customers, day).items())
    return [
        _entry(posted, share) for posted in counted for share in owners.get((posted.posted_on, posted.customer_id), [])
    ]


def _entry(posted: Posted, share: Share) -> Entry:
    return Entry(
        metric="DEPOSIT_NET_INCREASE",
        staff_id=share.staff_id,
        amount=posted.signed_amount,
        business_date=posted.posted_on,
        source=f"transaction/{posted.reference}",
        occurred_at=posted.occurred_at,
        share=share.share,
        customer_id=posted.customer_id,
    )


# --- SQL ----------------------------------------------------------------------------------------
_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_transaction (
    line_no integer PRIMARY KEY, reference text, account_index text, posted_on date, occurred_at timestamptz,
    direction text, amount numeric(18, 2), balance_after numeric(18, 2), operation text, purpose text,
    counterparty_bank text, counterparty_account text, counterparty_name text, counterparty_index text
) ON COMMIT DELETE ROWS
"""
_LOCK_ACCOUNTS = """
SELECT FROM crm_account WHERE number_index IN (SELECT account_index FROM incoming_transaction)
ORDER BY id FOR NO KEY UPDATE
"""
_INSERT = """
WITH told AS (
    SELECT DISTINCT ON (reference) * FROM incoming_transaction ORDER BY reference, line_no
), inserted AS (
    INSERT INTO crm_transaction (reference, account_id, posted_on, occurred_at, direction, amount, balance_after,
        operation, purpose, counterparty_bank, counterparty_account, counterparty_name, counterparty_index)
    SELECT told.reference, account.id, told.posted_on, told.occurred_at, told.direction, told.amount,
        told.balance_after, told.operation, told.purpose, told.counterparty_bank, told.counterparty_account,
        told.counterparty_name, told.counterparty_index
    FROM told JOIN crm_account account ON account.number_index = told.account_index
    WHERE NOT EXISTS (
        SELECT FROM crm_transaction known
        WHERE known.reference = told.reference AND known.posted_on BETWEEN %s AND %s
    )
    ORDER BY told.line_no
    RETURNING id, reference, account_id, posted_on, occurred_at, direction, amount, balance_after
)
SELECT inserted.*, account.customer_id, account.kind
FROM inserted JOIN crm_account account ON account.id = inserted.account_id
ORDER BY inserted.id
"""
_REFUSED = """
SELECT told.line_no, account.id IS NULL
FROM incoming_transaction told
LEFT JOIN crm_account account ON account.number_index = told.account_index
LEFT JOIN crm_transaction known ON known.reference = told.reference AND known.posted_on BETWEEN %s AND %s
WHERE account.id IS NULL
   OR (known.account_id, known.direction, known.amount) IS DISTINCT FROM (account.id, told.direction, told.amount)
ORDER BY told.line_no
"""
_BALANCES = """
UPDATE crm_account account SET balance = latest.balance_after, balance_as_of = latest.occurred_at
FROM (
    SELECT DISTINCT ON (account_id) account_id, balance_after, occurred_at
    FROM crm_transaction
    WHERE id = ANY(%s) AND posted_on BETWEEN %s AND %s
    ORDER BY account_id, occurred_at DESC, id DESC
) latest
WHERE account.id = latest.account_id
  AND (account.balance_as_of IS NULL OR account.balance_as_of <= latest.occurred_at)
"""
