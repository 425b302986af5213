"""What the replay has led to, beside the source's control totals."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from crm.models import Account, AccountHolder, Transaction
from demo.replay.lending import STATUS
from demo.source import CONTROL
from loans.models import LoanAccount
from performance.models import LedgerEntry

Value = int | Decimal


@dataclass(frozen=True)
class Line:
    """One figure in Aladdin and what the source says it must be."""

    name: str
    found: Value
    wanted: Value

    @property
    def agrees(self) -> bool:
        return self.found == self.wanted


def lines() -> list[Line]:
    """Every figure that has a control total."""
    return [Line(name, found, CONTROL.get(name, wanted)) for name, found, wanted in _found()]


def _found() -> Iterator[tuple[str, Value, Value]]:
    yield "accounts", Account.objects.count(), 0
    for frequency in ("MONTHLY", "WEEKLY", "PER_TRANSACTION"):
        yield f"accounts.{frequency}", Account.objects.filter(fee_frequency=frequency).count(), 0
    holders = AccountHolder.objects
    yield "owners", Account.objects.values("customer").distinct().count(), 0
    yield "disponents", holders.filter(role=AccountHolder.Role.DISPONENT).count(), 0
    yield "transactions", Transaction.objects.count(), 0
    yield "transactions.accounts", Transaction.objects.values("account").distinct().count(), 0
    for name, direction in (("credits", "CREDIT"), ("debits", "DEBIT")):
        booked = Transaction.objects.filter(direction=direction).aggregate(n=Count("id"), total=Sum("amount"))
        yield name, booked["n"], 0
        yield f"{name}.amount", booked["total"] or Decimal(0), 0
    granted = LoanAccount.objects.aggregate(n=Count("id"), total=Sum("principal"))
    yield "loans", granted["n"], 0
    yield "loans.amount", granted["total"] or Decimal(0), 0
    for letter, status in STATUS.items():
        yield f"loans.{letter}", LoanAccount.objects.filter(status=status).count(), 0
    yield from _ledger()


def _ledger() -> Iterator[tuple[str, Value, Value]]:
    """The ledger must say the same as the bookings and the loans behind it."""
    net = CONTROL["credits.amount"] - CONTROL["debits.amount"]
    yield "ledger.DEPOSIT_NET_INCREASE", _ledger_total("DEPOSIT_NET_INCREASE"), net
    yield "ledger.LOAN_DISBURSED", _ledger_total("LOAN_DISBURSED"), CONTROL["loans.amount"]
    yield "ledger.LOAN_COUNT", _ledger_total("LOAN_COUNT"), CONTROL["loans"]
    clients = CONTROL["owners"] + CONTROL["disponents"]
    yield "ledger.NEW_CUSTOMERS", _ledger_total("NEW_CUSTOMERS"), clients


def _ledger_total(metric: str) -> Decimal:
    return LedgerEntry.objects.filter(metric=metric).aggregate(total=Sum("amount"))["total"] or Decimal(0)
