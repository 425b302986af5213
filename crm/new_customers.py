"""A customer new to the bank counts for his managing RM, once, on the day he was opened."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from aladdin.clock import SHANGHAI
from crm.models import Customer
from crm.ownership import shares_on
from performance import ledger
from performance.ledger import Entry


def credit_new_customers(customers: Iterable[Customer]) -> None:
    """Post `NEW_CUSTOMERS` by the shares of the opening day.

    A customer counts once the core banking system has opened him, so that entering prospects moves no ranking
    (domain 3.4); who is in nobody's care that day counts for nobody."""
    by_day: dict[date, list[Customer]] = defaultdict(list)
    for customer in customers:
        by_day[customer.opened_on].append(customer)
    entries: list[Entry] = []
    for day, opened in by_day.items():
        shares = shares_on([customer.pk for customer in opened], day)
        entries += [
            Entry(
                metric="NEW_CUSTOMERS",
                staff_id=share.staff_id,
                amount=Decimal(1),
                business_date=day,
                source=f"customer/{customer.pk}",
                occurred_at=datetime.combine(day, time(), SHANGHAI),
                share=share.share,
                customer_id=customer.pk,
            )
            for customer in opened
            for share in shares.get(customer.pk, [])
        ]
    ledger.post(entries)
