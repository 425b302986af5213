"""The cash-flow worksheet: versions of lines, each with who entered it on which evidence."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.diligence.codes import Section, Source
from loans.models.application import LoanApplication
from loans.models.investigation import Material


class CashFlowSheet(models.Model):
    """One version of the worksheet with its sums, in yuan; the newest counts. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="cash_flow_sheets", verbose_name="申请"
    )
    version = models.PositiveIntegerField("版本")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填写人"
    )
    entered_at = models.DateTimeField("填写时间", default=clock.now)
    note = models.CharField("说明", max_length=300, blank=True)

    monthly_income = models.DecimalField("月收入", max_digits=18, decimal_places=2)
    monthly_outgo = models.DecimalField("月支出", max_digits=18, decimal_places=2)
    monthly_debt = models.DecimalField("月还款", max_digits=18, decimal_places=2)
    assets = models.DecimalField("资产", max_digits=18, decimal_places=2)
    liquid_assets = models.DecimalField("流动资产", max_digits=18, decimal_places=2)
    liabilities = models.DecimalField("负债余额", max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = "现金流量表"
        verbose_name_plural = "现金流量表"
        ordering = ["application", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="cash_flow_version_counted_once"),
            models.CheckConstraint(condition=Q(monthly_income__gt=0), name="cash_flow_has_an_income"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.version}"


class CashFlowLine(models.Model):
    """One line: a flow by the month, or for assets their worth; for debts the balance besides. Append-only.

    A line that a later version repeats keeps who entered it and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sheet = models.ForeignKey(CashFlowSheet, on_delete=models.PROTECT, related_name="lines", verbose_name="现金流量表")
    section = models.CharField("部分", max_length=6, choices=Section)
    source = models.CharField("项目", max_length=14, choices=Source)
    description_sealed = models.TextField(blank=True, default="")
    amount = models.DecimalField("金额（元）", max_digits=18, decimal_places=2)
    balance = models.DecimalField("余额（元）", max_digits=18, decimal_places=2, null=True, blank=True)
    material = models.ForeignKey(
        Material, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="佐证影像"
    )
    evidence = models.CharField("佐证说明", max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="录入人"
    )
    entered_at = models.DateTimeField("录入时间")

    description = Sealed("description_sealed")

    class Meta:
        verbose_name = "现金流量项目"
        verbose_name_plural = "现金流量项目"
        ordering = ["sheet", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="cash_flow_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(balance__isnull=True) | Q(section="DEBT", balance__gte=0), name="only_debts_have_a_balance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.amount}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.sheet.application.data_key()
