"""The investigators' report as it was when the file was handed in."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.models.application import LoanApplication


class InvestigationReport(models.Model):
    """One version, made at one submission. What it says is sealed and never changes; its PDF is made once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="investigation_reports", verbose_name="申请"
    )
    version = models.PositiveIntegerField("版本")
    content_sealed = models.TextField()
    sha256 = models.CharField("内容摘要", max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="报审人"
    )
    made_at = models.DateTimeField("生成时间", default=clock.now)
    file = models.CharField("文件", max_length=200, blank=True)
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    sealed_at = models.DateTimeField("加盖电子印章时间", null=True, blank=True)

    content = Sealed("content_sealed")

    class Meta:
        verbose_name = "尽职调查报告"
        verbose_name_plural = "尽职调查报告"
        ordering = ["application", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="report_version_counted_once"),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, file="", file_sha256="")
                | Q(sealed_at__isnull=False) & ~Q(file="") & ~Q(file_sha256=""),
                name="sealed_report_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} 尽职调查报告 v{self.version}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.application.data_key()
