"""What a step module of the intake is: its fields, and how they are read from and written to its rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm import identifiers
from loans.blocker import Blocker
from loans.codes import Step
from loans.forms.fields import Field, Schema

if TYPE_CHECKING:
    from loans.models import LoanApplication, LoanProductVersion
    from organization.models import Staff

#: Field → value, as JSON says it.
Values = dict[str, Any]
#: Row → its values; a step without rows has the one row "".
Rows = dict[str, Values]


@dataclass(frozen=True)
class Computed:
    """A figure that follows from what was filled in; nobody types it. `value` is as people read it."""

    name: str
    label: str
    value: str
    unit: str = ""
    explanation: str = ""


def _nothing(application: "LoanApplication") -> Iterable[Any]:
    return ()


@dataclass(frozen=True, kw_only=True)
class StepModule:
    """One step with a form. `write` sets the given fields of one row, None clears one; `remove` takes a row out.

    `prefix` is how a blocker of the file names its fields; `beyond` are rules that no schema can say, `computed`
    the figures that follow."""

    step: Step
    fields: Callable[["LoanProductVersion"], list[Field]]
    read: Callable[["LoanApplication"], Rows]
    write: Callable[["LoanApplication", str, Values, "Staff"], None]
    remove: Callable[["LoanApplication", str, "Staff"], None] | None = None
    rows: str = ""
    row_label: str = ""
    prefix: str = ""
    least_rows: int = 0
    beyond: Callable[["LoanApplication"], Iterable[Blocker]] = _nothing
    computed: Callable[["LoanApplication"], Iterable[Computed]] = _nothing


# --- Between JSON and Python ---------------------------------------------------------------------
def as_json(value: Any) -> Any:
    """A value of a row as the form says it; nothing for what is empty."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, date | UUID) else value


def from_json(schema: Schema, value: Any) -> Any:
    """A checked value of the form as the row keeps it."""
    if value is None:
        return None
    match schema.get("format"):
        case "money" | "decimal":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "uuid":
            return UUID(value)
        case "credit-code" | "identity-number":
            return identifiers.normal_form(value)
        case _:
            return value


def canonical(schema: Schema, value: Any) -> Any:
    """The one way of saying a value, so that 100000 and 100000.00 are the same."""
    said = as_json(from_json(schema, value))
    if said is not None and schema.get("format") in {"money", "decimal"}:
        return f"{Decimal(said).normalize():f}"
    return said


def filled(values: Values) -> Values:
    """Without what is empty."""
    return {name: value for name, value in values.items() if value is not None}


def read_row(row: Any, fields: list[Field]) -> Values:
    """The fields of a row, as JSON says them."""
    return filled({each.name: as_json(getattr(row, each.name)) for each in fields})


def set_row(row: Any, fields: list[Field], values: Values) -> None:
    """Set the given fields; a cleared one becomes what its column calls empty."""
    by_name = {each.name: each for each in fields}
    for name, value in values.items():
        said = from_json(by_name[name].schema, value)
        setattr(row, name, empty(row, name) if said is None else said)


def empty(row: Any, name: str) -> Any:
    """None, or the column's default; what is sealed is an empty text."""
    column = next((each for each in row._meta.concrete_fields if each.name == name), None)
    if column is None:
        return ""
    return None if column.null else column.get_default()
