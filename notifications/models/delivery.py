"""Messages that leave the bank: one row for each notice and channel, with every attempt's outcome."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7
from notifications.kinds import Channel
from notifications.manners import Manner
from organization.models import Staff
from organization.scope import ScopedQuerySet


def new_client_ref() -> str:
    """Our name for a message at the provider, which sends one name once; 32 characters."""
    return uuid7().hex


class DeliveryQuerySet(ScopedQuerySet["Delivery"]):
    def visible_to(self, staff: Staff) -> Self:
        """One's own."""
        return self.filter(recipient=staff.pk) if staff.is_active else self.none()

    def open(self) -> Self:
        """Those that may still be sent."""
        return self.filter(status__in=Delivery.OPEN)


class Delivery(models.Model):
    """One notice on its way through one channel. The notice is named by id and date: its table is partitioned."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "待发送"
        SENT = "SENT", "已发送"
        DELIVERED = "DELIVERED", "已送达"
        FAILED = "FAILED", "失败"
        UNREACHABLE = "UNREACHABLE", "无法触达"
        PAUSED = "PAUSED", "通道暂停"
        DEFERRED = "DEFERRED", "延后发送"
        BUNDLED = "BUNDLED", "已合并"
        DIGESTED = "DIGESTED", "已汇总"
        SUPPRESSED = "SUPPRESSED", "按设置不发"

    OPEN = (Status.PENDING, Status.PAUSED, Status.DEFERRED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice_id = models.UUIDField("通知")
    notice_created_on = models.DateField("通知日期")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries", verbose_name="收件人"
    )
    channel = models.CharField("通道", max_length=12, choices=Channel)
    kind = models.CharField("通知种类", max_length=60, blank=True, default="", db_default="")
    collapse_key = models.CharField("合并标识", max_length=200, blank=True, default="", db_default="")
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    client_ref = models.CharField("客户端标识", max_length=32, unique=True, default=new_client_ref)
    outcome = models.CharField("结果代码", max_length=40, blank=True)
    provider_message_id = models.CharField("通道消息号", max_length=40, blank=True)
    manner = models.CharField("发送规则", max_length=20, choices=Manner, blank=True, default="", db_default="")
    carried_by = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="carries",
        db_index=False,
        verbose_name="并入",
        help_text="由哪一条代为发送",
    )
    created_at = models.DateTimeField("创建时间", default=clock.now)
    due_at = models.DateTimeField("应发时间", null=True)
    unknown_since = models.DateTimeField("结果不明自", null=True, help_text="真实时间，不随业务日期移动")
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "消息投递"
        verbose_name_plural = "消息投递"
        constraints = [
            models.UniqueConstraint(fields=["notice_id", "channel"], name="one_delivery_per_channel"),
            models.CheckConstraint(
                condition=~Q(status__in=["SENT", "DELIVERED"]) | Q(sent_at__isnull=False) & ~Q(provider_message_id=""),
                name="sent_delivery_has_its_number",
            ),
            models.CheckConstraint(
                condition=~Q(status="DELIVERED") | Q(delivered_at__isnull=False), name="delivered_when"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["BUNDLED", "DIGESTED"], carried_by__isnull=False)
                | ~Q(status__in=["BUNDLED", "DIGESTED"]) & Q(carried_by__isnull=True),
                name="carried_delivery_has_its_carrier",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["DEFERRED", "SUPPRESSED", "BUNDLED", "DIGESTED"]) | ~Q(manner=""),
                name="delivery_that_waits_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "status", "-created_at"], name="delivery_by_status"),
            models.Index(
                fields=["channel", "provider_message_id"],
                condition=~Q(provider_message_id=""),
                name="delivery_by_provider_id",
            ),
            models.Index(fields=["recipient", "channel", "due_at"], name="delivery_of_person"),
            models.Index(fields=["next_attempt_at"], condition=Q(status="DEFERRED"), name="delivery_deferred"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.client_ref} {self.status}"


class ChannelPause(models.Model):
    """A channel that rests: the day's quota is used up."""

    channel = models.CharField("通道", max_length=12, choices=Channel, primary_key=True)
    until = models.DateTimeField("暂停至")
    reason = models.CharField("原因", max_length=60)

    class Meta:
        verbose_name = "通道暂停"
        verbose_name_plural = "通道暂停"

    def __str__(self) -> str:
        return f"{self.channel} {self.until:%Y-%m-%d %H:%M}"
