"""Why nothing came of it: one catalogue for offers and applications, kept as data."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ClosingReason(models.Model):
    """One reason. Its code stays for the statistics; its words, where it is offered and whether, may change."""

    class Party(models.TextChoices):
        CUSTOMER = "CUSTOMER", "客户放弃"
        BANK = "BANK", "银行未准"
        SYSTEM = "SYSTEM", "系统关闭"

    class Stage(models.TextChoices):
        OFFER = "OFFER", "申请前报价"
        WITHDRAWAL = "WITHDRAWAL", "客户撤回"
        CANCELLATION = "CANCELLATION", "行内撤销"
        REJECTION = "REJECTION", "否决"

    code = models.CharField("代码", max_length=32, unique=True)
    label = models.CharField("说明", max_length=60)
    party = models.CharField("归属", max_length=8, choices=Party)
    stages = ArrayField(models.CharField(max_length=12, choices=Stage), verbose_name="适用环节")
    is_active = models.BooleanField("可选用", default=True)
    position = models.PositiveSmallIntegerField("排序", default=100)

    class Meta:
        verbose_name = "未成原因"
        verbose_name_plural = "未成原因"
        ordering = ["party", "position", "code"]

    def __str__(self) -> str:
        return self.label
