"""Post-loan checks and the log of their moves."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.models import LoanAccount
from organization.models import Branch, Staff
from organization.scope import ScopedQuerySet
from postloan.machine import CLOSED, TO_DO, CheckKind, CheckMachine, CheckStatus


class PostLoanCheckQuerySet(ScopedQuerySet["PostLoanCheck"]):
    def visible_to(self, staff: Staff) -> "PostLoanCheckQuerySet":
        """The executor sees his own checks, others those of the branches in their scope."""
        return self.by_branch(staff, own=Q(executor=staff))

    def overdue(self, on: date | None = None) -> "PostLoanCheckQuerySet":
        """Past their due day and not handed in by then: the same rule as `is_overdue`."""
        handed_in_time = Q(status=CheckStatus.SUBMITTED, submitted_at__date__lte=F("due_on"))
        late = self.filter(due_on__lt=on or clock.today())
        return late.exclude(status__in=CLOSED).exclude(handed_in_time)

    def to_do(self) -> "PostLoanCheckQuerySet":
        """Waiting for their executor."""
        return self.filter(status__in=TO_DO)


class PostLoanCheck(CheckMachine):
    """One look at a running loan, due on a day, done by one person and reviewed by another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    loan_account = models.ForeignKey(
        LoanAccount, on_delete=models.PROTECT, related_name="post_loan_checks", verbose_name="借据"
    )
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+", verbose_name="机构")
    executor = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="检查人")
    reviewer = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    opens_on = models.DateField("下发日")
    due_on = models.DateField("要求完成日")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    completed_at = models.DateTimeField("完成时间", null=True, blank=True)
    review_opinion = models.TextField("审核意见", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    objects = PostLoanCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "贷后检查"
        verbose_name_plural = "贷后检查"
        indexes = [
            models.Index(fields=["branch", "due_on"], name="check_of_branch", condition=~Q(status__in=sorted(CLOSED))),
            models.Index(fields=["executor", "due_on"], name="check_of_executor"),
            models.Index(fields=["opens_on"], name="check_to_open", condition=Q(status="PLANNED")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["loan_account"], condition=Q(kind=CheckKind.FIRST), name="one_first_check_per_loan"
            ),
            models.CheckConstraint(condition=Q(opens_on__lte=F("due_on")), name="check_opens_before_it_is_due"),
            models.CheckConstraint(
                condition=~Q(status__in=["SUBMITTED", "RETURNED", "COMPLETED"]) | Q(submitted_at__isnull=False),
                name="handed_in_check_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="COMPLETED") | Q(completed_at__isnull=False, reviewer__isnull=False),
                name="completed_check_has_its_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True) | ~Q(reviewer=F("executor")), name="check_reviewed_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on:%Y-%m-%d}"

    @property
    def is_overdue(self) -> bool:
        """Past the due day while the executor has not handed in; review takes its own time."""
        if self.status in CLOSED or self.due_on >= clock.today():
            return False
        return not (self.status == CheckStatus.SUBMITTED and not self.was_late)

    @property
    def was_late(self) -> bool:
        """Handed in after the due day; stays true for ever."""
        return self.submitted_at is not None and clock.business_date(self.submitted_at) > self.due_on


class PostLoanCheckTransition(models.Model):
    """One move of a check. The database refuses update and delete (see the migration)."""

    check_row = models.ForeignKey(PostLoanCheck, on_delete=models.PROTECT, related_name="transitions")
    name = models.CharField("动作", max_length=20)
    from_status = models.CharField("原状态", max_length=12, choices=CheckStatus)
    to_status = models.CharField("新状态", max_length=12, choices=CheckStatus)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("原因", max_length=500, blank=True)

    class Meta:
        verbose_name = "贷后检查流转"
        verbose_name_plural = "贷后检查流转"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"
