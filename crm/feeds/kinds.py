"""What a kind of file is, and the register of kinds.

A kind is one module here with a `KIND`; a room above (loan accounts) registers its own when it is ready.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm.feeds.fields import LineRejected


@dataclass(frozen=True)
class Rejection:
    """A line that was not taken."""

    line_no: int
    code: str
    reason: str


@dataclass
class Merged:
    """What became of a batch of lines."""

    loaded: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    def reject(self, line_no: int, code: str, reason: str) -> None:
        self.rejections.append(Rejection(line_no, code, reason))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file.

    `read(line_no, values, business_date)` makes a row of a line or raises LineRejected; `merge(rows,
    business_date)` takes the rows in, set-wise and in `batches`, in the transaction of the file. `totals` are the
    control totals in the trailer's order: name and how a line counts in it."""

    name: str
    label: str
    version: str
    columns: tuple[str, ...]
    read: Callable[[int, Mapping[str, str], date], Any]
    merge: Callable[[Iterable[Any], date], Merged]
    totals: tuple[tuple[str, Callable[[Mapping[str, str]], Decimal]], ...] = ()

    def values(self, fields: list[str]) -> dict[str, str]:
        """The fields by column. Raises LineRejected unless there are exactly as many as columns."""
        if len(fields) != len(self.columns):
            raise LineRejected("columns", f"应有{len(self.columns)}列，实有{len(fields)}列")
        return dict(zip(self.columns, fields, strict=True))


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; once for each name and version."""
    _KINDS[kind.name] = kind


def kind_called(name: str) -> Kind | None:
    """The registered kind, or None."""
    return _KINDS.get(name)
