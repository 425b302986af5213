"""Fields of a form, each the JSON Schema of its value with what a phone needs to show it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices

Schema = dict[str, Any]

MONEY = r"^\d{1,16}(\.\d{1,2})?$"
SIGNED = r"^-?\d{1,16}(\.\d{1,2})?$"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: `required` for the step to be done, asked only where `when` (field, values) holds.

    A `core` field cannot be hidden or made optional by a product. A `personal` one is sealed at rest and masked for
    who does not lead the case."""

    name: str
    schema: Schema
    required: bool = False
    core: bool = False
    personal: bool = False
    offered: bool = True
    when: tuple[str, tuple[Any, ...]] | None = None

    @property
    def label(self) -> str:
        return str(self.schema["title"])

    def asked(self, *, required: bool) -> "Field":
        """The same field as the product wants it."""
        return replace(self, required=required)


def money(label: str, *, least: Decimal | None = None, most: Decimal | None = None, **more: Any) -> Schema:
    """Yuan to the fen, as text; bounds are exact (`x-minimum`, `x-maximum`)."""
    bounds = {"x-minimum": _text(least), "x-maximum": _text(most)}
    said = {name: bound for name, bound in bounds.items() if bound is not None}
    return _field(
        label, type="string", format="money", pattern=MONEY, **{"x-unit": "元", "x-widget": "money"}, **said, **more
    )


def decimal(label: str, unit: str, *, least: str = "0", most: str = "9999999999", **more: Any) -> Schema:
    """A number with up to two decimals, as text."""
    said = {"x-minimum": least, "x-maximum": most, "x-unit": unit, "x-widget": "number"}
    return _field(label, type="string", format="decimal", pattern=SIGNED, **said, **more)


def whole(label: str, unit: str = "", *, least: int = 0, most: int, **more: Any) -> Schema:
    """A count."""
    return _field(label, type="integer", minimum=least, maximum=most, **{"x-unit": unit, "x-widget": "number"}, **more)


def choice(label: str, codes: type[TextChoices], among: Iterable[str] | None = None, **more: Any) -> Schema:
    """One of the codes, or of those among them that the product allows; every code has its label."""
    allowed = list(codes.values if among is None else among)
    labels = {code: str(name) for code, name in codes.choices}
    return _field(label, type="string", enum=allowed, **{"x-enum-labels": labels, "x-widget": "select"}, **more)


def months(label: str, **more: Any) -> Schema:
    """Months of the year, 1 to 12."""
    each = {"type": "integer", "minimum": 1, "maximum": 12}
    return _field(label, type="array", items=each, uniqueItems=True, maxItems=12, **({"x-widget": "months"} | more))


def text(label: str, most: int, *, least: int = 1, **more: Any) -> Schema:
    """Words."""
    widget = {"x-widget": "textarea" if most > 100 else "text"}
    return _field(label, type="string", minLength=least, maxLength=most, **(widget | more))


def formatted(label: str, shape: str, **more: Any) -> Schema:
    """Text of a shape that `formats.py` checks."""
    return _field(label, type="string", format=shape, maxLength=60, **({"x-widget": shape} | more))


def day(label: str, **more: Any) -> Schema:
    """A date; `x-not-after` and `x-not-before` may say `today`."""
    return _field(label, type="string", format="date", **({"x-widget": "date"} | more))


def yes_no(label: str, **more: Any) -> Schema:
    return _field(label, type="boolean", **({"x-widget": "switch"} | more))


def reference(label: str, widget: str, **more: Any) -> Schema:
    """The identifier of somebody or something else."""
    return _field(label, type="string", format="uuid", **{"x-widget": widget}, **more)


def _field(label: str, **said: Any) -> Schema:
    return {"title": label, **said}


def _text(bound: Decimal | None) -> str | None:
    return None if bound is None else f"{bound:f}"
