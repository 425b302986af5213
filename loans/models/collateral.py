"""What secures a loan: the thing, its value, its owners, and its registration (domain 1.2, 1.6)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import CollateralKind
from loans.models.application import LoanApplication
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class CollateralQuerySet(ScopedQuerySet["Collateral"]):
    def visible_to(self, staff: "Staff") -> Self:
        """That of the applications which the person may see."""
        visible = LoanApplication.objects.visible_to(staff)
        return self.filter(application__in=visible.values("pk"))


class _Standing(models.Manager["Collateral"]):
    """Not taken out again: what `application.collaterals` means."""

    def get_queryset(self) -> CollateralQuerySet:
        return CollateralQuerySet(self.model, using=self._db).filter(removed_at__isnull=True)


class Collateral(models.Model):
    """One thing that is mortgaged or pledged for one application. Every field may come later than the row."""

    class Owner(models.TextChoices):
        BORROWER = "BORROWER", "借款人"
        SPOUSE = "SPOUSE", "配偶"
        OTHER = "OTHER", "第三人"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="collaterals", verbose_name="申请"
    )
    kind = models.CharField("押品种类", max_length=12, choices=CollateralKind, blank=True)
    description = models.CharField("押品说明", max_length=200, blank=True)
    location_sealed = models.TextField(blank=True, default="")
    owner_relation = models.CharField("权属人", max_length=8, choices=Owner, blank=True)
    owner_name_sealed = models.TextField(blank=True, default="")
    certificate_no = models.CharField("权属证书编号", max_length=60, blank=True)
    area_sqm = models.DecimalField("面积（平方米）", max_digits=12, decimal_places=2, null=True, blank=True)

    appraised_value = models.DecimalField("评估价值", max_digits=18, decimal_places=2, null=True, blank=True)
    appraised_on = models.DateField("评估日期", null=True, blank=True)
    appraiser = models.CharField("评估机构", max_length=60, blank=True)
    prior_claims = models.DecimalField("已设定的优先债权", max_digits=18, decimal_places=2, null=True, blank=True)

    is_co_owned = models.BooleanField("是否共有", null=True, blank=True)
    co_owners_sealed = models.TextField(blank=True, default="")
    co_owners_consented_on = models.DateField("共有人同意日期", null=True, blank=True)

    registration_no = models.CharField("登记证明编号", max_length=60, blank=True)
    registered_at = models.DateTimeField("登记时间", null=True, blank=True)
    registration_office = models.CharField("登记机构", max_length=60, blank=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理登记人",
    )

    created_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="移除人",
    )

    location = Sealed("location_sealed")
    owner_name = Sealed("owner_name_sealed")
    co_owners = Sealed("co_owners_sealed")
    objects = _Standing.from_queryset(CollateralQuerySet)()
    with_removed = CollateralQuerySet.as_manager()

    class Meta:
        verbose_name = "押品"
        verbose_name_plural = "押品"
        ordering = ["application", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(appraised_value__isnull=True) | Q(appraised_value__gt=0),
                name="collateral_is_worth_something",
            ),
            models.CheckConstraint(
                condition=Q(prior_claims__isnull=True) | Q(prior_claims__gte=0), name="collateral_claims_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(registered_at__isnull=True, registration_no="", registered_by__isnull=True)
                | (Q(registered_at__isnull=False, registered_by__isnull=False) & ~Q(registration_no="")),
                name="collateral_registered_whole",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="collateral_removed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display() or '押品'} {self.certificate_no}".strip()

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
