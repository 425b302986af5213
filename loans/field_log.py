"""The log of what was filled in: who changed which field when, on which phone, and what stands now."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aladdin import clock
from loans.forms.module import as_json
from loans.merging import Change, Standing, Verdict, said_again
from loans.models import FieldChange, LoanApplication
from organization.models import Staff

#: Step, row, field.
Place = tuple[str, str, str]
_OUTCOME = {
    Verdict.TAKEN: FieldChange.Outcome.TAKEN,
    Verdict.TAKEN_OVER_OTHER: FieldChange.Outcome.TAKEN,
    Verdict.SAME: FieldChange.Outcome.SAME,
    Verdict.SUPERSEDED: FieldChange.Outcome.SUPERSEDED,
    Verdict.KEPT_OTHER: FieldChange.Outcome.KEPT_OTHER,
}


@dataclass(frozen=True)
class Entry:
    """One change that was judged, to be written down."""

    place: Place
    change: Change
    verdict: Verdict


@dataclass(frozen=True)
class Known:
    """What stands at a place, who put it there, and every change of it that has been received (phone, moment)."""

    standing: Standing
    by_id: Any
    received: dict[tuple[str, datetime], Any]


def write(held: LoanApplication, entries: Iterable[Entry], *, by: Staff) -> None:
    """Write the entries down, all under the application's present version."""
    FieldChange.objects.bulk_create([_row(held, entry, by) for entry in entries])


def _row(held: LoanApplication, entry: Entry, by: Staff) -> FieldChange:
    step, row, field = entry.place
    change = FieldChange(
        application=held,
        step=step,
        row=row,
        field=field,
        changed_at=entry.change.at,
        device=entry.change.device,
        by=by,
        version=held.version,
        outcome=_OUTCOME[entry.verdict],
    )
    change.value = json.dumps(entry.change.value, ensure_ascii=False)
    return change


def note(
    held: LoanApplication, step: str, values: dict[str, Any], *, by: Staff, row: str = "", device: str = ""
) -> None:
    """Write down an edit that was made at the door of the bank itself, by its own clock: it knew what stood there."""
    now = clock.now()
    changes = {
        name: Change(value=as_json(value), at=now, device=device, seen=held.version) for name, value in values.items()
    }
    write(held, [Entry((step, row, name), change, Verdict.TAKEN) for name, change in changes.items()], by=by)


def known(held: LoanApplication) -> dict[Place, Known]:
    """Every place of which a change is on record."""
    found: dict[Place, Known] = {}
    for change in held.field_changes.order_by("received_at", "id"):
        change.application = held  # its key
        place = (change.step, change.row, change.field)
        found[place] = _with(found.get(place), change)
    return found


def _with(so_far: Known | None, change: FieldChange) -> Known:
    value = json.loads(change.value)
    newest = Standing(value=value, at=change.changed_at, device=change.device, version=change.version)
    received = {**(so_far.received if so_far else {}), (change.device, change.changed_at): value}
    if so_far is None or change.outcome == FieldChange.Outcome.TAKEN:
        return Known(newest, change.by_id, received)
    if change.outcome != FieldChange.Outcome.SAME:
        return replace(so_far, received=received)
    said = Change(value=value, at=change.changed_at, device=change.device, seen=change.version)
    after = said_again(so_far.standing, said)
    is_latest = (after.at, after.device) == (said.at, said.device)
    return Known(after, change.by_id if is_latest else so_far.by_id, received)
