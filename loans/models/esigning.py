"""Contracts on their way through the signing provider."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.models.contract import Contract


class SigningEnvelope(models.Model):
    """The papers of one contract, sent to their signers. Whether a call that was not answered arrived is learnt by
    asking under the same reference."""

    class State(models.TextChoices):
        UNKNOWN = "UNKNOWN", "发送中"
        OPEN = "OPEN", "签署中"
        COMPLETED = "COMPLETED", "已完成"
        REFUSED = "REFUSED", "有人拒签"
        EXPIRED = "EXPIRED", "已过期"
        CANCELLED = "CANCELLED", "已撤回"
        FAILED = "FAILED", "未被受理"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="envelopes", verbose_name="合同")
    reference = models.CharField("签约编号", max_length=24, unique=True)
    sha256 = models.CharField("文本摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=State, default=State.UNKNOWN)
    reason = models.CharField("原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    created_at = models.DateTimeField("发起时间", default=clock.now, editable=False)
    expires_at = models.DateTimeField("签署截止")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "电子签约"
        verbose_name_plural = "电子签约"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"], condition=Q(state__in=["UNKNOWN", "OPEN"]), name="one_open_envelope"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["UNKNOWN", "OPEN"], finished_at__isnull=True)
                | ~Q(state__in=["UNKNOWN", "OPEN"]) & Q(finished_at__isnull=False),
                name="finished_envelope_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_state_display()}"
