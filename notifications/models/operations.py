"""Running the channels: what was stopped by hand, and which failures were sent again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7


class Outlet(models.TextChoices):
    """Everything by which messages leave the bank, and that can be stopped. The app's own stream cannot: it is the
    record of what people were told."""

    WECHAT = "WECHAT", "微信公众号"
    SMS = "SMS", "短信"
    EMAIL = "EMAIL", "邮件"
    ROBOT = "ROBOT", "群机器人"
    WEBHOOK = "WEBHOOK", "事件订阅"


class ChannelStop(models.Model):
    """A channel, or one kind of message on it, that was stopped by hand. What waits goes on when it is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("通道", max_length=12, choices=Outlet)
    kind = models.CharField("种类", max_length=60, blank=True, help_text="空为整个通道")
    reason = models.CharField("原因", max_length=200)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="停止人"
    )
    stopped_at = models.DateTimeField("停止时间", default=clock.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="恢复人"
    )
    lifted_at = models.DateTimeField("恢复时间", null=True)

    class Meta:
        verbose_name = "通道停用"
        verbose_name_plural = "通道停用"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind"], condition=Q(lifted_at__isnull=True), name="channel_stopped_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="channel_lifted_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="channel_stopped_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.kind}".rstrip()


class Redo(models.Model):
    """Failures of a period that are sent again, each once; `cursor` is the last row that was looked at."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("通道", max_length=12, choices=Outlet)
    kind = models.CharField("种类", max_length=60, blank=True)
    code = models.CharField("结果代码", max_length=60, blank=True)
    since = models.DateTimeField("自")
    until = models.DateTimeField("至")
    reason = models.CharField("原因", max_length=200)
    total = models.PositiveIntegerField("失败条数")
    done = models.PositiveIntegerField("已重发", default=0)
    cursor = models.CharField(max_length=80, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    asked_at = models.DateTimeField("发起时间", default=clock.now)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "失败重发"
        verbose_name_plural = "失败重发"
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="redo_of_a_period"),
            models.CheckConstraint(condition=~Q(reason=""), name="redo_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.since:%Y-%m-%d %H:%M}"
