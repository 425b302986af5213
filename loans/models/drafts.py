"""Who filled in what, when, on which phone; and where two people filled in the same field differently."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import Step
from loans.models.application import LoanApplication


class FieldChange(models.Model):
    """One change of one field, as a phone or a person at a desk made it. Append-only: the database refuses change.

    `changed_at` is the phone's clock, `received_at` the bank's. Together with the phone it names the change, so that
    one sent again is known. An empty `field` is the row itself, taken out."""

    class Outcome(models.TextChoices):
        TAKEN = "TAKEN", "已采用"
        SAME = "SAME", "内容相同"
        KEPT_OTHER = "KEPT_OTHER", "保留另一方"
        SUPERSEDED = "SUPERSEDED", "已被本机后续修改取代"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="field_changes", verbose_name="申请"
    )
    step = models.CharField("步骤", max_length=24, choices=Step)
    row = models.CharField("行", max_length=36, blank=True)
    field = models.CharField("字段", max_length=40, blank=True)
    value_sealed = models.TextField()
    changed_at = models.DateTimeField("修改时间（手机）")
    device = models.CharField("设备", max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="修改人")
    received_at = models.DateTimeField("收到时间", default=clock.now)
    version = models.PositiveIntegerField("申请版本")
    outcome = models.CharField("处理", max_length=12, choices=Outcome)

    value = Sealed("value_sealed")

    class Meta:
        verbose_name = "字段修改记录"
        verbose_name_plural = "字段修改记录"
        ordering = ["application", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "step", "row", "field", "device", "changed_at"], name="field_change_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step}.{self.row}.{self.field}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()


class FieldConflict(models.Model):
    """One field that was filled in twice, differently, by phones that did not know of each other. Both values stay
    until somebody settles which one holds."""

    class Settled(models.TextChoices):
        STANDING = "STANDING", "保留现有值"
        OTHER = "OTHER", "采用另一值"
        EDITED = "EDITED", "重新填写"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="field_conflicts", verbose_name="申请"
    )
    step = models.CharField("步骤", max_length=24, choices=Step)
    row = models.CharField("行", max_length=36, blank=True)
    field = models.CharField("字段", max_length=40, blank=True)
    label = models.CharField("字段名称", max_length=60)
    standing_sealed = models.TextField()
    standing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="现有值填写人"
    )
    standing_at = models.DateTimeField("现有值填写时间")
    other_sealed = models.TextField()
    other_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="另一值填写人"
    )
    other_at = models.DateTimeField("另一值填写时间")
    found_at = models.DateTimeField("发现时间", default=clock.now)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    settled_as = models.CharField("处理结果", max_length=8, choices=Settled, blank=True)

    standing = Sealed("standing_sealed")
    other = Sealed("other_sealed")

    class Meta:
        verbose_name = "填写冲突"
        verbose_name_plural = "填写冲突"
        ordering = ["application", "found_at", "id"]
        indexes = [
            models.Index(fields=["application"], condition=Q(settled_at__isnull=True), name="conflicts_to_settle")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, settled_as="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(settled_as="")),
                name="conflict_settled_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.label}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
