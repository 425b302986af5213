"""Which follower of the official account is which employee, and the events that WeChat told us of."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from organization.models import Staff
from organization.scope import ScopedQuerySet


class WeChatBindingQuerySet(ScopedQuerySet["WeChatBinding"]):
    def visible_to(self, staff: Staff) -> Self:
        """One's own."""
        return self.filter(staff=staff.pk) if staff.is_active else self.none()

    def bound(self) -> Self:
        """Those in force."""
        return self.filter(unbound_at__isnull=True)

    def reachable(self) -> Self:
        """Those in force to which messages arrive, of people who still work here."""
        return self.bound().filter(unreachable_at__isnull=True, staff__is_active=True)


class WeChatBinding(models.Model):
    """One employee, one follower; ended bindings stay as history."""

    class Way(models.TextChoices):
        QR_CODE = "QR_CODE", "扫码"
        CODE = "CODE", "绑定码"
        OAUTH = "OAUTH", "网页授权"
        SANDBOX = "SANDBOX", "沙箱"

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wechat_bindings", verbose_name="员工"
    )
    openid = models.CharField("OpenID", max_length=64)
    way = models.CharField("绑定方式", max_length=8, choices=Way)
    bound_at = models.DateTimeField("绑定时间", default=clock.now)
    unreachable_at = models.DateTimeField("无法触达自", null=True)
    unreachable_code = models.CharField("无法触达原因", max_length=40, blank=True)
    unbound_at = models.DateTimeField("解绑时间", null=True)

    objects = WeChatBindingQuerySet.as_manager()

    class Meta:
        verbose_name = "微信绑定"
        verbose_name_plural = "微信绑定"
        constraints = [
            models.UniqueConstraint(
                fields=["staff"], condition=Q(unbound_at__isnull=True), name="one_follower_per_employee"
            ),
            models.UniqueConstraint(
                fields=["openid"], condition=Q(unbound_at__isnull=True), name="one_employee_per_follower"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.way}"


class WeChatInvitation(models.Model):
    """A one-time offer to bind: as a QR code's scene `rm:<employee_no>:<nonce>`, or its nonce sent as a text."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=16, unique=True)
    ticket = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "微信绑定邀请"
        verbose_name_plural = "微信绑定邀请"

    def __str__(self) -> str:
        return f"{self.staff_id} {self.expires_at:%Y-%m-%d %H:%M}"


class WeChatEvent(models.Model):
    """A message or event of WeChat's, kept so that each counts once although WeChat tells it up to three times."""

    key = models.CharField(max_length=160, unique=True)
    openid = models.CharField(max_length=64)
    event = models.CharField(max_length=40)
    content = models.JSONField(default=dict)
    reply = models.TextField(blank=True)
    received_at = models.DateTimeField(default=clock.now, db_index=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "微信事件"
        verbose_name_plural = "微信事件"

    def __str__(self) -> str:
        return f"{self.event} {self.key}"
