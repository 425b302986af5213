"""Interviews (面谈): who talked with whom, when and where, what was asked and answered."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.diligence.codes import InterviewMode, Platform, Topic
from loans.models.application import LoanApplication
from loans.models.party import LoanParty


class Interview(models.Model):
    """One interview, as it was held; append-only: what was left out is asked in another.

    By video only on the bank's own platform, recorded; one recording is of one interview (个人贷款管理办法)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="interviews", verbose_name="申请"
    )
    party = models.ForeignKey(
        LoanParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interviews",
        verbose_name="关联人",
        help_text="空为借款人本人",
    )
    mode = models.CharField("方式", max_length=8, choices=InterviewMode)
    began_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间")
    place = models.CharField("地点", max_length=200, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    platform = models.CharField("平台", max_length=12, choices=Platform, blank=True)
    recording_reference = models.CharField("录音录像编号", max_length=64, blank=True)
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="面谈人"
    )
    accompanied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="同行面谈人",
    )
    created_at = models.DateTimeField("记录时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = "面谈记录"
        verbose_name_plural = "面谈记录"
        ordering = ["application", "began_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="interview_ends_after_it_began"),
            models.CheckConstraint(
                condition=Q(mode="ON_SITE", platform="") & ~Q(place="")
                | Q(mode="VIDEO", platform="BANK_VIDEO") & ~Q(recording_reference=""),
                name="interview_in_a_place_or_recorded",
            ),
            models.CheckConstraint(
                condition=Q(accompanied_by__isnull=True) | ~Q(accompanied_by=F("interviewer")),
                name="interview_by_two_people",
            ),
            models.UniqueConstraint(
                fields=["recording_reference"],
                condition=~Q(recording_reference=""),
                name="recording_is_of_one_interview",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} {self.began_at:%Y-%m-%d %H:%M}"

    def data_key(self) -> bytes | None:
        """The key of the person who was asked."""
        return self.party.data_key() if self.party is not None else self.application.data_key()


class InterviewAnswer(models.Model):
    """One question and what was answered. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="answers", verbose_name="面谈")
    topic = models.CharField("主题", max_length=10, choices=Topic)
    question = models.CharField("问题", max_length=300, blank=True)
    answer_sealed = models.TextField()

    answer = Sealed("answer_sealed")

    class Meta:
        verbose_name = "面谈问答"
        verbose_name_plural = "面谈问答"
        ordering = ["interview", "id"]

    def __str__(self) -> str:
        return self.get_topic_display()

    def data_key(self) -> bytes | None:
        """The key of the person who was asked."""
        return self.interview.data_key()
