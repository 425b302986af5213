"""How well the engine reads: by document and field, from what RMs corrected. Figures only, nobody's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Q

from loans.models import ReadField
from loans.ocr.documents import DOCUMENTS


@dataclass(frozen=True)
class FieldQuality:
    """One field of one kind of document over a period. Shares in percent; confidence from 0 to 1."""

    kind: str
    field: str
    label: str
    confirmed: int
    corrected: int
    unread: int
    accuracy: Decimal
    confidence_of_right: Decimal | None
    confidence_of_wrong: Decimal | None
    distance: Decimal | None


def report(*, since: datetime | None = None, until: datetime | None = None, kind: str = "") -> list[FieldQuality]:
    """By kind and field, over the readings that were confirmed in the period (`until` not included)."""
    rows = ReadField.objects.filter(was_corrected__isnull=False)
    if since is not None:
        rows = rows.filter(reading__confirmed_at__gte=since)
    if until is not None:
        rows = rows.filter(reading__confirmed_at__lt=until)
    if kind:
        rows = rows.filter(reading__kind=kind)
    wrong = Q(was_corrected=True)
    counted = rows.values("reading__kind", "name").annotate(
        count=Count("pk"),
        corrected=Count("pk", filter=wrong),
        unread=Count("pk", filter=Q(read_sealed="") & wrong),
        sure_right=Avg("confidence", filter=~wrong),
        sure_wrong=Avg("confidence", filter=wrong),
        apart=Avg("distance", filter=wrong),
    )
    found = {(row["reading__kind"], row["name"]): row for row in counted}
    return [
        _line(kind, field, label, found[kind, field])
        for kind, document in DOCUMENTS.items()
        for field, label in document.labels.items()
        if (kind, field) in found
    ]


def _line(kind: str, field: str, label: str, row: Mapping[str, Any]) -> FieldQuality:
    confirmed, corrected = row["count"], row["corrected"]
    return FieldQuality(
        kind=str(kind),
        field=field,
        label=label,
        confirmed=confirmed,
        corrected=corrected,
        unread=row["unread"],
        accuracy=(Decimal(confirmed - corrected) * 100 / confirmed).quantize(Decimal("0.01")),
        confidence_of_right=_rounded(row["sure_right"]),
        confidence_of_wrong=_rounded(row["sure_wrong"]),
        distance=_rounded(row["apart"]),
    )


def _rounded(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.0001"))


def distance(one: str, other: str) -> int:
    """How many characters have to be set, dropped or exchanged to come from one text to the other."""
    row = list(range(len(other) + 1))
    for place, left in enumerate(one, start=1):
        before, row[0] = row[0], place
        for index, right in enumerate(other, start=1):
            before, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, before + (left != right))
    return row[-1]
