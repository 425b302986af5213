"""What contradicted what, how it was answered, and by what applications are compared."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.diligence.codes import Severity, Trait
from loans.gateways.geocoder import Level
from loans.models.application import LoanApplication
from loans.models.investigation import Material


class FindingAnswer(models.Model):
    """The investigator's answer to one contradiction between two values. Other values ask for another answer.
    Append-only; the newest answer to the same values counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="finding_answers", verbose_name="申请"
    )
    code = models.CharField("代码", max_length=40)
    fingerprint = models.CharField("两值的指纹", max_length=43)
    severity = models.CharField("程度", max_length=8, choices=Severity)
    detail = models.CharField("矛盾", max_length=300)
    answer = models.CharField("核实说明", max_length=500)
    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="佐证影像"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="答复人"
    )
    answered_at = models.DateTimeField("答复时间", default=clock.now)

    class Meta:
        verbose_name = "矛盾答复"
        verbose_name_plural = "矛盾答复"
        ordering = ["application", "answered_at"]
        indexes = [models.Index(fields=["application", "code", "fingerprint"], name="answers_to_a_finding")]

    def __str__(self) -> str:
        return f"{self.code} {self.answer[:20]}"


class ApplicationTrait(models.Model):
    """One thing by which an application is like another: a keyed digest, never the value."""

    application = models.ForeignKey(
        LoanApplication, on_delete=models.CASCADE, related_name="traits", verbose_name="申请"
    )
    kind = models.CharField("特征", max_length=8, choices=Trait)
    index = models.CharField("索引", max_length=43)
    noted_at = models.DateTimeField("记录时间", default=clock.now)

    class Meta:
        verbose_name = "申请特征"
        verbose_name_plural = "申请特征"
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="trait_once_an_application")]
        indexes = [models.Index(fields=["kind", "index", "noted_at"], name="applications_alike")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_kind_display()}"


class LocatedAddress(models.Model):
    """Where an address lies, known by the digest of its normal form alone."""

    index = models.CharField("地址索引", max_length=43, unique=True)
    level = models.CharField("精度", max_length=8, choices=Level)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    located_at = models.DateTimeField("查询时间", default=clock.now)

    class Meta:
        verbose_name = "地址定位"
        verbose_name_plural = "地址定位"
        constraints = [
            models.CheckConstraint(
                condition=Q(level="UNKNOWN", latitude__isnull=True, longitude__isnull=True)
                | ~Q(level="UNKNOWN") & Q(latitude__isnull=False, longitude__isnull=False),
                name="located_address_has_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}"
