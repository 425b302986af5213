"""How a product's loans are repaid: what its contracts say of counting, holidays, steps and seasons, and repricing."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from loans.repayment import Conventions, DayCount, Group, Holidays, InterestBetween, Plan, Remainder

if TYPE_CHECKING:
    from collections.abc import Iterable


class RepaymentRules(models.Model):
    """What stands alike in a product and in the loan that came of it."""

    class DayCounts(models.TextChoices):
        MONTH_360 = "MONTH_360", "整月按月利率，零头天数按年利率/360"
        THIRTY_360 = "THIRTY_360", "30/360"
        ACTUAL_360 = "ACTUAL_360", "实际天数/360"
        ACTUAL_365 = "ACTUAL_365", "实际天数/365"

    class HolidayRule(models.TextChoices):
        NONE = "NONE", "不顺延"
        NEXT_WORKING_DAY = "NEXT_WORKING_DAY", "顺延至下一工作日"

    class RemainderIn(models.TextChoices):
        FIRST = "FIRST", "首期"
        LAST = "LAST", "末期"

    class Between(models.TextChoices):
        MONTHLY = "MONTHLY", "按月付息"
        QUARTERLY = "QUARTERLY", "按季付息"
        WITH_PRINCIPAL = "WITH_PRINCIPAL", "利随本清"

    class Repricing(models.TextChoices):
        FIXED = "FIXED", "固定不变"
        JANUARY = "JANUARY", "每年1月1日调整"
        ANNIVERSARY = "ANNIVERSARY", "每年放款对应日调整"

    day_count = models.CharField(
        "计息方式", max_length=12, choices=DayCounts, blank=True, help_text="空：按还款方式惯例"
    )
    holidays = models.CharField("还款日遇节假日", max_length=16, choices=HolidayRule, default=HolidayRule.NONE)
    interest_follows = models.BooleanField("顺延期间计息", default=False)
    remainder = models.CharField("尾差归入", max_length=5, choices=RemainderIn, default=RemainderIn.LAST)
    groups = models.JSONField(
        "阶梯分组",
        default=list,
        blank=True,
        help_text='如 [{"instalments": 12, "principal_percent": "30"}, {"instalments": 12, "principal_percent": "70"}]'
        "；最后一组为其余各期，比例合计 100",
    )
    payment_months = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name="季节还本月份", default=list, blank=True
    )
    interest_between = models.CharField("季节还款付息", max_length=16, choices=Between, default=Between.MONTHLY)
    grace_days = models.PositiveSmallIntegerField("宽限期（天）", null=True, blank=True, help_text="空：按参数")
    repricing = models.CharField("利率调整", max_length=12, choices=Repricing, default=Repricing.FIXED)
    prepayment_free_after_months = models.PositiveSmallIntegerField(
        "满几个月提前还款免违约金", null=True, blank=True, help_text="空：一律收取"
    )

    class Meta:
        abstract = True

    def conventions(self) -> Conventions:
        """As the arithmetic takes them."""
        return Conventions(
            day_count=DayCount(self.day_count) if self.day_count else None,
            holidays=Holidays(self.holidays),
            interest_follows=self.interest_follows,
            remainder=Remainder(self.remainder),
        )

    def plan(self, payment_months: "Iterable[int]" = ()) -> Plan:
        """Steps and seasons; the months that the customer chose, else those of the rule."""
        return Plan(
            groups=tuple(Group(each["instalments"], Decimal(each["principal_percent"])) for each in self.groups),
            payment_months=tuple(payment_months) or tuple(self.payment_months),
            interest_between=InterestBetween(self.interest_between),
        )


class RepaymentRule(RepaymentRules):
    """A product version's rule. Where a version has none, its loans follow the custom of the repayment method."""

    version = models.ForeignKey(
        "loans.LoanProductVersion", on_delete=models.CASCADE, related_name="repayment_rules", verbose_name="产品版本"
    )

    class Meta:
        verbose_name = "还款规则"
        verbose_name_plural = "还款规则"
        constraints = [
            models.UniqueConstraint(fields=["version"], name="one_repayment_rule_a_version"),
            models.CheckConstraint(
                condition=Q(repricing__in=["FIXED", "JANUARY", "ANNIVERSARY"]), name="repricing_rule_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
