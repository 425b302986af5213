"""Tables that grow by the million a year, partitioned by month of a date column.

A migration makes the partitioned table with a default partition; `ensure_months` adds the months around a date.
The default partition catches what lies outside, so that no row is ever refused for its date.
"""

from collections.abc import Iterator
from datetime import date

from django.db import connection, transaction

from aladdin import clock
from aladdin.jobs import job

#: table → its date column; each room's migration creates its own table.
MONTHLY = {
    "crm_transaction": "posted_on",
    "performance_ledgerentry": "business_date",
    "notifications_notice": "created_on",
}
AHEAD = 3


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """(first day, first day of the next month) of every month that touches first…last."""
    month = first.replace(day=1)
    while month <= last:
        following = _next(month)
        yield month, following
        month = following


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def ensure_months(first: date, last: date) -> int:
    """Create the partitions of first…last that are not there; the number created.

    A month whose rows already lie in the default partition is left there: moving them needs a lock that only a
    planned operation may take."""
    created = 0
    for table, column in MONTHLY.items():
        for month, following in months(first, last):
            created += _ensure(table, column, month, following)
    return created


def _ensure(table: str, column: str, month: date, following: date) -> bool:
    name = f"{table}_{month:%Y_%m}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return False
        held = f"SELECT EXISTS (SELECT 1 FROM {table}_default WHERE {column} >= %s AND {column} < %s)"  # noqa: S608  names from this module
        cursor.execute(held, [month, following])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{month}') TO ('{following}')")
    return True


@job("aladdin.ensure_partitions", every="17 18 * * *")
def ensure_partitions() -> None:
    """Nightly: the months ahead are ready before their first row comes."""
    today = clock.today()
    last = today
    for _ in range(AHEAD):
        last = _next(last.replace(day=1))
    ensure_months(today, last)
