"""The ranking of RMs, and where one of them stands in it.

Ranked are the active employees in the role of relationship manager whose branch lies within the scope today; who
has no entry stands at zero. Ranks are standard competition ranks (1, 2, 2, 4). Among equals the table shows first
who reached the value earlier, then the lower employee number; their rank is the same. Everybody in the bank may
see the whole table (`domain.md` 3.3: it is a ranking of field work, not an assessment).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from aladdin.calendar import period_bounds
from organization.models import Branch, Staff
from organization.roles import Role
from performance.metrics import metric_of


class RankingScope(StrEnum):
    """Among whom one is ranked."""

    SUB_BRANCH = "SUB_BRANCH"
    BRANCH = "BRANCH"
    BANK = "BANK"


@dataclass(frozen=True)
class Place:
    """One line of the table. `tied` is how many share the rank, himself included; `reached_at` None: no entry."""

    rank: int
    tied: int
    staff_id: UUID
    employee_no: str
    name: str
    branch_id: UUID
    branch_name: str
    value: Decimal
    entries: int
    reached_at: datetime | None


@dataclass(frozen=True)
class Neighbour:
    """The next other value in the table: its rank, how many hold it, how far away it is (never zero)."""

    rank: int
    tied: int
    value: Decimal
    distance: Decimal


@dataclass(frozen=True)
class Standing:
    """Where one person stands among `counted` people; nobody is ahead of the first, nobody behind the last."""

    place: Place
    counted: int
    ahead: Neighbour | None
    behind: Neighbour | None


#: The period's scores are read as one range of their index: probing it once per person costs five times as much.
_PLACED = """
WITH scored AS MATERIALIZED (
    SELECT staff_id, value, entries, last_changed_at FROM performance_score
    WHERE metric = %(metric)s AND period = %(period)s AND period_start = %(first)s
), placed AS MATERIALIZED (
    SELECT RANK() OVER (ORDER BY COALESCE(p.value, 0) DESC) AS rank,
           COUNT(*) OVER (PARTITION BY COALESCE(p.value, 0)) AS tied,
           s.id, s.employee_no, s.name, s.branch_id, b.name AS branch_name,
           COALESCE(p.value, 0)::numeric(18, 2) AS value, COALESCE(p.entries, 0) AS entries, p.last_changed_at
    FROM organization_staff s
    JOIN organization_branch b ON b.id = s.branch_id
    LEFT JOIN scored p ON p.staff_id = s.id
    WHERE s.is_active AND starts_with(b.path, %(path)s)
      AND EXISTS (SELECT 1 FROM organization_roleassignment r WHERE r.staff_id = s.id AND r.role = %(role)s)
)
"""

_BOARD = f"""{_PLACED}
SELECT * FROM placed ORDER BY rank, last_changed_at, employee_no LIMIT %(limit)s OFFSET %(skip)s
"""  # noqa: S608  joined from this module's own texts

_STANDING = f"""{_PLACED}
SELECT me.*, (SELECT count(*) FROM placed), ahead.rank, ahead.tied, ahead.value, behind.rank, behind.tied, behind.value
FROM placed me
LEFT JOIN LATERAL (
    SELECT rank, tied, value FROM placed WHERE value > me.value ORDER BY value LIMIT 1) ahead ON TRUE
LEFT JOIN LATERAL (
    SELECT rank, tied, value FROM placed WHERE value < me.value ORDER BY value DESC LIMIT 1) behind ON TRUE
WHERE me.id = %(staff)s
"""  # noqa: S608  joined from this module's own texts

_PLACE_COLUMNS = len(Place.__dataclass_fields__)


def board(
    *, metric: str, period: str, on: date, within: Branch, limit: int | None = None, skip: int = 0
) -> list[Place]:
    """The table of one metric for the period that contains `on`, in display order; at most `limit` lines.

    Raises UnknownMetric, ValueError for an unknown period."""
    asked = _asked(metric, period, on, within) | {"limit": limit, "skip": skip}
    with connection.cursor() as cursor:
        cursor.execute(_BOARD, asked)
        return [Place(*row) for row in cursor.fetchall()]


def standing(staff: Staff, *, metric: str, period: str, on: date, within: Branch) -> Standing | None:
    """Where the person stands among those within a branch; None for who is not ranked there."""
    asked = _asked(metric, period, on, within) | {"staff": staff.pk}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    place = Place(*row[:_PLACE_COLUMNS])
    counted, *others = row[_PLACE_COLUMNS:]
    return Standing(place, counted, _neighbour(place, others[:3]), _neighbour(place, others[3:]))


def counted(within: Branch) -> int:
    """How many people are ranked within a branch."""
    branches = Branch.objects.within(within)
    return int(Staff.objects.active().with_role(Role.RM).filter(branch__in=branches).count())


def unit_of(staff: Staff, scope: RankingScope) -> Branch:
    """The branch whose people one is ranked among: the own one, the 分行 above it, or the whole bank.

    Where no 分行 lies above (a sub-branch directly below head office), it is the whole bank."""
    own = staff.branch
    if scope is RankingScope.SUB_BRANCH:
        return own
    line: list[Branch] = [*Branch.objects.get_ancestors(own), own]
    if scope is RankingScope.BRANCH:
        for branch in reversed(line):
            if branch.kind == Branch.Kind.BRANCH:
                return branch
    return line[0]


def _asked(metric: str, period: str, on: date, within: Branch) -> dict[str, Any]:
    first, _ = period_bounds(period, on)
    return {
        "metric": metric_of(metric).code,
        "period": period,
        "first": first,
        "path": str(within.path),
        "role": Role.RM.value,
    }


def _neighbour(place: Place, row: list[Any]) -> Neighbour | None:
    rank, tied, value = row
    return None if rank is None else Neighbour(rank, tied, value, abs(value - place.value))
