"""One-time codes by text message, and how many were sent and tried."""

from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7


class OneTimeCode(models.Model):
    """A code that was sent, kept as a keyed digest, good for one purpose, one subject and one phone."""

    class Purpose(models.TextChoices):
        OPEN_LINK = "OPEN_LINK", "贷款申请身份确认"
        SIGN_CONSENT = "SIGN_CONSENT", "签署征信授权书"
        CONFIRM_COST = "CONFIRM_COST", "确认综合融资成本明示表"
        WITHDRAW = "WITHDRAW", "撤回贷款申请"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField("用途", max_length=12, choices=Purpose)
    subject = models.CharField("对象", max_length=120)
    mobile_index = models.CharField("手机号索引", max_length=43)
    digest = models.CharField("验证码摘要", max_length=43)
    is_decoy = models.BooleanField("未真正发送", default=False)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    created_at = models.DateTimeField("发送时间", default=clock.now, editable=False)
    expires_at = models.DateTimeField("失效时间")
    redeemed_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = "短信验证码"
        verbose_name_plural = "短信验证码"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["purpose", "subject", "mobile_index", "-created_at"], name="newest_code")]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_decoy=False) | Q(redeemed_at__isnull=True), name="decoy_code_opens_nothing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.subject}"


class CodeCount(models.Model):
    """How often codes were sent or tried in one business day, for one phone or from one address.

    Counted by one statement that adds and reads, so that calls side by side count each."""

    class What(models.TextChoices):
        SENT_TO = "SENT_TO", "发往手机"
        SENT_FROM = "SENT_FROM", "由地址发起"
        TRIED_FOR = "TRIED_FOR", "对手机尝试"
        TRIED_FROM = "TRIED_FROM", "由地址尝试"

    what = models.CharField("类别", max_length=10, choices=What)
    key = models.CharField("键", max_length=60)
    on = models.DateField("业务日期")
    count = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = "验证码计数"
        verbose_name_plural = "验证码计数"
        constraints = [models.UniqueConstraint(fields=["what", "key", "on"], name="code_count_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.on} {self.count}"
