"""Thresholds that a regulator or the bank may change: rows with dates and a legal basis, never constants.

Each room lists its own as `Seed`s in `<room>/thresholds.py`; `manage.py seed_parameters` writes those that are
not there yet and never overwrites what the bank has set.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models, transaction
from django.db.models import F, Func, Q

from aladdin import audit, clock
from aladdin.problems import RuleBroken

_ONE_HASH = "int8range(hashtext(%(expressions)s)::bigint, hashtext(%(expressions)s)::bigint, '[]')"
BEGINNING = date(2000, 1, 1)


class ParameterMissing(LookupError):
    """No value is in force for that code on that date: a fault of configuration, not of the caller."""


class Parameter(models.Model):
    """One value of one threshold, in force from a date, until a date or further notice."""

    code = models.CharField("代码", max_length=80)
    value = models.DecimalField("数值", max_digits=18, decimal_places=6)
    unit = models.CharField("单位", max_length=20, blank=True)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)
    legal_basis = models.CharField("依据", max_length=200)
    description = models.CharField("说明", max_length=200)

    class Meta:
        verbose_name = "参数"
        verbose_name_plural = "参数"
        ordering = ["code", "effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="parameter_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="parameter_has_one_value_a_day",
                expressions=[
                    # Core GiST has no equality of texts: a range of one hash does the same.
                    (
                        Func(F("code"), template=_ONE_HASH, output_field=BigIntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("effective_from"), F("effective_to"), function="daterange", output_field=DateRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} = {self.value.normalize():f}"


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A parameter as the house ships it."""

    code: str
    value: Decimal | int | str
    description: str
    legal_basis: str
    unit: str = ""
    effective_from: date = BEGINNING
    effective_to: date | None = None


def decimal(code: str, on: date | None = None) -> Decimal:
    """The value of `code` in force on a business date (today unless told). Raises ParameterMissing."""
    return several(code, on=on)[code]


def integer(code: str, on: date | None = None) -> int:
    """As `decimal`, for counts and days."""
    return int(decimal(code, on))


def several(*codes: str, on: date | None = None) -> dict[str, Decimal]:
    """As `decimal`, for values that are needed together: asked for at once."""
    today = clock.today()
    day = on or today
    found = _in_force(_kept.rows(today), codes, day) if day <= today else {}
    if len(found) < len(set(codes)):
        found = _in_force(_read(codes), codes, day)
    if lacking := set(codes) - set(found):
        raise ParameterMissing(f"{', '.join(sorted(lacking))} on {day}")
    return found


_Rows = dict[str, list[tuple[date, date | None, Decimal]]]


def _read(codes: Iterable[str] | None = None) -> _Rows:
    """Every value of these codes (of all, unless told) with the dates between which it rules."""
    chosen = Parameter.objects.all() if codes is None else Parameter.objects.filter(code__in=codes)
    rows: _Rows = defaultdict(list)
    for code, first, until, value in chosen.values_list("code", "effective_from", "effective_to", "value"):
        rows[code].append((first, until, value))
    return rows


def _in_force(rows: _Rows, codes: Iterable[str], day: date) -> dict[str, Decimal]:
    return {
        code: value
        for code in codes
        for first, until, value in rows.get(code, ())
        if first <= day and (until is None or until > day)
    }


KEPT_SECONDS = 60.0


class _Kept:
    """The table as this process last read it.

    A new value rules from the next day at the earliest (`set_from`), so what was read today is right for today and
    every day before. It is read again after a minute all the same: somebody's last setting of a day may be committed
    after midnight. Codes that a deployment adds are asked for in the table."""

    def __init__(self) -> None:
        self._held: tuple[date, float, _Rows] | None = None

    def rows(self, today: date) -> _Rows:
        """What rules today and ruled before."""
        held = self._held
        if held is None or held[0] < today or held[1] < time.monotonic() - KEPT_SECONDS:
            held = self._held = (today, time.monotonic(), _read())
        return held[2]

    def forget(self) -> None:
        self._held = None


_kept = _Kept()
forget = _kept.forget
"""Let this process read the table anew when a value is next asked for."""


@transaction.atomic
def set_from(
    effective_from: date, *, code: str, value: Decimal, legal_basis: str, by: Any, description: str = ""
) -> Parameter:
    """Set a new value from a day on, until the next day for which one is already set; the old one ends there.

    What has ruled stays as it was. Raises `parameter_backdated`, `parameter_unknown` (422)."""
    if effective_from <= clock.today():
        detail = "新值最早自次日起生效，已适用过的值不能更改"
        raise RuleBroken("parameter_backdated", detail, errors={"effective_from": [detail]})
    rows = list(Parameter.objects.select_for_update().filter(code=code).order_by("effective_from"))
    if not rows:
        raise RuleBroken("parameter_unknown", "没有这个参数", errors={"code": ["没有这个参数"]})
    row, old_value = _row_from(effective_from, rows)
    row.value, row.legal_basis, row.description = value, legal_basis, description or rows[-1].description
    row.save()
    subject = f"parameter/{code}"
    audit.record(
        by=by, action="set_parameter", subject=subject, value=f"{value:f}", instead_of=old_value, on=f"{effective_from}"
    )
    return row


def _row_from(first: date, rows: list[Parameter]) -> tuple[Parameter, str | None]:
    """The row that begins on that day, room made for it among the others, and the value that rules there so far."""
    for row in rows:
        if row.effective_from == first:
            return row, f"{row.value:f}"
    before = next((row for row in reversed(rows) if row.effective_from < first), None)
    after = next((row for row in rows if row.effective_from > first), None)
    new = Parameter(code=rows[-1].code, unit=rows[-1].unit, effective_from=first)
    new.effective_to = after.effective_from if after else None
    if before is None or (before.effective_to is not None and before.effective_to <= first):
        return new, None
    before.effective_to = first
    before.save(update_fields=["effective_to"])
    return new, f"{before.value:f}"


def sow(seeds: Iterable[Seed]) -> int:
    """Write the seeds that no row stands in the way of; the number of seeds given.

    What the bank has set, or has set for some of the same days, stays as it is."""
    rows = [
        Parameter(
            code=seed.code,
            value=Decimal(seed.value),
            unit=seed.unit,
            effective_from=seed.effective_from,
            effective_to=seed.effective_to,
            legal_basis=seed.legal_basis,
            description=seed.description,
        )
        for seed in seeds
    ]
    Parameter.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def shipped() -> list[Seed]:
    """The seeds of every room (`<room>/thresholds.py`)."""
    names = [f"{app.name}.thresholds" for app in apps.get_app_configs()]
    return [seed for name in names if find_spec(name) is not None for seed in import_module(name).SEED]
