"""Entries of the ledger as tests speak of them."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from aladdin import clock
from organization.models import Staff
from performance import ledger
from performance.ledger import Entry

_numbers = count(1)


def entry(staff: Staff, amount: str | int, **fields: Any) -> Entry:
    """A loan disbursed now, unless told otherwise; each with a source of its own."""
    defaults: dict[str, Any] = {
        "metric": "LOAN_DISBURSED",
        "business_date": clock.today(),
        "occurred_at": clock.now(),
        "source": f"test:{next(_numbers)}",
    }
    return Entry(staff_id=staff.pk, amount=Decimal(amount), **defaults | fields)


def disburses(staff: Staff, amount: str | int, **fields: Any) -> None:
    """The person brings a loan to disbursement."""
    assert ledger.post([entry(staff, amount, **fields)]) == 1


def on(year: int, month: int, day: int, hour: int = 9) -> dict[str, Any]:
    """The fields of an entry of that business date."""
    moment = datetime(year, month, day, hour, tzinfo=clock.SHANGHAI)
    return {"business_date": moment.date(), "occurred_at": moment}
