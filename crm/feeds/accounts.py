"""`accounts`: the accounts, their owners and disponents, and their balances."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from aladdin.crypto import blind_index
from crm.accounts import account_index
from crm.batching import batches
from crm.feeds import fields
from crm.feeds.customers import BRANCH_CODE, CIF_NO
from crm.feeds.fields import LineRejected
from crm.feeds.kinds import Kind, Merged
from crm.feeds.transactions import ACCOUNT_NO
from crm.models import Account, Customer

_KINDS = frozenset(Account.Kind.values)
_FREQUENCIES = frozenset([*Account.FeeFrequency.values, ""])
_MOST_DISPONENTS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line, checked."""

    line_no: int
    number: str
    index: str
    cif_no: str
    kind: str
    fee_frequency: str
    branch_code: str
    opened_on: date
    balance: Decimal | None
    balance_as_of: datetime | None
    disponents: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the bank already knows about a line."""

    line_no: int
    branch_id: UUID | None
    owner_id: UUID | None
    owner_key: str
    account_id: UUID | None
    account_owner_id: UUID | None
    digest: str | None
    disponents_known: int


def read(line_no: int, values: Mapping[str, str], business_date: date) -> Row:
    """One account. Raises LineRejected."""
    number = fields.matching(values["account_no"], "账号", ACCOUNT_NO)
    balance, as_of = values["balance"], values["balance_as_of"]
    if bool(balance) != bool(as_of):
        raise LineRejected("value_missing", "余额与余额时点须同时提供")
    return Row(
        line_no=line_no,
        number=number,
        index=account_index(number),
        cif_no=fields.matching(values["cif_no"], "客户号", CIF_NO),
        kind=fields.choice(values["kind"], "账户类型", _KINDS),
        fee_frequency=fields.choice(values["fee_frequency"], "收费方式", _FREQUENCIES),
        branch_code=fields.matching(values["branch_code"], "机构号", BRANCH_CODE),
        opened_on=fields.day_until(values["opened_on"], "开户日期", business_date),
        balance=fields.amount(balance, "余额") if balance else None,
        balance_as_of=fields.moment_until(as_of, "余额时点", business_date) if as_of else None,
        disponents=_disponents(values["disponents"]),
        digest=blind_index("fed_account", "\x1f".join(values.values())),
    )


def _disponents(text: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(text.split()))
    if len(named) > _MOST_DISPONENTS:
        raise LineRejected("value_too_long", f"授权支配人超过{_MOST_DISPONENTS}名")
    return tuple(fields.matching(cif_no, "授权支配人客户号", CIF_NO) for cif_no in named)


def merge(rows: Iterable[Row], business_date: date) -> Merged:
    """New accounts in, changed ones brought up to date; a balance only where it is younger than the known one."""
    merged = Merged()
    for batch in batches(_first_of_each(rows, merged)):
        _merge(batch, merged)
    return merged


def _first_of_each(rows: Iterable[Row], merged: Merged) -> Iterator[Row]:
    seen: set[str] = set()
    for row in rows:
        if row.index in seen:
            merged.reject(row.line_no, "repeated_in_file", "同一账号在文件中重复出现")
        else:
            seen.add(row.index)
            yield row


def _merge(batch: Sequence[Row], merged: Merged) -> None:
    with connection.cursor() as cursor:
        known = _known(cursor, batch)
        written = [row for row in batch if _may_be_written(row, known[row.line_no], merged)]
        _write(cursor, [_sealed(row, known[row.line_no]) for row in written])
        _hold(cursor, written)
    merged.loaded += len(written)


def _known(cursor: Any, rows: Sequence[Row]) -> dict[int, Known]:
    cursor.execute(_STAGING)
    cursor.execute("TRUNCATE incoming_account, incoming_disponent")
    with cursor.copy("COPY incoming_account FROM STDIN") as copy:
        for row in rows:
            copy.write_row((row.line_no, row.index, row.cif_no, row.branch_code))
    with cursor.copy("COPY incoming_disponent FROM STDIN") as copy:
        for row in rows:
            for cif_no in row.disponents:
                copy.write_row((row.line_no, cif_no))
    cursor.execute(_LOCK)
    cursor.execute(_KNOWN)
    return {known[0]: Known(*known) for known in cursor.fetchall()}


def _may_be_written(row: Row, known: Known, merged: Merged) -> bool:
    """Whether the line is new or changed; counts it or rejects it where it is not."""
    if known.branch_id is None:
        merged.reject(row.line_no, "branch_unknown", "机构号不存在")
    elif known.owner_id is None or known.disponents_known < len(row.disponents):
        merged.reject(row.line_no, "customer_unknown", "客户号不存在，请先发送客户文件")
    elif known.account_owner_id not in (None, known.owner_id):
        merged.reject(row.line_no, "owner_differs", "账号已属于另一客户")
    elif known.digest == row.digest:
        merged.unchanged += 1
    else:
        return True
    return False


def _sealed(row: Row, known: Known) -> Account:
    assert known.branch_id is not None  # noqa: S101  narrows the type: such lines are rejected before
    account = Account(
        customer=Customer(id=known.owner_id, data_key_sealed=known.owner_key),
        branch_id=known.branch_id,
        kind=row.kind,
        fee_frequency=row.fee_frequency,
        opened_on=row.opened_on,
        balance=row.balance or Decimal(0),
        balance_as_of=row.balance_as_of,
        number_index=row.index,
        last4=row.number[-4:],
        fed_digest=row.digest,
    )
    if known.account_id:
        account.id = known.account_id
    account.number = row.number
    return account


def _write(cursor: Any, accounts: Sequence[Account]) -> None:
    if not accounts:
        return
    cursor.execute(_SEALED_STAGING)
    cursor.execute("TRUNCATE sealed_account")
    names = [field.attname for field in Account._meta.concrete_fields]
    with cursor.copy(f"COPY sealed_account ({', '.join(names)}) FROM STDIN") as copy:
        for account in accounts:
            copy.write_row([getattr(account, name) for name in names])
    changing = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name not in _KEPT)
    cursor.execute(
        f"INSERT INTO crm_account ({', '.join(names)}) SELECT {', '.join(names)} FROM sealed_account "  # noqa: S608  names of the model's own columns
        f"ON CONFLICT (id) DO UPDATE SET {changing}, {_YOUNGER_BALANCE}"
    )


def _hold(cursor: Any, rows: Sequence[Row]) -> None:
    """The holders as the lines say: the owner, and exactly these disponents."""
    if rows:
        lines = [row.line_no for row in rows]
        cursor.execute(_DISPONENTS_GONE, [lines])
        cursor.execute(_HOLDERS, [lines, lines])


_KEPT = {"id", "customer_id", "created_at", "balance", "balance_as_of"}
_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_account (
    line_no integer PRIMARY KEY, number_index text, cif_no text, branch_code text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_disponent (line_no integer, cif_no text) ON COMMIT DELETE ROWS
"""
_SEALED_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS sealed_account (LIKE crm_account) ON COMMIT DELETE ROWS
"""
_LOCK = """
SELECT FROM crm_account WHERE number_index IN (SELECT number_index FROM incoming_account)
ORDER BY id FOR NO KEY UPDATE
"""
_KNOWN = """
SELECT told.line_no, branch.id, owner.id, coalesce(owner.data_key_sealed, ''),
    account.id, account.customer_id, account.fed_digest,
    (SELECT count(*) FROM incoming_disponent named JOIN crm_customer known ON known.cif_no = named.cif_no
     WHERE named.line_no = told.line_no)
FROM incoming_account told
LEFT JOIN organization_branch branch ON branch.code = told.branch_code
LEFT JOIN crm_customer owner ON owner.cif_no = told.cif_no
LEFT JOIN crm_account account ON account.number_index = told.number_index
"""
_YOUNGER_BALANCE = """
    balance = CASE WHEN EXCLUDED.balance_as_of IS NULL OR EXCLUDED.balance_as_of < crm_account.balance_as_of
        THEN crm_account.balance ELSE EXCLUDED.balance END,
    balance_as_of = greatest(crm_account.balance_as_of, EXCLUDED.balance_as_of)
"""
_DISPONENTS_GONE = """
DELETE FROM crm_accountholder holder
USING crm_account account JOIN incoming_account told ON told.number_index = account.number_index
WHERE holder.account_id = account.id AND told.line_no = ANY(%s) AND holder.role = 'DISPONENT'
  AND NOT EXISTS (
      SELECT FROM incoming_disponent named JOIN crm_customer customer ON customer.cif_no = named.cif_no
      WHERE named.line_no = told.line_no AND customer.id = holder.customer_id
  )
"""
_HOLDERS = """
INSERT INTO crm_accountholder (account_id, customer_id, role)
SELECT account.id, account.customer_id, 'OWNER'
FROM incoming_account told JOIN crm_account account ON account.number_index = told.number_index
WHERE told.line_no = ANY(%s)
UNION ALL
SELECT account.id, customer.id, 'DISPONENT'
FROM incoming_account told JOIN crm_account account ON account.number_index = told.number_index
JOIN incoming_disponent named ON named.line_no = told.line_no
JOIN crm_customer customer ON customer.cif_no = named.cif_no
WHERE told.line_no = ANY(%s) AND customer.id <> account.customer_id
ON CONFLICT (account_id, customer_id) DO NOTHING
"""


def _balance(values: Mapping[str, str]) -> Decimal:
    return fields.readable_amount(values["balance"])


KIND = Kind(
    name="accounts",
    label="账户",
    version="1",
    columns=(
        "account_no",
        "cif_no",
        "kind",
        "fee_frequency",
        "branch_code",
        "opened_on",
        "balance",
        "balance_as_of",
        "disponents",
    ),
    totals=(("balance", _balance),),
    read=read,
    merge=merge,
)
