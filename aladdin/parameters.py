"""Thresholds that a regulator or the bank may change: rows with dates and a legal basis, never constants.

Each room lists its own as `Seed`s in `<room>/thresholds.py`; `manage.py seed_parameters` writes those that are
not there yet and never overwrites what the bank has set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from aladdin import clock

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
    day = on or clock.today()
    row = (
        Parameter.objects.filter(code=code, effective_from__lte=day)
        .filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day))
        .values_list("value", flat=True)
        .first()
    )
    if row is None:
        raise ParameterMissing(f"{code} on {day}")
    return row


def integer(code: str, on: date | None = None) -> int:
    """As `decimal`, for counts and days."""
    return int(decimal(code, on))


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
