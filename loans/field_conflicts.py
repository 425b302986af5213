"""Fields that two phones filled in differently: told with both values, and settled by the RM in charge."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotFound
from loans.codes import Step
from loans.leading import lead_only
from loans.models import FieldConflict, LoanApplication
from loans.transitions import hold, subject_of
from organization.models import Staff


def unsettled(application: "LoanApplication") -> "list[FieldConflict]":
    """Those that wait for somebody's word."""
    rows = application.field_conflicts.filter(settled_at__isnull=True)
    return list(rows.select_related("standing_by", "other_by"))


@transaction.atomic
def settle(application: "LoanApplication", conflict_id: UUID, *, take_other: bool, by: "Staff") -> FieldConflict:
    """Keep what stands, or take the other value.

    Raises NotFound, `conflict_settled` (409), `not_in_charge` (403), and what saving the step raises."""
    from loans import step_forms  # noqa: PLC0415  it asks here what is unsettled

    held = hold(application.pk)
    lead_only(held, "loan.edit", by)
    conflict = held.field_conflicts.filter(pk=conflict_id).first()
    if conflict is None:
        raise NotFound("没有找到该填写冲突")
    if conflict.settled_at is not None:
        raise Conflict("conflict_settled", "该填写冲突已处理")
    close([conflict], as_=conflict.Settled.OTHER if take_other else conflict.Settled.STANDING, by=by)
    if take_other:
        value = json.loads(conflict.other)
        held = step_forms.put(held, Step(conflict.step), {conflict.row: _row(conflict.field, value)}, by=by)
    audit.record(
        by=by, action="loan.settle_field_conflict", subject=subject_of(held), field=conflict.field, other=take_other
    )
    return conflict


def _row(field: str, value: Any) -> dict[str, Any] | None:
    """A field with its value; no field is the row itself, and no value that it is to go."""
    if field:
        return {field: value}
    return None if value is None else dict(value)


def settle_by_edit(held: "LoanApplication", places: "Iterable[tuple[str, str, str]]", *, by: "Staff") -> None:
    """Who fills a field in anew, knowing both values, has settled the matter; so has who takes the row out."""
    edited = set(places)
    rows = {(step, row) for step, row, field in edited if not field}
    waiting = [
        each for each in unsettled(held) if (each.step, each.row, each.field) in edited or (each.step, each.row) in rows
    ]
    close(waiting, as_="EDITED", by=by)


def close(conflicts: "Iterable[FieldConflict]", *, as_: str, by: "Staff") -> None:
    """Mark them as settled."""
    for conflict in conflicts:
        conflict.settled_at, conflict.settled_by, conflict.settled_as = clock.now(), by, as_
        conflict.save(update_fields=["settled_at", "settled_by", "settled_as"])
