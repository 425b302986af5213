"""Checking what was filled in against the form's schema: everything that is wrong, each on its path, in Chinese."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from aladdin import clock
from loans.forms.fields import Schema
from loans.forms.formats import CHECKER
from loans.forms.messages import message

#: Refusals that only say that something is not there yet.
MISSING = frozenset({"required", "dependentRequired", "minItems", "minProperties", "contains", "minContains"})
_NAMES_A_FIELD = frozenset({"required", "dependentRequired", "additionalProperties", "unevaluatedProperties"})


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (dotted; a row by its id), what the schema's word is, and what to tell."""

    path: str
    keyword: str
    detail: str

    @property
    def is_gap(self) -> bool:
        """Not wrong, only not there yet."""
        return self.keyword in MISSING


def faults(schema: Schema, document: Any, *, partial: bool = False) -> list[Fault]:
    """Everything that is wrong with a document; where it is `partial`, what is missing is not."""
    found = {
        (fault.path, fault.detail): fault
        for error in sorted(_validator(schema).iter_errors(document), key=_place)
        for fault in _faults(error, schema, document)
    }
    return _one_a_path([fault for fault in found.values() if not (partial and _may_wait(fault))])


def _may_wait(fault: Fault) -> bool:
    """It may come later; a row without its id could never be found again."""
    return fault.is_gap and not fault.path.endswith(".id")


def by_path(found: list[Fault]) -> dict[str, list[str]]:
    """For the problem document."""
    said: dict[str, list[str]] = {}
    for fault in found:
        said.setdefault(fault.path or "non_field_errors", []).append(fault.detail)
    return said


def _one_a_path(found: list[Fault]) -> list[Fault]:
    """A text that does not even have its shape is not told about its bounds as well."""
    shapeless = {fault.path for fault in found if fault.keyword in {"type", "pattern", "format", "minLength"}}
    kept: list[Fault] = []
    for fault in found:
        if fault.path in shapeless and any(each.path == fault.path for each in kept):
            continue
        kept.append(fault)
    return kept


# --- Where, and what -----------------------------------------------------------------------------
def _place(error: ValidationError) -> tuple[list[str], bool]:
    """By path; what has no shape first."""
    return [str(part) for part in error.absolute_path], error.validator not in {"type", "pattern", "format"}


def _faults(error: ValidationError, schema: Schema, document: Any) -> Iterator[Fault]:
    parts: list[str | int] = list(error.absolute_path)
    keyword = str(error.validator) if error.validator is not None else "false"
    for name in _named(error, keyword):
        path = [*parts, name] if name else parts
        yield Fault(_dotted(path, document), keyword, message(error, _label(path, schema)))


def _named(error: ValidationError, keyword: str) -> list[str]:
    """The fields that a refusal of their object is about."""
    if keyword not in _NAMES_A_FIELD:
        return [""]
    there: Any = error.instance
    said: Any = error.validator_value
    if keyword == "required":
        return [name for name in said if name not in there]
    if keyword == "dependentRequired":
        wanted = [each for name, asked in said.items() if name in there for each in asked]
        return [name for name in wanted if name not in there]
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    return [name for name in there if name not in known]


def _dotted(path: list[str | int], document: Any) -> str:
    """`collaterals.<id>.kind`: a row is named by its id, since its place in the list may change."""
    said, here = [], document
    for part in path:
        here = here[part] if isinstance(part, int) or (isinstance(here, dict) and part in here) else None
        is_row = isinstance(part, int) and isinstance(here, dict) and isinstance(here.get("id"), str)
        said.append(str(here["id"]) if is_row and here is not None else str(part))
    return ".".join(said)


def _label(path: list[str | int], schema: Schema) -> str:
    """What the form calls the field."""
    here: Any = schema
    for part in path:
        here = here.get("items", {}) if isinstance(part, int) else here.get("properties", {}).get(part, {})
        if not isinstance(here, dict):
            return "该项"
    return str(here.get("title", path[-1] if path else "表单"))


# --- The bank's own words of the schema ----------------------------------------------------------
def _bound(beyond: Any) -> Any:
    def check(validator: Any, bound: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        number = _number(instance)
        if number is not None and beyond(number, Decimal(bound)):
            yield ValidationError(f"{instance!r} is beyond {bound}")

    return check


def _number(instance: Any) -> Decimal | None:
    try:
        return Decimal(instance) if isinstance(instance, str) else None
    except InvalidOperation:
        return None


def _day_bound(beyond: Any) -> Any:
    def check(validator: Any, bound: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        limit = clock.today() if bound == "today" else date.fromisoformat(bound)
        day = _day(instance)
        if day is not None and beyond(day, limit):
            yield ValidationError(f"{instance!r} is beyond {bound}")

    return check


def _day(instance: Any) -> date | None:
    try:
        return date.fromisoformat(instance) if isinstance(instance, str) else None
    except ValueError:
        return None


OWN_WORDS = {
    "x-minimum": _bound(lambda number, bound: number < bound),
    "x-maximum": _bound(lambda number, bound: number > bound),
    "x-not-after": _day_bound(lambda day, bound: day > bound),
    "x-not-before": _day_bound(lambda day, bound: day < bound),
}
_Validator: Any = extend(Draft202012Validator, OWN_WORDS)  # type: ignore[no-untyped-call]  # its stubs leave it open


def _validator(schema: Schema) -> Any:
    return _Validator(schema, format_checker=CHECKER)
