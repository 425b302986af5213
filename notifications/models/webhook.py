"""Subscriptions of other systems to the bank's events, what is to be delivered to them, and each attempt at it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7


class WebhookEndpoint(models.Model):
    """A subscriber's address, the events that it hears of, and the secrets that its messages are signed with."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", "启用"
        PAUSED = "PAUSED", "暂停"
        GONE = "GONE", "对方已停用"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField("名称", max_length=60, unique=True)
    url = models.URLField("地址", max_length=500)
    events = ArrayField(models.CharField(max_length=60), verbose_name="订阅事件")
    payload_version = models.PositiveSmallIntegerField("报文版本", default=1)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ACTIVE)
    secret_sealed = models.TextField()
    former_secret_sealed = models.TextField(blank=True)
    former_secret_until = models.DateTimeField("旧密钥有效至", null=True, blank=True)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    open_until = models.DateTimeField("熔断至", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="创建人"
    )
    created_at = models.DateTimeField("创建时间", default=clock.now)
    version = models.PositiveIntegerField("版本", default=1)

    secret = Sealed("secret_sealed")
    former_secret = Sealed("former_secret_sealed")

    class Meta:
        verbose_name = "事件订阅"
        verbose_name_plural = "事件订阅"
        constraints = [
            models.CheckConstraint(condition=~Q(events=[]), name="webhook_hears_of_something"),
            models.CheckConstraint(
                condition=Q(former_secret_sealed="", former_secret_until__isnull=True)
                | ~Q(former_secret_sealed="") & Q(former_secret_until__isnull=False),
                name="webhook_former_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def data_key(self) -> None:
        """Sealed with the bank's own key."""


class WebhookEvent(models.Model):
    """What happened, as it is told outside. Kept as long as it may be asked for again."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField("事件标识", default=uuid7, unique=True, editable=False)
    type = models.CharField("事件类型", max_length=60)
    version = models.PositiveSmallIntegerField("报文版本")
    subject = models.CharField("对象", max_length=120)
    data = models.JSONField("内容")
    occurred_at = models.DateTimeField("发生时间")

    class Meta:
        verbose_name = "对外事件"
        verbose_name_plural = "对外事件"
        indexes = [models.Index(fields=["occurred_at"], name="webhook_events_by_time")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class WebhookDelivery(models.Model):
    """One event on its way to one subscriber; a replay is a row of its own."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "待投递"
        DELIVERED = "DELIVERED", "已投递"
        DEAD = "DEAD", "已放弃"

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", verbose_name="订阅"
    )
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries", verbose_name="事件")
    subject = models.CharField("对象", max_length=120)
    is_replay = models.BooleanField("重放", default=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试", default=clock.now)
    outcome = models.CharField("最近结果", max_length=60, blank=True)
    created_at = models.DateTimeField("创建时间", default=clock.now)
    delivered_at = models.DateTimeField("投递时间", null=True)

    class Meta:
        verbose_name = "事件投递"
        verbose_name_plural = "事件投递"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], condition=Q(is_replay=False), name="webhook_delivers_an_event_once"
            ),
            models.CheckConstraint(
                condition=Q(status="DELIVERED", delivered_at__isnull=False)
                | ~Q(status="DELIVERED") & Q(delivered_at__isnull=True),
                name="webhook_delivered_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "subject", "id"], condition=Q(status="PENDING"), name="webhook_deliveries_open"
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_deliveries_of"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.event_id} {self.status}"


class WebhookAttempt(models.Model):
    """One call to a subscriber and what it answered."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="log", verbose_name="投递")
    at = models.DateTimeField("时间", default=clock.now)
    status = models.PositiveSmallIntegerField("HTTP 状态", null=True)
    error = models.CharField("错误", max_length=60, blank=True)
    answer = models.CharField("应答摘录", max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField("用时（毫秒）")

    class Meta:
        verbose_name = "投递记录"
        verbose_name_plural = "投递记录"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.error}"
