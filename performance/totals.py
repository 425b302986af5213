"""What branches have achieved: sums of the ledger by the branch in which each credit was posted.

A transfer of an RM moves nothing here, and who has left the bank still counts, so that the parts of a tree always
add up to the whole.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from aladdin.calendar import period_bounds
from organization.models import Branch
from performance.metrics import METRICS, metric_of


@dataclass(frozen=True)
class Total:
    """A sum with the number of entries behind it."""

    value: Decimal
    entries: int


@dataclass(frozen=True)
class BranchTotal(Total):
    """The sum of one branch and everything below it."""

    branch_id: UUID
    code: str
    name: str


_TOTALS = """
SELECT e.metric, sum(e.amount), count(*)
FROM performance_ledgerentry e JOIN organization_branch b ON b.id = e.branch_id
WHERE e.metric = ANY(%(metrics)s) AND e.business_date BETWEEN %(first)s AND %(last)s
  AND starts_with(b.path, %(path)s)
GROUP BY e.metric
"""

_BRANCH_TOTALS = """
WITH credited AS (
    SELECT left(b.path, %(steps)s) AS path, sum(e.amount) AS value, count(*) AS entries
    FROM performance_ledgerentry e JOIN organization_branch b ON b.id = e.branch_id
    WHERE e.metric = %(metric)s AND e.business_date BETWEEN %(first)s AND %(last)s
      AND starts_with(b.path, %(path)s)
    GROUP BY 1
)
SELECT COALESCE(c.value, 0)::numeric(18, 2), COALESCE(c.entries, 0), b.id, b.code, b.name
FROM organization_branch b LEFT JOIN credited c USING (path)
WHERE starts_with(b.path, %(path)s) AND length(b.path) <= %(steps)s
  AND (length(b.path) = %(steps)s OR c.path IS NOT NULL)
ORDER BY b.path
"""


def totals(*, within: Branch, period: str, on: date) -> dict[str, Total]:
    """Every metric's sum of a branch and below in the period that contains `on`; zero where nothing happened.

    Raises ValueError for an unknown period."""
    first, last = period_bounds(period, on)
    asked: dict[str, Any] = {"metrics": list(METRICS), "first": first, "last": last, "path": str(within.path)}
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, asked)
        found = {metric: Total(value, entries) for metric, value, entries in cursor.fetchall()}
    return {code: found.get(code, Total(Decimal("0.00"), 0)) for code in METRICS}


def branch_totals(*, within: Branch, metric: str, period: str, on: date) -> list[BranchTotal]:
    """One metric's sums of the branches directly below `within`, each with all that lies below it.

    What was credited in `within` itself, if anything, stands first, so that the lines add up to its total.
    Raises UnknownMetric, ValueError for an unknown period."""
    first, last = period_bounds(period, on)
    asked: dict[str, Any] = {
        "metric": metric_of(metric).code,
        "first": first,
        "last": last,
        "path": str(within.path),
        "steps": len(str(within.path)) + Branch.steplen,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BRANCH_TOTALS, asked)
        return [BranchTotal(*row) for row in cursor.fetchall()]
