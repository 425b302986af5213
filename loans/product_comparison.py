"""What differs between two versions of a loan product, in words: terms first, then the rows that hang on them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model

from loans.codes import Purpose, RepaymentMethod, Step
from loans.diligence.codes import Topic
from loans.models import LoanProductVersion
from loans.product_versions import OF_ITS_OWN, PARTS

_LISTS: dict[str, Any] = {
    "repayment_methods": RepaymentMethod,
    "purposes": Purpose,
    "steps": Step,
    "interview_topics": Topic,
}
_NOT_SAID = {"id", "version", "product"}
#: By which columns a row of one version is the same row in the other.
_KEYS: dict[str, tuple[str, ...]] = {
    "fees": ("name",),
    "required_materials": ("type", "stage"),
    "approval_tiers": ("level",),
    "templates": ("document",),
    "planned_checks": ("kind", "condition"),
    "field_rules": ("step", "field"),
    "repayment_rules": (),
}


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same; an empty side is not there."""

    part: str
    label: str
    before: str
    after: str


def compare(old: LoanProductVersion, new: LoanProductVersion) -> list[Difference]:
    """Everything in which the two versions differ, in the order of the form."""
    return [*_terms(old, new), *(each for name in PARTS for each in _rows(name, old, new))]


def _terms(old: LoanProductVersion, new: LoanProductVersion) -> Iterator[Difference]:
    for field in LoanProductVersion._meta.concrete_fields:
        if field.name in _NOT_SAID or (field.name in OF_ITS_OWN and field.name != "effective_from"):
            continue
        before, after = _said(old, field), _said(new, field)
        if before != after:
            yield Difference("terms", str(field.verbose_name), before, after)


def _rows(name: str, old: LoanProductVersion, new: LoanProductVersion) -> Iterator[Difference]:
    before, after = _by_key(name, old), _by_key(name, new)
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key, ""), after.get(key, "")
        if one != other:
            yield Difference(name, key, one, other)


def _by_key(name: str, version: LoanProductVersion) -> dict[str, str]:
    """The rows of one part, each said in words; rows of one key are numbered."""
    found: dict[str, str] = {}
    for row in getattr(version, name).order_by(*_KEYS[name], "pk"):
        key = " ".join(_said(row, row._meta.get_field(column)) for column in _KEYS[name])
        while key in found:
            key += "*"
        found[key] = "，".join(_details(row, _KEYS[name]))
    return found


def _details(row: Model, key: Iterable[str]) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        said = "" if field.name in _NOT_SAID or field.name in key else _said(row, field)
        if said:
            yield f"{field.verbose_name}：{said}"


def _said(row: Model, field: "Field[Any, Any]") -> str:
    value = getattr(row, field.attname)
    if field.name in _LISTS:
        return "、".join(str(_LISTS[field.name](code).label) for code in value)
    if field.choices and value not in (None, ""):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:,f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:,f}"
    return "" if value is None else str(value)
