"""What was handed in, each time: the versions of the file between a return and the next hand-in, and what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist

from loans.models import ApplicationTransition, DueDiligence, LoanApplication

if TYPE_CHECKING:
    from organization.models import Staff

HANDING_IN = ("submit", "resubmit")
#: What the bank itself notes on the row; it tells nothing of what the customer's file says.
_BOOKKEEPING = frozenset(
    {
        "application.version",
        "application.updated_at",
        "application.state",
        "application.state_since",
        "application.submitted_at",
        "application.returns",
        "application.reviewer_id",
        "application.assignee_id",
        "application.assigned_at",
        "application.approval_level",
    }
)
_SECTIONS = {
    "materials": "影像资料",
    "parties": "关联人",
    "authorizations": "征信授权",
    "credit_reports": "征信报告",
    "collaterals": "押品",
}


@dataclass(frozen=True)
class Change:
    """One thing that differs from the hand-in before, in words and as it was and is."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Submission:
    """One hand-in: by whom, when, the digest of the whole file, and what changed since the one before."""

    round: int
    by: "Staff | None"
    at: datetime
    snapshot_sha256: str
    changes: list[Change] = field(default_factory=list)


def of(application: LoanApplication) -> list[Submission]:
    """Every hand-in of the file, the first one first."""
    rows = application.transitions.filter(name__in=HANDING_IN).select_related("by").order_by("id")
    log: list[ApplicationTransition] = list(rows)
    changes = [[], *(differences(earlier.snapshot, later.snapshot) for earlier, later in pairwise(log))]
    return [
        Submission(number, row.by, row.at, row.snapshot_sha256, changed)
        for number, (row, changed) in enumerate(zip(log, changes, strict=True), 1)
    ]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What two snapshots say differently, in a stable order; the bank's own bookkeeping apart."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    names = sorted((old.keys() | new.keys()) - _BOOKKEEPING)
    return [
        Change(name, _label(name), old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    ]


def _leaves(snapshot: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Single values: of a part that is a row each field, of a list the whole."""
    for part, said in snapshot.items():
        if isinstance(said, Mapping):
            yield from ((f"{part}.{name}", value) for name, value in said.items())
        else:
            yield part, said


def _label(name: str) -> str:
    part, _, field_name = name.partition(".")
    model = {"application": LoanApplication, "due_diligence": DueDiligence}.get(part)
    if model is None:
        return _SECTIONS.get(part, part)
    try:
        found = model._meta.get_field(field_name.removesuffix("_id"))
    except FieldDoesNotExist:
        return field_name
    return str(getattr(found, "verbose_name", field_name))


# --- What a hand-in is kept with -----------------------------------------------------------------
def beside_the_row(application: LoanApplication, plain: Any) -> dict[str, Any]:
    """Parts of the file besides the application's own row, as a snapshot of a hand-in keeps them."""
    found: DueDiligence | None = getattr(application, "due_diligence", None)
    collaterals = application.collaterals.order_by("pk").values_list("pk", "kind", "appraised_value")
    return {
        "due_diligence": _row(found, plain) if found else {},
        "collaterals": [[plain(value) for value in each] for each in collaterals],
    }


def _row(row: DueDiligence, plain: Any) -> dict[str, Any]:
    return {
        each.attname: plain(getattr(row, each.attname))
        for each in row._meta.concrete_fields
        if not each.attname.endswith("_sealed")
    }
