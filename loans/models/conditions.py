"""What has to be fulfilled before the money moves, and how the customer took an application back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from loans.codes import ToldBy
from loans.models.application import LoanApplication
from loans.models.decisions import ApprovalDecision


class ConditionPrecedent(models.Model):
    """One condition of the approval (放款前提条件): the RM says how it was met, somebody independent confirms it."""

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="conditions_precedent", verbose_name="申请"
    )
    decision = models.ForeignKey(
        ApprovalDecision, on_delete=models.PROTECT, related_name="conditions_precedent", verbose_name="审批决定"
    )
    number = models.PositiveSmallIntegerField("序号")
    text = models.CharField("条件", max_length=300)
    met_at = models.DateTimeField("落实时间", null=True, blank=True)
    met_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="落实人",
    )
    evidence = models.CharField("落实情况及依据", max_length=500, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="确认人",
    )

    class Meta:
        verbose_name = "放款前提条件"
        verbose_name_plural = "放款前提条件"
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="condition_numbered_once"),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, met_by__isnull=True, evidence="")
                | (Q(met_at__isnull=False, met_by__isnull=False) & ~Q(evidence="")),
                name="condition_met_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, met_at__isnull=False),
                name="condition_confirmed_once_met",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("met_by")),
                name="condition_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class Withdrawal(models.Model):
    """That the customer took his application back, and what shows that it was he. Append-only."""

    application = models.OneToOneField(
        LoanApplication, on_delete=models.PROTECT, related_name="withdrawal", verbose_name="申请"
    )
    told_by = models.CharField("告知方式", max_length=10, choices=ToldBy)
    evidence = models.CharField("客户意愿依据", max_length=200, blank=True)
    reason = models.CharField("原因", max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "客户撤回"
        verbose_name_plural = "客户撤回"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False) | (Q(told_by="LINK") & ~Q(evidence="")),
                name="withdrawal_is_the_customers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_told_by_display()}"
