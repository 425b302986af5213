"""The performance ledger: crediting an event, and taking a credit back.

The rows and the scores that follow from them are written by one statement, so that neither can exist without
the other. A source credits a person once per metric, however often it is sent.

Lock order, which keeps postings from waiting for each other in a circle: ledger keys by source, then scores by
metric, period and person. It holds within one call, so give all entries of a transaction to one `post`, and post
before sending notices.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from aladdin import audit, clock
from aladdin.calendar import Period, period_bounds
from aladdin.money import fen
from aladdin.problems import Conflict, Problem
from organization.models import Staff
from performance import waking
from performance.metrics import METRICS
from performance.models import LedgerEntry
from performance.splitting import split


class LedgerFault(ValueError):
    """Entries that cannot be posted as they are: a fault of the calling room, never of a person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A credit to be posted. `amount` is the whole event's (yuan, or a count), `share` this person's part of it.

    `source` names the event for good, e.g. `transaction:<id>`; its business date never changes after."""

    metric: str
    staff_id: UUID
    amount: Decimal
    business_date: date
    source: str
    occurred_at: datetime
    share: Decimal = Decimal(1)
    customer_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise LedgerFault(f"no metric is called {self.metric}")
        if not 0 < self.share <= 1:
            raise LedgerFault(f"a share is more than 0 and at most 1, not {self.share}")
        if not self.source or len(self.source) > 100:
            raise LedgerFault("a source has 1 to 100 characters")
        if isinstance(self.business_date, datetime) or self.occurred_at.tzinfo is None:
            raise LedgerFault("a business date is a day, a moment has a time zone")


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry as it is written: the amount after the share, the branch only where it is not today's."""

    entry: Entry
    amount: Decimal
    branch_id: UUID | None = None
    reversal_of: int | None = None
    reason: str = ""


def post(entries: Iterable[Entry]) -> int:
    """Credit the entries that are new and raise their scores; the number that were new.

    All sharers of one event belong into one call: their parts then add up to it exactly. Raises LedgerFault where
    the entries of one event differ in amount or their shares exceed one, IntegrityError for an unknown person."""
    return _write(_credited(entries))


def reverse(entry: LedgerEntry, *, reason: str, by: Staff | None) -> LedgerEntry:
    """Take one credit back by an opposite entry on the same business date; `by` None is the system.

    The caller has found `entry` through `visible_to` and asked the access table. Raises `reason_required` (400),
    `entry_is_reversal`, `entry_already_reversed` (409)."""
    said = reason.strip()
    if not 1 <= len(said) <= 200:
        raise Problem("reason_required", "请填写冲正原因（1–200字）", errors={"reason": ["必填，至多200字"]})
    if entry.reversal_of is not None:
        raise Conflict("entry_is_reversal", "冲正分录不能再冲正，请重新入账")
    with transaction.atomic():
        if not _write([_opposite(entry, said)]):
            raise Conflict("entry_already_reversed", "该分录已经冲正")
        audit.record(by=by, action="performance.reverse", subject=f"ledger-entry/{entry.pk}", reason=said)
    return LedgerEntry.objects.get(reversal_of=entry.pk, business_date=entry.business_date)


# --- What is written -------------------------------------------------------------------------------
def _credited(entries: Iterable[Entry]) -> list[_Row]:
    """Each person's part of each event; an entry that is named twice counts once."""
    events: dict[tuple[str, str, date], dict[UUID, Entry]] = defaultdict(dict)
    for entry in entries:
        events[entry.source, entry.metric, entry.business_date].setdefault(entry.staff_id, entry)
    return [row for sharers in events.values() for row in _shared(list(sharers.values()))]


def _shared(sharers: list[Entry]) -> list[_Row]:
    first = sharers[0]
    if len(sharers) == 1:
        return [_Row(first, fen(first.amount * first.share))]
    if any(entry.amount != first.amount for entry in sharers):
        raise LedgerFault(f"{first.source}: one event has one amount")
    if sum(entry.share for entry in sharers) > 1:
        raise LedgerFault(f"{first.source}: the shares of one event exceed one")
    ordered = sorted(sharers, key=lambda entry: (-entry.share, entry.staff_id))
    parts = split(first.amount, [entry.share for entry in ordered])
    return [_Row(entry, part) for entry, part in zip(ordered, parts, strict=True)]


def _opposite(entry: LedgerEntry, reason: str) -> _Row:
    taken_back = Entry(
        metric=entry.metric,
        staff_id=entry.staff_id,
        amount=-entry.amount,
        business_date=entry.business_date,
        source=f"reversal:{entry.pk}",
        occurred_at=clock.now(),
        customer_id=entry.customer_id,
    )
    return _Row(
        replace(taken_back, share=entry.share), -entry.amount, entry.branch_id, reversal_of=entry.pk, reason=reason
    )


#: One statement for any number of rows. A person who does not exist has no branch, which the table refuses.
_POST = """
WITH offered AS (
    SELECT * FROM unnest(
        %s::text[], %s::uuid[], %s::uuid[], %s::numeric[], %s::numeric[], %s::date[], %s::timestamptz[], %s::text[],
        %s::uuid[], %s::bigint[], %s::text[]
    ) AS o (metric, staff_id, branch_id, amount, share, business_date, occurred_at, source, customer_id, reversal_of,
            reason)
), written AS (
    INSERT INTO performance_ledgerentry (metric, staff_id, branch_id, amount, share, business_date, occurred_at,
                                         source, customer_id, reversal_of, reason, recorded_at)
    SELECT o.metric, o.staff_id, COALESCE(o.branch_id, s.branch_id), o.amount, o.share, o.business_date,
           o.occurred_at, o.source, o.customer_id, o.reversal_of, o.reason, %s
    FROM offered o LEFT JOIN organization_staff s ON s.id = o.staff_id
    ORDER BY o.source, o.metric, o.staff_id, o.business_date
    ON CONFLICT (source, metric, staff_id, business_date) DO NOTHING
    RETURNING metric, staff_id, business_date, amount, occurred_at
), scored AS (
    INSERT INTO performance_score (metric, period, period_start, staff_id, value, entries, last_changed_at)
    SELECT w.metric, p.period, p.period_start, w.staff_id, sum(w.amount), count(*), max(w.occurred_at)
    FROM written w CROSS JOIN LATERAL (VALUES
        ('DAY', w.business_date),
        ('MONTH', date_trunc('month', w.business_date)::date),
        ('QUARTER', date_trunc('quarter', w.business_date)::date),
        ('YEAR', date_trunc('year', w.business_date)::date)
    ) AS p (period, period_start)
    GROUP BY w.metric, p.period, p.period_start, w.staff_id
    ORDER BY w.metric, p.period, p.period_start, w.staff_id
    ON CONFLICT (metric, period, period_start, staff_id) DO UPDATE SET
        value = performance_score.value + excluded.value,
        entries = performance_score.entries + excluded.entries,
        last_changed_at = GREATEST(performance_score.last_changed_at, excluded.last_changed_at)
)
SELECT metric, date_trunc('month', business_date)::date, count(*) FROM written GROUP BY 1, 2
"""


def _write(rows: list[_Row]) -> int:
    if not rows:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_POST, [*_columns(rows), clock.now()])
        written: list[tuple[str, date, int]] = cursor.fetchall()
        this_month, _ = period_bounds(Period.MONTH, clock.today())
        for metric in sorted({metric for metric, month, _ in written if month == this_month}):
            waking.wake_announcer(metric)
    return sum(count for _, _, count in written)


def _columns(rows: list[_Row]) -> list[list[Any]]:
    return [
        [row.entry.metric for row in rows],
        [row.entry.staff_id for row in rows],
        [row.branch_id for row in rows],
        [row.amount for row in rows],
        [row.entry.share for row in rows],
        [row.entry.business_date for row in rows],
        [row.entry.occurred_at for row in rows],
        [row.entry.source for row in rows],
        [row.entry.customer_id for row in rows],
        [row.reversal_of for row in rows],
        [row.reason for row in rows],
    ]
