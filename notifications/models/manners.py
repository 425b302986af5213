"""What a person wants to hear by which channel, and what has to be done by when."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from notifications.manners import Mode, Outlet
from organization.models import Staff
from organization.scope import ScopedQuerySet


class NoticePreferenceQuerySet(ScopedQuerySet["NoticePreference"]):
    def visible_to(self, staff: Staff) -> Self:
        """One's own."""
        return self.filter(staff=staff.pk) if staff.is_active else self.none()


class NoticePreference(models.Model):
    """A person's own wish for one kind by one channel, where it differs from what is usual."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preferences", verbose_name="员工"
    )
    kind = models.CharField("通知种类", max_length=60)
    channel = models.CharField("通道", max_length=12, choices=Outlet)
    mode = models.CharField("方式", max_length=8, choices=Mode)
    changed_at = models.DateTimeField("更改时间", default=clock.now)

    objects = NoticePreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "通知偏好"
        verbose_name_plural = "通知偏好"
        constraints = [
            models.UniqueConstraint(fields=["staff", "kind", "channel"], name="one_preference_per_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.mode}"


class DeadlineQuerySet(ScopedQuerySet["Deadline"]):
    def visible_to(self, staff: Staff) -> Self:
        """One's own."""
        return self.filter(recipient=staff.pk) if staff.is_active else self.none()

    def open(self) -> Self:
        """What is still to be done."""
        return self.filter(settled_at__isnull=True)

    def overdue(self, moment: datetime) -> Self:
        """What was not done in time, and of which no manager has been told."""
        return self.open().filter(act_by__lte=moment, escalated_at__isnull=True)


class Deadline(models.Model):
    """What a notice asks one person to do, and by when. The notice is named by id and date: its table is partitioned.
    Of those with one `event_key` it is enough that one person acts."""

    notice_id = models.UUIDField("通知", unique=True)
    notice_created_on = models.DateField("通知日期")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deadlines", verbose_name="经办人"
    )
    kind = models.CharField("通知种类", max_length=60)
    subject = models.CharField("对象", max_length=120, blank=True)
    event_key = models.CharField("事件", max_length=120, db_index=True)
    act_by = models.DateTimeField("办理时限")
    settled_at = models.DateTimeField("办结时间", null=True)
    escalated_at = models.DateTimeField("上报时间", null=True)
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="上报给"
    )

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = "办理时限"
        verbose_name_plural = "办理时限"
        constraints = [
            models.CheckConstraint(
                condition=Q(escalated_to__isnull=True) | Q(escalated_at__isnull=False), name="escalated_when"
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True) | Q(escalated_at__gte=F("act_by")),
                name="escalated_not_before_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["act_by"],
                condition=Q(settled_at__isnull=True, escalated_at__isnull=True),
                name="deadline_to_escalate",
            ),
            models.Index(fields=["subject"], condition=Q(settled_at__isnull=True), name="deadline_open_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.act_by:%Y-%m-%d %H:%M}"
