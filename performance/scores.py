"""The proof that scores are what the ledger says, and their rebuilding from it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from aladdin import clock

#: What the ledger says of the years from one day to another (both first days of years).
_FROM_LEDGER = """
    SELECT metric, p.period, p.period_start, staff_id, sum(amount) AS value, count(*) AS entries,
           max(occurred_at) AS last_changed_at
    FROM performance_ledgerentry CROSS JOIN LATERAL (VALUES
        ('DAY', business_date),
        ('MONTH', date_trunc('month', business_date)::date),
        ('QUARTER', date_trunc('quarter', business_date)::date),
        ('YEAR', date_trunc('year', business_date)::date)
    ) AS p (period, period_start)
    WHERE business_date >= %(first)s AND business_date < %(last)s
    GROUP BY metric, p.period, p.period_start, staff_id
"""
_SCORED = "SELECT * FROM performance_score WHERE period_start >= %(first)s AND period_start < %(last)s"

_DIFFERENCES = f"""
SELECT metric, period, period_start, staff_id, e.employee_no,
       l.value, l.entries, l.last_changed_at, s.value, s.entries, s.last_changed_at
FROM ({_FROM_LEDGER}) l FULL JOIN ({_SCORED}) s USING (metric, period, period_start, staff_id)
JOIN organization_staff e ON e.id = staff_id
WHERE (l.value, l.entries, l.last_changed_at) IS DISTINCT FROM (s.value, s.entries, s.last_changed_at)
ORDER BY metric, period, period_start, e.employee_no
"""  # noqa: S608  built from this module's own texts

_REMOVE_UNFOUNDED = f"""
DELETE FROM performance_score s
WHERE s.period_start >= %(first)s AND s.period_start < %(last)s AND NOT EXISTS (
    SELECT 1 FROM ({_FROM_LEDGER}) l
    WHERE (l.metric, l.period, l.period_start, l.staff_id) = (s.metric, s.period, s.period_start, s.staff_id))
"""  # noqa: S608  built from this module's own texts

_CORRECT = f"""
INSERT INTO performance_score AS s (metric, period, period_start, staff_id, value, entries, last_changed_at)
{_FROM_LEDGER}
ON CONFLICT (metric, period, period_start, staff_id) DO UPDATE SET
    value = excluded.value, entries = excluded.entries, last_changed_at = excluded.last_changed_at
WHERE (s.value, s.entries, s.last_changed_at)
    IS DISTINCT FROM (excluded.value, excluded.entries, excluded.last_changed_at)
"""


@dataclass(frozen=True)
class Figure:
    """A value with the number of entries behind it and the moment it was reached."""

    value: Decimal
    entries: int
    reached_at: datetime

    def __str__(self) -> str:
        return f"{self.value} ({self.entries} entries, {self.reached_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S})"


@dataclass(frozen=True)
class Difference:
    """One person's score that is not what his entries say; None where one side has nothing at all."""

    metric: str
    period: str
    period_start: date
    staff_id: UUID
    employee_no: str
    ledger: Figure | None
    score: Figure | None

    def __str__(self) -> str:
        return (
            f"{self.metric} {self.period} {self.period_start} {self.employee_no}: "
            f"ledger {self.ledger or 'nothing'}, score {self.score or 'nothing'}"
        )


def check(year: int | None = None) -> list[Difference]:
    """Every score of a year (all years unless told) that differs from its entries. One snapshot: postings go on."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, _bounds(year))
        rows = cursor.fetchall()
    return [_difference(row) for row in rows]


def rebuild(year: int | None = None) -> int:
    """Make the scores of a year (all years unless told) what the ledger says; the number of rows put right.

    Postings wait meanwhile, readers do not: a posting takes its table lock before it writes its first entry,
    so none can be half seen here."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE performance_score IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_REMOVE_UNFOUNDED, _bounds(year))
        removed = cursor.rowcount
        cursor.execute(_CORRECT, _bounds(year))
        return int(removed + cursor.rowcount)


def _bounds(year: int | None) -> dict[str, date]:
    if year is None:
        return {"first": date.min, "last": date.max}
    return {"first": date(year, 1, 1), "last": date(year + 1, 1, 1)}


def _difference(row: tuple[Any, ...]) -> Difference:
    metric, period, period_start, staff_id, employee_no, *figures = row
    ledger, score = _figure(*figures[:3]), _figure(*figures[3:])
    return Difference(metric, period, period_start, staff_id, employee_no, ledger, score)


def _figure(value: Decimal | None, entries: int | None, reached_at: datetime | None) -> Figure | None:
    if value is None or entries is None or reached_at is None:
        return None
    return Figure(value, entries, reached_at)
