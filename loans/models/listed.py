"""People whom the bank may not lend to, or not without security."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from crm.models import Customer
    from loans.models.party import LoanParty


class ListedPersonQuerySet(models.QuerySet["ListedPerson"]):
    def on(self, customer: "Customer | LoanParty", day: date) -> "ListedPersonQuerySet":
        """Entries about this person in force on a business date."""
        in_force = Q(effective_to__isnull=True) | Q(effective_to__gt=day)
        return self.filter(in_force, identity_index=customer.identity_index, effective_from__lte=day)


class ListedPerson(models.Model):
    """An entry on a list, known by the blind index of the identity number alone."""

    class List(models.TextChoices):
        BLACKLIST = "BLACKLIST", "黑名单"
        RELATED_PARTY = "RELATED_PARTY", "关系人"

    list = models.CharField("名单", max_length=14, choices=List)
    identity_index = models.CharField("证件索引", max_length=43, db_index=True)
    reason = models.CharField("列入原因", max_length=200)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    objects = ListedPersonQuerySet.as_manager()

    class Meta:
        verbose_name = "名单"
        verbose_name_plural = "名单"
        constraints = [
            models.UniqueConstraint(fields=["list", "identity_index", "effective_from"], name="listed_once"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="listing_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_list_display()} {self.reason}"
