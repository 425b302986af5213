"""`transactions`: the day's movements."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from crm.accounts import account_index
from crm.feeds import fields
from crm.feeds.fields import LineRejected
from crm.feeds.kinds import Kind, Merged
from crm.models import Transaction
from crm.transactions import Movement, counterparty, post_transactions

REFERENCE = re.compile(r"[A-Za-z0-9_/.:-]{1,40}", re.ASCII)
ACCOUNT_NO = re.compile(r"\d{12,32}", re.ASCII)
_DIRECTIONS = frozenset(Transaction.Direction.values)
_OPERATIONS = frozenset(Transaction.Operation.values)
_PURPOSES = frozenset([*Transaction.Purpose.values, ""])


def read(line_no: int, values: Mapping[str, str], business_date: date) -> Movement:
    """One movement. Raises LineRejected."""
    amount = fields.amount(values["amount"], "金额")
    if amount <= 0:
        raise LineRejected("amount_invalid", "金额须大于0")
    return Movement(
        line_no=line_no,
        reference=fields.matching(values["reference"], "流水号", REFERENCE),
        account_index=account_index(fields.matching(values["account_no"], "账号", ACCOUNT_NO)),
        posted_on=fields.day_until(values["posted_on"], "记账日", business_date),
        occurred_at=fields.moment_until(values["occurred_at"], "发生时间", business_date),
        direction=fields.choice(values["direction"], "方向", _DIRECTIONS),
        amount=amount,
        balance_after=fields.amount(values["balance_after"], "交易后余额"),
        operation=fields.choice(values["operation"], "交易类型", _OPERATIONS),
        purpose=fields.choice(values["purpose"], "用途", _PURPOSES),
        counterparty_bank=fields.text(values["counterparty_bank"], "对方行", longest=60, may_be_empty=True),
        **counterparty(
            fields.text(values["counterparty_account"], "对方账号", longest=40, may_be_empty=True),
            fields.text(values["counterparty_name"], "对方户名", longest=100, may_be_empty=True),
        ),
    )


def merge(rows: Iterable[Movement], business_date: date) -> Merged:
    """New movements in, known ones left, contradicting ones rejected."""
    posting = post_transactions(rows)
    merged = Merged(loaded=len(posting.new), unchanged=posting.known)
    for line_no in posting.account_unknown:
        merged.reject(line_no, "account_unknown", "账号不存在，请先发送账户文件")
    for line_no in posting.conflicting:
        merged.reject(line_no, "reference_conflict", "流水号已存在，且账号、方向或金额不同")
    return merged


def _counted(direction: Transaction.Direction, values: Mapping[str, str]) -> Decimal:
    return fields.readable_amount(values["amount"]) if values["direction"] == direction else Decimal(0)


KIND = Kind(
    name="transactions",
    label="交易流水",
    version="1",
    columns=(
        "reference",
        "account_no",
        "posted_on",
        "occurred_at",
        "direction",
        "amount",
        "balance_after",
        "operation",
        "purpose",
        "counterparty_bank",
        "counterparty_account",
        "counterparty_name",
    ),
    totals=(
        ("credits", lambda values: _counted(Transaction.Direction.CREDIT, values)),
        ("debits", lambda values: _counted(Transaction.Direction.DEBIT, values)),
    ),
    read=read,
    merge=merge,
)
