"""Text messages: the templates that the carrier let pass, what was sent to which number, and who wants none."""

import json
from collections.abc import Mapping
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock, masking
from aladdin.crypto import Sealed, blind_index
from aladdin.ids import uuid7
from notifications.models.delivery import new_client_ref


class SmsKind(models.TextChoices):
    """What a text message is for: decides its hours, and whether who wants no marketing still gets it."""

    CODE = "CODE", "验证码"
    SERVICE = "SERVICE", "服务通知"
    MARKETING = "MARKETING", "营销推广"


class SmsTemplate(models.Model):
    """One version of a text that the carrier has to let pass; what was sent stands on the version it was sent by."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        SUBMITTED = "SUBMITTED", "审核中"
        APPROVED = "APPROVED", "已通过"
        REFUSED = "REFUSED", "未通过"

    code = models.SlugField("代码", max_length=40)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=30)
    kind = models.CharField("类型", max_length=10, choices=SmsKind)
    sign_name = models.CharField("签名", max_length=12, help_text="显示为【签名】，2 至 12 字")
    text = models.CharField("内容", max_length=500, help_text="变量写作 {名称}，不含签名")
    variables = models.JSONField("变量", default=dict, blank=True, help_text='名称及类型，例如 {"code": "CODE"}')
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    provider_code = models.CharField("运营商模板号", max_length=32, blank=True)
    reason = models.CharField("未通过原因", max_length=200, blank=True)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办"
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="复核"
    )
    created_at = models.DateTimeField("创建时间", default=clock.now)

    class Meta:
        verbose_name = "短信模板"
        verbose_name_plural = "短信模板"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="sms_template_version"),
            models.CheckConstraint(
                condition=~Q(state="APPROVED") | ~Q(provider_code=""), name="approved_sms_template_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(maker__isnull=True) | Q(checker__isnull=True) | ~Q(maker=models.F("checker")),
                name="sms_template_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class SmsMessageQuerySet(models.QuerySet["SmsMessage"]):
    def open(self) -> Self:
        """Those that may still be sent."""
        return self.filter(status=SmsMessage.Status.PENDING)

    def to(self, mobile: str) -> Self:
        """Those to one number."""
        return self.filter(mobile_index=blind_index("mobile", mobile))


class SmsMessage(models.Model):
    """One text message to one number. The values of a one-time code are gone as soon as it needs no more sending."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "待发送"
        SENT = "SENT", "已提交"
        DELIVERED = "DELIVERED", "已送达"
        FAILED = "FAILED", "失败"
        STOPPED = "STOPPED", "未发送"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField("业务标识", max_length=120, unique=True)
    client_ref = models.CharField("客户端标识", max_length=32, unique=True, default=new_client_ref)
    template = models.ForeignKey(SmsTemplate, on_delete=models.PROTECT, related_name="+", verbose_name="模板")
    kind = models.CharField("类型", max_length=10, choices=SmsKind)
    mobile_sealed = models.TextField("手机号", blank=True)
    mobile_index = models.CharField(max_length=43, db_index=False)
    said_sealed = models.TextField("变量", blank=True)
    may_wait = models.BooleanField("可待日间", default=False)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    outcome = models.CharField("结果代码", max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    segments = models.PositiveSmallIntegerField("计费条数", default=1)
    provider_message_id = models.CharField("通道消息号", max_length=40, blank=True)
    created_at = models.DateTimeField("创建时间", default=clock.now)
    unknown_since = models.DateTimeField("结果不明自", null=True)
    next_attempt_at = models.DateTimeField("下次尝试", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    mobile = Sealed("mobile_sealed")
    _said = Sealed("said_sealed")
    objects: ClassVar = SmsMessageQuerySet.as_manager()

    class Meta:
        verbose_name = "短信"
        verbose_name_plural = "短信"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="CODE") | Q(status="PENDING") | Q(said_sealed=""),
                name="sms_code_forgotten_once_closed",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["SENT", "DELIVERED"]) | Q(sent_at__isnull=False), name="sms_sent_when"
            ),
            models.CheckConstraint(
                condition=~Q(status="DELIVERED") | Q(delivered_at__isnull=False), name="sms_delivered_when"
            ),
        ]
        indexes = [
            models.Index(fields=["mobile_index", "-created_at"], name="sms_to_number"),
            models.Index(fields=["status", "-created_at"], name="sms_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"

    def data_key(self) -> None:
        """Sealed with the bank's own key: a number may belong to nobody whom we know."""

    @property
    def masked_mobile(self) -> str:
        """The number as it may be shown."""
        return masking.mobile(self.mobile) if self.mobile_sealed else ""

    @property
    def values(self) -> dict[str, str]:
        """What stands in the template's places; empty once it is forgotten."""
        said = self._said
        found: dict[str, str] = json.loads(said) if said else {}
        return found

    @values.setter
    def values(self, values: Mapping[str, str]) -> None:
        self._said = json.dumps(dict(values), ensure_ascii=False)


class SmsOptOut(models.Model):
    """A number that wants no marketing, or to which the carrier lets nothing pass."""

    class Reason(models.TextChoices):
        OPT_OUT = "OPT_OUT", "回复退订"
        BLACKLISTED = "BLACKLISTED", "运营商黑名单"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mobile_sealed = models.TextField("手机号")
    mobile_index = models.CharField(max_length=43, db_index=False)
    reason = models.CharField("原因", max_length=12, choices=Reason)
    source = models.CharField("来源", max_length=40, blank=True)
    since = models.DateTimeField("自", default=clock.now)
    lifted_at = models.DateTimeField("解除时间", null=True)

    mobile = Sealed("mobile_sealed")

    class Meta:
        verbose_name = "短信退订"
        verbose_name_plural = "短信退订"
        constraints = [
            models.UniqueConstraint(
                fields=["mobile_index", "reason"], condition=Q(lifted_at__isnull=True), name="one_opt_out_per_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.masked_mobile} {self.get_reason_display()}"

    def data_key(self) -> None:
        """As of messages."""

    @property
    def masked_mobile(self) -> str:
        """The number as it may be shown."""
        return masking.mobile(self.mobile)
