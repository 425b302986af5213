"""In whose hands the cases of a desk are, and how long each step usually takes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from loans.codes import Desk
from loans.models.application import LoanApplication
from loans.models.products import LoanProduct
from loans.states import State


class DeskAssignment(models.Model):
    """A case was taken, laid back or given to a colleague. Append-only; who has it now stands in the case itself."""

    class Act(models.TextChoices):
        TAKE = "TAKE", "领取"
        RELEASE = "RELEASE", "退回队列"
        REASSIGN = "REASSIGN", "改派"

    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="assignments", verbose_name="申请"
    )
    desk = models.CharField("岗位", max_length=12, choices=Desk)
    act = models.CharField("动作", max_length=8, choices=Act)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人")
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "任务领取记录"
        verbose_name_plural = "任务领取记录"
        ordering = ["application", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(act="RELEASE", staff__isnull=True) | (~Q(act="RELEASE") & Q(staff__isnull=False)),
                name="assignment_names_whose_hands",
            ),
            models.CheckConstraint(condition=~Q(act="TAKE") | Q(staff=F("by")), name="assignment_taken_by_oneself"),
            models.CheckConstraint(condition=Q(act="TAKE") | ~Q(reason=""), name="assignment_change_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_act_display()}"


class StepPace(models.Model):
    """How long cases stay in a state, in working seconds: half of them no longer than p50, nine of ten no longer
    than p90. Measured from the log; without a branch over the whole bank, without a product over all products."""

    product = models.ForeignKey(
        LoanProduct, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="产品"
    )
    branch = models.ForeignKey(
        "organization.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="机构"
    )
    state = models.CharField("状态", max_length=20, choices=State)
    p50 = models.PositiveIntegerField("中位数（秒）")
    p90 = models.PositiveIntegerField("九成不超过（秒）")
    cases = models.PositiveIntegerField("笔数")
    measured_on = models.DateField("统计日")

    class Meta:
        verbose_name = "办理时长统计"
        verbose_name_plural = "办理时长统计"
        ordering = ["state"]
        constraints = [
            models.CheckConstraint(condition=Q(p90__gte=F("p50"), cases__gt=0), name="pace_makes_sense"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.p50}/{self.p90}"
