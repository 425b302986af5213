"""Telling of this month's ranking: boards move at once, people hear of their own moves, and not too often.

Boards: each branch whose people's figures changed, and every branch above it, gets one `ranking_changed`, from
which open screens read anew.

People, after every posting and again every few minutes:

- Only those with entries this month are told, of one move at most: in the 分行 where first place was won or lost
  there, else in the own branch, else in the 分行 where the move touches its top places (parameter).
- One notice per person and metric in a quarter of an hour (parameter), unless he wins or loses first place. What
  is held back is told later as one move; who is back where he was is told nothing.
- The first figures of a month, and those after a transfer, are a start and nobody's move.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from aladdin import clock, parameters
from aladdin.calendar import Period, period_bounds
from notifications import notices, streams
from organization.models import Branch, Staff
from organization.roles import Role
from performance.metrics import Metric, metric_of
from performance.models import LastRank


class Present(NamedTuple):
    """One ranked person now: his figure this month, his rank in his own branch and in the 分行 above it."""

    staff_id: UUID
    branch_id: UUID
    path: str
    branch_name: str
    city_name: str
    value: Decimal
    entries: int
    sub_branch_rank: int
    branch_rank: int


@dataclass(frozen=True)
class Move:
    """A change of rank in one branch."""

    where: str
    before: int
    now: int

    @property
    def is_of_first_place(self) -> bool:
        """Whether first place was won or lost."""
        return self.before != self.now and 1 in (self.before, self.now)


@dataclass(frozen=True)
class Manners:
    """How often one is told, and how far down in the 分行."""

    gap: timedelta
    places_told: int


@transaction.atomic
def announce(metric: str) -> int:
    """Tell boards and people what changed in this month's ranking since they were last told; the notices written.

    May run at any time and as often as one likes: what was told is kept in the same transaction."""
    _take_turn(metric)
    month, _ = period_bounds(Period.MONTH, clock.today())
    now = _not_as_told(metric, month)
    people = [present.staff_id for present in now]
    last_known = {last.staff_id: last for last in LastRank.objects.filter(metric=metric, staff__in=people)}
    changed = _changed_paths(now, last_known, month)
    told = _tell_people(metric_of(metric), now, last_known, month)
    _publish(metric, month, changed)
    return told


def move_of(present: Present, last: LastRank, places_told: int) -> Move | None:
    """The one move that is worth telling, if any (see the module's rules)."""
    in_own = Move(present.branch_name, last.sub_branch_rank, present.sub_branch_rank)
    in_city = Move(present.city_name, last.branch_rank, present.branch_rank)
    if not present.entries:
        return None
    if in_city.is_of_first_place:
        return in_city
    if in_own.before != in_own.now:
        return in_own
    if in_city.before != in_city.now and min(in_city.before, in_city.now) <= places_told:
        return in_city
    return None


def may_be_told(move: Move, last: LastRank, at: datetime, gap: timedelta) -> bool:
    """Whether the person is told now rather than later."""
    return move.is_of_first_place or last.told_at is None or at - last.told_at >= gap


# --- The ranking now -------------------------------------------------------------------------------
#: The 分行 is the nearest branch of that kind at or above one's own; without one it is the root, head office.
_NOT_AS_TOLD = """
WITH scored AS MATERIALIZED (
    SELECT staff_id, value, entries FROM performance_score
    WHERE metric = %(metric)s AND period = 'MONTH' AND period_start = %(month)s
), present AS (
    SELECT s.id AS staff_id, s.branch_id, b.path, b.name AS branch_name, city.name AS city_name,
           COALESCE(p.value, 0)::numeric(18, 2) AS value, COALESCE(p.entries, 0) AS entries,
           RANK() OVER (PARTITION BY b.path ORDER BY COALESCE(p.value, 0) DESC) AS sub_branch_rank,
           RANK() OVER (PARTITION BY city.path ORDER BY COALESCE(p.value, 0) DESC) AS branch_rank
    FROM organization_staff s
    JOIN organization_branch b ON b.id = s.branch_id
    JOIN (
        SELECT DISTINCT ON (below.id) below.id, above.path, above.name
        FROM organization_branch below JOIN organization_branch above ON starts_with(below.path, above.path)
        WHERE above.kind = %(city)s OR above.depth = 1
        ORDER BY below.id, above.depth DESC
    ) city ON city.id = b.id
    LEFT JOIN scored p ON p.staff_id = s.id
    WHERE s.is_active
      AND EXISTS (SELECT 1 FROM organization_roleassignment r WHERE r.staff_id = s.id AND r.role = %(role)s)
)
SELECT n.* FROM present n LEFT JOIN performance_lastrank l ON l.staff_id = n.staff_id AND l.metric = %(metric)s
WHERE (l.period_start, l.branch_id, l.value, l.sub_branch_rank, l.branch_rank)
    IS DISTINCT FROM (%(month)s::date, n.branch_id, n.value, n.sub_branch_rank, n.branch_rank)
ORDER BY n.staff_id
"""


def _take_turn(metric: str) -> None:
    """One run after the other for a metric, until the transaction ends."""
    number = int.from_bytes(sha256(f"announce|{metric}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _not_as_told(metric: str, month: date) -> list[Present]:
    """Those whose figure, ranks or branch are not what was told last: few of the bank's thousands."""
    asked: dict[str, Any] = {"metric": metric, "month": month, "role": Role.RM.value, "city": Branch.Kind.BRANCH.value}
    with connection.cursor() as cursor:
        cursor.execute(_NOT_AS_TOLD, asked)
        return [Present(*row) for row in cursor.fetchall()]


# --- People ----------------------------------------------------------------------------------------
def _tell_people(metric: Metric, now: Iterable[Present], last_known: dict[UUID, LastRank], month: date) -> int:
    manners = Manners(
        gap=timedelta(minutes=parameters.integer("performance.rank_notice_gap_minutes")),
        places_told=parameters.integer("performance.branch_places_told"),
    )
    kept: list[LastRank] = []
    moves: list[tuple[LastRank, Move]] = []
    for present in now:
        last = last_known.get(present.staff_id)
        if last is None or (last.period_start, last.branch_id) != (month, present.branch_id):
            kept.append(_start(metric, present, last, month))
        else:
            if (move := _come_to_know(present, last, manners)) is not None:
                moves.append((last, move))
            kept.append(last)
    _notify(metric, moves)
    _keep(kept)
    return len(moves)


def _as_told(present: Present) -> tuple[Decimal, int, int]:
    return present.value, present.sub_branch_rank, present.branch_rank


def _start(metric: Metric, present: Present, last: LastRank | None, month: date) -> LastRank:
    value, sub_branch_rank, branch_rank = _as_told(present)
    return LastRank(
        metric=metric.code,
        staff_id=present.staff_id,
        period_start=month,
        branch_id=present.branch_id,
        value=value,
        sub_branch_rank=sub_branch_rank,
        branch_rank=branch_rank,
        told_at=last.told_at if last else None,
        notices=last.notices if last else 0,
    )


def _come_to_know(present: Present, last: LastRank, manners: Manners) -> Move | None:
    """Bring `last` up to date; the move to be told now. Ranks that are held back stay as he knows them."""
    last.value = present.value
    move = move_of(present, last, manners.places_told)
    if move is not None and not may_be_told(move, last, clock.now(), manners.gap):
        return None
    last.sub_branch_rank, last.branch_rank = present.sub_branch_rank, present.branch_rank
    if move is not None:
        last.told_at, last.notices = clock.now(), last.notices + 1
    return move


def _notify(metric: Metric, moves: list[tuple[LastRank, Move]]) -> None:
    people = Staff.objects.in_bulk([last.staff_id for last, _ in moves])
    notices.notify_many(_message(metric, people[last.staff_id], last.notices, move) for last, move in moves)


def _message(metric: Metric, recipient: Staff, number: int, move: Move) -> notices.Message:
    return notices.Message(
        recipient=recipient,
        kind="ranking.changed",
        event_key=f"ranking/{metric.code}/{number}",
        subject=f"ranking/{metric.code}",
        values={
            "metric": metric.name,
            "period": "本月",
            "branch": move.where,
            "previous_rank": str(move.before),
            "rank": str(move.now),
        },
    )


def _keep(rows: list[LastRank]) -> None:
    LastRank.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["metric", "staff"],
        update_fields=[
            "period_start",
            "branch",
            "value",
            "sub_branch_rank",
            "branch_rank",
            "told_at",
            "notices",
        ],
    )


# --- Boards ----------------------------------------------------------------------------------------
def _changed_paths(now: Iterable[Present], last_known: dict[UUID, LastRank], month: date) -> set[str]:
    """Paths of the branches in which a figure is not what the boards last showed."""
    return {present.path for present in now if _has_changed(present, last_known.get(present.staff_id), month)}


def _has_changed(present: Present, last: LastRank | None, month: date) -> bool:
    if last is None or last.period_start != month:
        return present.entries > 0
    return (present.value, present.branch_id) != (last.value, last.branch_id)


def _publish(metric: str, month: date, paths: set[str]) -> None:
    """To the branches and all above them, in the order of the boards' keys, as all who lock streams do."""
    step = Branch.steplen
    line = {path[:length] for path in paths for length in range(step, len(path) + 1, step)}
    for branch in Branch.objects.filter(path__in=line).order_by("pk"):
        streams.publish(
            streams.key_of_branch(branch.pk),
            "ranking_changed",
            {"metric": metric, "period": Period.MONTH.value, "period_start": month.isoformat()},
        )
