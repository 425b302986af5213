"""What was agreed on a loan account's repayment, and the versions of its schedule: none is ever rewritten."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from loans.codes import LprTenor, RepaymentMethod
from loans.models.account import LoanAccount
from loans.models.repayment_rule import RepaymentRules
from loans.repayment import Agreement, Method


class RepaymentAgreement(RepaymentRules):
    """The account's own copy of what product and contract say, as it was when the money was paid out."""

    account = models.OneToOneField(LoanAccount, on_delete=models.PROTECT, related_name="agreement", verbose_name="借据")
    repayment_day = models.PositiveSmallIntegerField("还款日")
    lpr_tenor = models.CharField("LPR期限", max_length=2, choices=LprTenor, blank=True)
    spread_bp = models.DecimalField("加点（基点）", max_digits=9, decimal_places=4, null=True, blank=True)
    next_repricing_on = models.DateField("下次调整日", null=True, blank=True)
    overdue_surcharge = models.DecimalField("逾期罚息加收（%）", max_digits=9, decimal_places=6)
    misuse_surcharge = models.DecimalField("挪用罚息加收（%）", max_digits=9, decimal_places=6)
    misused_from = models.DateField("认定挪用起始日", null=True, blank=True)
    prepayment_fee_percent = models.DecimalField("提前还款违约金（%）", max_digits=9, decimal_places=6, default=0)

    class Meta:
        verbose_name = "还款约定"
        verbose_name_plural = "还款约定"
        indexes = [models.Index(fields=["next_repricing_on"], name="agreement_to_reprice")]
        constraints = [
            models.CheckConstraint(condition=Q(repayment_day__range=(1, 31)), name="agreement_repayment_day"),
            models.CheckConstraint(
                condition=Q(repricing="FIXED", next_repricing_on__isnull=True)
                | (~Q(repricing="FIXED") & Q(spread_bp__isnull=False) & ~Q(lpr_tenor="")),
                name="repriced_loan_has_a_spread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}"

    def in_figures(self) -> Agreement:
        """As the arithmetic takes it."""
        account = self.account
        return Agreement(
            method=Method(account.repayment_method),
            disbursed_on=account.disbursed_on,
            months=account.term_months,
            repayment_day=self.repayment_day,
            conventions=self.conventions(),
            plan=self.plan(),
        )


class ScheduleVersion(models.Model):
    """A schedule from a day on: the one that the loan began with, or one that a change brought.

    `first_number` is the first instalment that it plans; earlier ones stay as the version before planned them. `since`
    and `carried` are where the interest of its first period begins, and what that period had borne before."""

    class Cause(models.TextChoices):
        OPENING = "OPENING", "放款"
        REPRICING = "REPRICING", "利率调整"
        PREPAYMENT = "PREPAYMENT", "提前还款"
        REVERSAL = "REVERSAL", "提前还款冲正"

    account = models.ForeignKey(LoanAccount, on_delete=models.PROTECT, related_name="schedules", verbose_name="借据")
    version = models.PositiveSmallIntegerField("版本")
    cause = models.CharField("原因", max_length=12, choices=Cause)
    effective_from = models.DateField("生效日")
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    lpr = models.DecimalField("LPR（%）", max_digits=9, decimal_places=6, null=True, blank=True)
    method = models.CharField("还款方式", max_length=20, choices=RepaymentMethod)
    principal = models.DecimalField("计划本金", max_digits=18, decimal_places=2)
    first_number = models.PositiveSmallIntegerField("起始期次")
    since = models.DateField("首期起息日", null=True, blank=True)
    carried = models.DecimalField("首期此前利息", max_digits=18, decimal_places=2, default=0)
    flat_base = models.DecimalField("等息计算基数", max_digits=18, decimal_places=2, null=True, blank=True)
    matures_on = models.DateField("到期日")
    note = models.CharField("说明", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="操作人",
    )
    created_at = models.DateTimeField("生成时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = "还款计划版本"
        verbose_name_plural = "还款计划版本"
        ordering = ["account", "version"]
        constraints = [
            models.UniqueConstraint(fields=["account", "version"], name="schedule_version_counted_once"),
            models.CheckConstraint(
                condition=Q(principal__gte=0, rate__gte=0, first_number__gte=1), name="schedule_version_sound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} v{self.version}"
