"""The performance ledger, the scores that follow from it, and the ranks that people were last told."""

from django.db import models
from django.db.models import F, Q

from aladdin.calendar import Period
from organization.models import Branch, Staff
from organization.scope import ScopedQuerySet

_PERIODS = [
    (Period.DAY.value, "日"),
    (Period.MONTH.value, "月"),
    (Period.QUARTER.value, "季"),
    (Period.YEAR.value, "年"),
]


class LedgerEntryQuerySet(ScopedQuerySet["LedgerEntry"]):
    def visible_to(self, staff: Staff) -> "LedgerEntryQuerySet":
        """One's own entries, and those credited in a branch within one's scope when they were posted."""
        return self.by_branch(staff, own=Q(staff=staff))


class LedgerEntry(models.Model):
    """One credit to one RM for one event, never changed: a correction is a reversal and a new entry.

    `amount` is what this person is credited with after the share, in the metric's unit; `branch` is his branch
    when it was posted, so a later transfer moves nothing. The table is partitioned by month of
    `business_date`; the database refuses update and delete (see the migration)."""

    id = models.BigAutoField(primary_key=True)
    metric = models.CharField("指标", max_length=40)
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="ledger_entries", db_index=False, verbose_name="客户经理"
    )
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="机构")
    amount = models.DecimalField("计入数额", max_digits=18, decimal_places=2)
    share = models.DecimalField("归属比例", max_digits=7, decimal_places=6)
    business_date = models.DateField("业务日期")
    occurred_at = models.DateTimeField("发生时间")
    source = models.CharField("来源", max_length=100)
    customer_id = models.UUIDField("客户", null=True)
    reversal_of = models.BigIntegerField("被冲正分录", null=True)
    reason = models.CharField("冲正原因", max_length=200, blank=True)
    recorded_at = models.DateTimeField("入账时间")

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "业绩分录"
        verbose_name_plural = "业绩分录"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "metric", "staff", "business_date"], name="ledger_credits_a_source_once"
            ),
            models.UniqueConstraint(
                fields=["reversal_of", "business_date"],
                condition=Q(reversal_of__isnull=False),
                name="ledger_reverses_an_entry_once",
            ),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="ledger_share_is_a_part"),
            models.CheckConstraint(
                condition=Q(reversal_of__isnull=True, reason="") | (Q(reversal_of__isnull=False) & ~Q(reason="")),
                name="ledger_reversal_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "metric", "business_date"], name="ledger_of_a_person"),
            models.Index(fields=["metric", "business_date", "branch"], include=["amount"], name="ledger_of_a_branch"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.amount} {self.business_date}"


class Score(models.Model):
    """The sum of one person's entries of one metric in one period, kept current in the posting transaction.

    `last_changed_at` is the latest moment at which one of its events occurred: when this value was reached."""

    metric = models.CharField("指标", max_length=40)
    period = models.CharField("周期", max_length=8, choices=_PERIODS)
    period_start = models.DateField("周期首日")
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="scores", db_index=False, verbose_name="客户经理"
    )
    value = models.DecimalField("数值", max_digits=18, decimal_places=2)
    entries = models.PositiveIntegerField("分录数")
    last_changed_at = models.DateTimeField("达到时间")

    class Meta:
        verbose_name = "业绩得分"
        verbose_name_plural = "业绩得分"
        constraints = [
            models.UniqueConstraint(fields=["metric", "period", "period_start", "staff"], name="one_score_a_period"),
            models.CheckConstraint(
                condition=Q(period__in=[code for code, _ in _PERIODS]), name="score_has_a_known_period"
            ),
            models.CheckConstraint(condition=Q(entries__gt=0), name="score_comes_from_entries"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.period} {self.period_start}: {self.value}"


class LastRank(models.Model):
    """Where one person stood in this month's ranking when boards and he himself were last told.

    `value` is what the boards last showed; the ranks are those that he last knew, so that what is held back for
    a quarter of an hour is told as one move afterwards. `notices` numbers what he was told."""

    metric = models.CharField("指标", max_length=40)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", verbose_name="客户经理")
    period_start = models.DateField("月份首日")
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="+", verbose_name="机构")
    value = models.DecimalField("数值", max_digits=18, decimal_places=2)
    sub_branch_rank = models.PositiveIntegerField("支行名次")
    branch_rank = models.PositiveIntegerField("分行名次")
    told_at = models.DateTimeField("上次通知时间", null=True)
    notices = models.PositiveIntegerField("通知次数", default=0)

    class Meta:
        verbose_name = "已通知名次"
        verbose_name_plural = "已通知名次"
        constraints = [
            models.UniqueConstraint(fields=["metric", "staff"], name="one_last_rank_a_metric"),
            models.CheckConstraint(
                condition=Q(sub_branch_rank__gte=1, branch_rank__gte=F("sub_branch_rank")),
                name="no_better_in_the_branch_than_in_the_sub_branch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.staff_id}: {self.sub_branch_rank}/{self.branch_rank}"
