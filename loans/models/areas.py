"""Where the bank may lend: the areas of its registration (regional banks do not lend across them)."""

from datetime import date
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q


class LendingAreaQuerySet(models.QuerySet["LendingArea"]):
    def on(self, day: date) -> Self:
        """In force on a business date."""
        return self.filter(effective_from__lte=day).filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day))


class LendingArea(models.Model):
    """A province (two digits), city (four) or district (six) of GB/T 2260 in which the bank may lend."""

    code = models.CharField(
        "行政区划代码", max_length=6, validators=[RegexValidator(r"^(\d{2}|\d{4}|\d{6})$", "须为2、4或6位数字")]
    )
    name = models.CharField("名称", max_length=40)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)
    legal_basis = models.CharField("依据", max_length=200)

    objects = LendingAreaQuerySet.as_manager()

    class Meta:
        verbose_name = "放贷区域"
        verbose_name_plural = "放贷区域"
        ordering = ["code", "effective_from"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^(\d{2}|\d{4}|\d{6})$"), name="lending_area_is_a_code"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="lending_area_ends_after_it_begins",
            ),
            models.UniqueConstraint(fields=["code", "effective_from"], name="lending_area_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"
