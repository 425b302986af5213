"""The loan committee (贷审会): who sits on it, what it sat on, and how it voted."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import Ballot, CommitteeOffice
from loans.models.application import LoanApplication


class CommitteeSeatQuerySet(models.QuerySet["CommitteeSeat"]):
    def today(self) -> Self:
        """In force today, of people who are with the bank."""
        day = clock.today()
        begun = self.filter(effective_from__lte=day, staff__is_active=True)
        return begun.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day))


class CommitteeSeat(models.Model):
    """An office in the committee. The president votes not: what it passes he may veto."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="committee_seats", verbose_name="员工"
    )
    office = models.CharField("职务", max_length=10, choices=CommitteeOffice)
    effective_from = models.DateField("生效日", default=clock.today)
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    objects = CommitteeSeatQuerySet.as_manager()

    class Meta:
        verbose_name = "贷审会成员"
        verbose_name_plural = "贷审会成员"
        ordering = ["office", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["staff"], condition=Q(effective_to__isnull=True), name="one_committee_office_a_person"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="committee_seat_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_office_display()} {self.staff}"


class CommitteeSitting(models.Model):
    """One case before the committee, with the terms that are voted on."""

    class State(models.TextChoices):
        OPEN = "OPEN", "表决中"
        PASSED = "PASSED", "表决通过，待行长审定"
        FAILED = "FAILED", "表决未通过"
        CONFIRMED = "CONFIRMED", "行长审定同意"
        VETOED = "VETOED", "行长否决"
        ADJOURNED = "ADJOURNED", "休会"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="sittings", verbose_name="申请"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    amount = models.DecimalField("金额", max_digits=18, decimal_places=2)
    term_months = models.PositiveSmallIntegerField("期限（月）")
    max_draws = models.PositiveSmallIntegerField("允许提款次数", default=1, db_default=1)
    rate = models.DecimalField("年利率（%）", max_digits=9, decimal_places=6)
    conditions = models.CharField("附加条件", max_length=1000, blank=True)
    convened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="召集人"
    )
    convened_at = models.DateTimeField("召集时间", default=clock.now)
    minutes = models.TextField("会议纪要", blank=True)
    votes_for = models.PositiveSmallIntegerField("同意票", null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField("反对票", null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField("弃权票", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="结束人",
    )
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "贷审会审议"
        verbose_name_plural = "贷审会审议"
        ordering = ["-convened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(state__in=["OPEN", "PASSED"]), name="one_sitting_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "ADJOURNED"])
                | (Q(closed_at__isnull=False, votes_for__isnull=False, votes_against__isnull=False) & ~Q(minutes="")),
                name="closed_sitting_has_votes_and_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_state_display()}"


class CommitteeVote(models.Model):
    """A member's place in one sitting: his vote, or why he keeps out. Who voted how is nobody's to know before the
    vote is closed."""

    sitting = models.ForeignKey(CommitteeSitting, on_delete=models.PROTECT, related_name="votes", verbose_name="审议")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="委员"
    )
    ballot = models.CharField("表决", max_length=8, choices=Ballot, blank=True)
    opinion = models.CharField("意见", max_length=500, blank=True)
    voted_at = models.DateTimeField("表决时间", null=True, blank=True)
    recused_at = models.DateTimeField("回避时间", null=True, blank=True)
    recusal_reason = models.CharField("回避原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "贷审会表决"
        verbose_name_plural = "贷审会表决"
        ordering = ["sitting", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "member"], name="committee_member_once_a_sitting"),
            models.CheckConstraint(
                condition=Q(ballot="", voted_at__isnull=True) | (~Q(ballot="") & Q(voted_at__isnull=False)),
                name="committee_vote_whole",
            ),
            models.CheckConstraint(
                condition=Q(recused_at__isnull=True) | (Q(ballot="") & ~Q(recusal_reason="")),
                name="committee_recusal_is_no_vote",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.sitting_id}"
