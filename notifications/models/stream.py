"""Numbered streams: one for each person, one for each board, and the rows that lie in them."""

from typing import TYPE_CHECKING, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7
from notifications.kinds import KINDS, Severity
from notifications.manners import Manner
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class Stream(models.Model):
    """A sequence of notices or board events, numbered 1, 2, 3 … without a gap.

    The number is taken under this row's lock in the writing transaction, so numbers are committed in order.
    `epoch` changes when the numbers can no longer be trusted (a restore): clients then begin anew."""

    class Kind(models.TextChoices):
        PERSON = "PERSON", "个人"
        BOARD = "BOARD", "看板"

    kind = models.CharField("类型", max_length=8, choices=Kind)
    key = models.CharField("键", max_length=80, unique=True, help_text="staff:<id> 或 branch:<id>")
    staff = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="stream", verbose_name="员工"
    )
    epoch = models.UUIDField("纪元", default=uuid4)
    last_sequence = models.BigIntegerField("末号", default=0)

    class Meta:
        verbose_name = "消息流"
        verbose_name_plural = "消息流"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="PERSON", staff__isnull=False) | Q(kind="BOARD", staff__isnull=True),
                name="stream_of_a_person_has_one",
            ),
            models.CheckConstraint(condition=Q(last_sequence__gte=0), name="stream_counts_from_nought"),
        ]

    def __str__(self) -> str:
        return self.key


class NoticeQuerySet(ScopedQuerySet["Notice"]):
    def visible_to(self, staff: "Staff") -> Self:
        """One's own notices and nobody else's, whatever the scope: they are letters."""
        return self.filter(stream__staff=staff.pk) if staff.is_active else self.none()

    def after(self, stream: Stream, sequence: int, *, limit: int) -> Self:
        """The next `limit` of a stream after a number, in order.

        Looked up in the events first, which say on which days they were: PostgreSQL then plans for the partitions
        of those days and not for all months that there are, which takes longer than the reading."""
        events = NoticeEvent.objects.filter(stream=stream, sequence__gt=sequence).order_by("sequence")
        places = list(events.values_list("sequence", "created_on")[:limit])
        if not places:
            return self.none()
        days = [day for _, day in places]
        found = self.filter(stream=stream, sequence__gt=sequence, sequence__lte=places[-1][0])
        return found.filter(created_on__range=(min(days), max(days))).order_by("sequence")


class Notice(models.Model):
    """What one person was told. Partitioned by month of `created_on` (`aladdin/partitions.py`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="notices", db_index=False)
    sequence = models.BigIntegerField("序号")
    kind = models.CharField("种类", max_length=60)
    severity = models.CharField("级别", max_length=12, choices=Severity)
    title = models.CharField("标题", max_length=60)
    body = models.CharField("内容", max_length=600)
    subject = models.CharField("链接", max_length=120, blank=True)
    values = models.JSONField("变量", default=dict)
    template_version = models.PositiveIntegerField("模板版本", default=1, db_default=1)
    silent_because = models.CharField(
        "静默原因", max_length=20, choices=Manner, blank=True, default="", db_default="", help_text="空为响铃提醒"
    )
    created_at = models.DateTimeField("时间", default=clock.now)
    created_on = models.DateField("日期", default=clock.today)
    read_at = models.DateTimeField("已读时间", null=True)
    acted_at = models.DateTimeField("办理时间", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["stream", "sequence"], name="notice_in_stream"),
            models.Index(fields=["stream"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.sequence}"

    @property
    def alert(self) -> bool:
        """Whether the phone rings for it."""
        return not self.silent_because

    @property
    def link(self) -> str:
        """Where the phone goes when the notice is touched; empty where it leads nowhere."""
        kind = KINDS.get(self.kind)
        return kind.link(self.subject) if kind else ""


class NoticeEvent(models.Model):
    """What a person was told of, under which number, on which day: an event makes one notice, however often it is
    announced. Not partitioned, so that it can promise this for all time."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_key = models.CharField(max_length=120)
    sequence = models.BigIntegerField()
    created_on = models.DateField()
    mark = models.BigIntegerField(null=True, help_text="同步号：最近一次已读或办理的变更号")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "event_key"], name="one_notice_per_event"),
            models.UniqueConstraint(fields=["stream", "sequence"], name="one_notice_per_number"),
        ]
        indexes = [
            models.Index(fields=["stream", "mark"], condition=Q(mark__isnull=False), name="notice_events_by_mark"),
        ]

    def __str__(self) -> str:
        return self.event_key


class Marks(models.Model):
    """What all devices of a person have in common: how far one of them has received the stream, and the number of
    the latest change to what is read and done. A row of its own, so that marking never waits for who is writing."""

    stream = models.OneToOneField(Stream, primary_key=True, on_delete=models.CASCADE, related_name="marks")
    last = models.BigIntegerField("末次变更号", default=0)
    epoch = models.UUIDField("纪元", null=True)
    acknowledged = models.BigIntegerField("已收至", default=0)

    class Meta:
        verbose_name = "阅读同步"
        verbose_name_plural = "阅读同步"

    def __str__(self) -> str:
        return f"{self.stream_id} {self.last}"


class BoardEvent(models.Model):
    """Something moved on a board. Kept for days only: a board is drawn from its source, this says when to."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events", db_index=False)
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="one_board_event_per_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sequence}"


class Acknowledgement(models.Model):
    """How far one device of a person has received the stream."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="acknowledgements", db_index=False)
    device = models.CharField("设备", max_length=64)
    epoch = models.UUIDField("纪元")
    sequence = models.BigIntegerField("已收至")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "接收确认"
        verbose_name_plural = "接收确认"
        constraints = [models.UniqueConstraint(fields=["stream", "device"], name="one_acknowledgement_per_device")]

    def __str__(self) -> str:
        return f"{self.device} {self.sequence}"
