"""Robots of group chats, and what each of them said."""

from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from organization.models import Branch


class Platform(models.TextChoices):
    """Whose group chat it is."""

    WECOM = "WECOM", "企业微信"
    FEISHU = "FEISHU", "飞书"
    DINGTALK = "DINGTALK", "钉钉"


class Robot(models.Model):
    """A robot in a branch's group chat. Whoever has its key can speak as the bank: it is sealed and never shown."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="robots", verbose_name="机构")
    platform = models.CharField("平台", max_length=10, choices=Platform)
    name = models.CharField("名称", max_length=40)
    key_sealed = models.TextField("Webhook 密钥")
    secret_sealed = models.TextField("签名密钥", blank=True)
    is_active = models.BooleanField("启用", default=True)
    broken_at = models.DateTimeField("失效时间", null=True, blank=True)
    broken_code = models.CharField("失效原因", max_length=40, blank=True)
    created_at = models.DateTimeField("创建时间", default=clock.now)

    key = Sealed("key_sealed")
    secret = Sealed("secret_sealed")

    class Meta:
        verbose_name = "群机器人"
        verbose_name_plural = "群机器人"
        constraints = [
            models.UniqueConstraint(fields=["branch", "platform", "name"], name="robot_named_once"),
            models.CheckConstraint(
                condition=Q(platform="WECOM") | ~Q(secret_sealed=""), name="robot_signs_where_it_has_to"
            ),
            models.CheckConstraint(
                condition=Q(broken_at__isnull=True) | Q(is_active=False), name="broken_robot_is_silent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.name}"

    def data_key(self) -> None:
        """Sealed with the bank's own key."""


class RobotMessage(models.Model):
    """What one robot had to say of one event."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "待发送"
        SENT = "SENT", "已发送"
        FAILED = "FAILED", "失败"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    robot = models.ForeignKey(Robot, on_delete=models.PROTECT, related_name="messages", verbose_name="机器人")
    reference = models.CharField("业务标识", max_length=120)
    title = models.CharField("标题", max_length=60)
    text = models.TextField("内容")
    is_urgent = models.BooleanField("不避夜间", default=False)
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.PENDING)
    outcome = models.CharField("结果代码", max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    created_at = models.DateTimeField("创建时间", default=clock.now)
    attempted_at = models.DateTimeField("最近尝试", null=True)
    unknown_since = models.DateTimeField("结果不明自", null=True)
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)

    class Meta:
        verbose_name = "群机器人消息"
        verbose_name_plural = "群机器人消息"
        constraints = [
            models.UniqueConstraint(fields=["robot", "reference"], name="robot_says_it_once"),
            models.CheckConstraint(condition=~Q(status="SENT") | Q(sent_at__isnull=False), name="robot_said_when"),
        ]
        indexes = [models.Index(fields=["robot", "-attempted_at"], name="robot_spoke")]

    def __str__(self) -> str:
        return f"{self.robot} {self.reference}"
