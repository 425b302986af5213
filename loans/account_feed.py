"""`loan_accounts`: the nightly file of what became of each loan account (`docs/feeds.md` has the form of files)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aladdin.jobs import later
from crm.batching import batches
from crm.feeds import fields
from crm.feeds.fields import LineRejected
from crm.feeds.kinds import Kind, Merged
from crm.models import FeedFile
from loans import balance_check
from loans.accounts import may_become
from loans.models import LoanAccount

NAME = "loan_accounts"
_ACCOUNT_NO = re.compile(r"[A-Z]{2}\d{8,22}", re.ASCII)
_STATUSES = frozenset(LoanAccount.Status.values)
_TAKEN = ["status", "balance", "settled_on", "version", "rate", "matures_on"]
_ENDED = (LoanAccount.Status.SETTLED, LoanAccount.Status.WRITTEN_OFF)


@dataclass(frozen=True)
class Row:
    """One line, checked: `balance` is the principal still owed, in yuan."""

    line_no: int
    account_no: str
    status: str
    balance: Decimal
    settled_on: date | None


def read(line_no: int, values: Mapping[str, str], business_date: date) -> Row:
    """One account as it stands at the end of the business date. Raises LineRejected."""
    status = fields.choice(values["status"], "状态", _STATUSES)
    balance = fields.amount(values["balance"], "余额")
    settled_on = values["settled_on"]
    if (status == LoanAccount.Status.SETTLED) != bool(settled_on):
        raise LineRejected("value_missing", "结清日须在且仅在结清时填写")
    if balance < 0 or (settled_on and balance):
        raise LineRejected("value_invalid", "余额不能为负，结清时须为零")
    return Row(
        line_no=line_no,
        account_no=fields.matching(values["account_no"], "借据号", _ACCOUNT_NO),
        status=status,
        balance=balance,
        settled_on=fields.day_until(settled_on, "结清日", business_date) if settled_on else None,
    )


def merge(rows: Iterable[Row], business_date: date) -> Merged:
    """Bring the accounts up to date; a line from before what is known, or that no life of a loan has, is rejected."""
    merged, is_old = Merged(), _is_old(business_date)
    for batch in batches(rows):
        if is_old:
            for row in batch:
                merged.reject(row.line_no, "older_than_known", "已加载更晚业务日期的借据文件")
        else:
            _merge(batch, merged, business_date)
    return merged


def _merge(batch: Sequence[Row], merged: Merged, business_date: date) -> None:
    numbers = [row.account_no for row in batch]
    held = LoanAccount.objects.filter(account_no__in=numbers).order_by("pk").select_for_update()
    accounts = {account.account_no: account for account in held}
    behind = balance_check.behind(accounts.values(), business_date)
    changed = []
    for row in batch:
        account = accounts.get(row.account_no)
        if account is None:
            merged.reject(row.line_no, "account_unknown", "借据号不存在")
            continue
        is_news = _take(row, account, merged)
        if is_news:
            changed.append(account)
        if is_news or (account.pk in behind and _says_the_same(row, account)):
            balance_check.agree(account, row.balance, business_date)
    _save(changed)
    merged.loaded += len(changed)


def _is_old(business_date: date) -> bool:
    loaded = (FeedFile.State.LOADED, FeedFile.State.LOADED_WITH_REJECTS)
    return FeedFile.objects.filter(kind=NAME, state__in=loaded, business_date__gt=business_date).exists()


def _take(row: Row, account: LoanAccount, merged: Merged) -> bool:
    """Give the account the line's figures; whether they are news."""
    if not may_become(account, row.status):
        merged.reject(row.line_no, "status_illegal", f"借据状态不能由“{account.get_status_display()}”变为所报状态")
    elif row.balance > account.principal:
        merged.reject(row.line_no, "value_invalid", "余额超过本金")
    elif _says_the_same(row, account):
        merged.unchanged += 1
    else:
        account.status, account.balance, account.settled_on = row.status, row.balance, row.settled_on
        account.version += 1
        return True
    return False


def _says_the_same(row: Row, account: LoanAccount) -> bool:
    return (account.status, account.balance, account.settled_on) == (row.status, row.balance, row.settled_on)


def _save(accounts: Iterable[LoanAccount]) -> None:
    rows = {account.pk: account for account in accounts}
    LoanAccount.objects.bulk_update(rows.values(), _TAKEN, batch_size=1_000)
    for account in rows.values():
        if account.status in _ENDED:
            later("postloan.stop_checks", loan_account_id=str(account.pk))


def _balance(values: Mapping[str, str]) -> Decimal:
    return fields.readable_amount(values["balance"])


KIND = Kind(
    name=NAME,
    label="借据",
    version="1",
    columns=("account_no", "status", "balance", "settled_on"),
    totals=(("balance", _balance),),
    read=read,
    merge=merge,
)
