"""Sealed files that no row names: left behind where a transaction was rolled back after its files were written.

Which rows name files is known by their columns: text columns named `file` or `…_file`, in every room. A file is
destroyed only when it is older than the longest transaction could be by days; and since this is looked at every night,
only those of the last weeks are looked at again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models

from aladdin import audit, clock, parameters
from loans import evidence

_AT_ONCE = 500
_WINDOW = timedelta(days=30)


def sweep() -> int:
    """Destroy what nobody names; how many files."""
    before = clock.now() - timedelta(days=parameters.integer("loan.orphan_file_days"))
    swept = 0
    for names in _batched(_files(before - _WINDOW, before)):
        for name in sorted(set(names) - named(names)):
            evidence.remove(name)
            swept += 1
    if swept:
        audit.record(by=None, action="loan.sweep_evidence", subject="evidence", files=swept)
    return swept


def named(names: Iterable[str]) -> set[str]:
    """Those of the names that a row of any table holds."""
    asked = list(names)
    found: set[str] = set()
    for model, column in columns():
        rows = model._default_manager.filter(**{f"{column}__in": asked})
        found.update(rows.values_list(column, flat=True))
    return found


def columns() -> list[tuple[type[models.Model], str]]:
    """Every column that names sealed files."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and f"_{field.name}".endswith("_file")
    ]


def _files(since: datetime, before: datetime) -> Iterator[str]:
    root = Path(settings.MEDIA_ROOT)
    for path in (root / evidence.FOLDER).glob("*/*"):
        if path.is_file() and since <= datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            yield path.relative_to(root).as_posix()


def _batched(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := [name for _, name in zip(range(_AT_ONCE), names, strict=False)]:
        yield batch
