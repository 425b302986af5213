"""Consent to queries of the credit bureau: its texts, its one use, and what was odd about a query."""

import hashlib
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.codes import QueryReason
from loans.models.application import LoanApplication
from loans.models.credit import CreditAuthorization
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class ConsentText(models.Model):
    """One version of the clause that people sign, ruling from a day on. Append-only: another version takes its
    place, and what was signed can be read for ever."""

    class Signer(models.TextChoices):
        PERSON = "PERSON", "个人"
        BUSINESS = "BUSINESS", "企业"

    version = models.CharField("版本", max_length=20, unique=True)
    signer = models.CharField(
        "授权人", max_length=8, choices=Signer, default=Signer.PERSON, db_default=Signer.PERSON.value
    )
    body = models.TextField("正文", help_text="可用占位符见说明，如 {{ name }}")
    sha256 = models.CharField("正文摘要", max_length=64, editable=False)
    effective_from = models.DateField("生效日")
    created_at = models.DateTimeField("录入时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = "征信授权书文本"
        verbose_name_plural = "征信授权书文本"
        ordering = ["-effective_from", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["signer", "effective_from"], name="one_consent_text_a_day"),
            models.CheckConstraint(condition=~Q(body="") & ~Q(sha256=""), name="consent_text_is_whole"),
        ]

    def __str__(self) -> str:
        return self.version

    def seal_digest(self) -> None:
        """The digest of the body, before it is saved."""
        self.sha256 = hashlib.sha256(self.body.encode()).hexdigest()


class CreditGrantUse(models.Model):
    """The ledger of consents spent: one line for the one query that a consent buys.

    Append-only. The database takes a line only for a consent that is signed for this reason, not revoked, still
    valid and not spent yet, and a report only where there is a line (see the migration)."""

    authorization = models.OneToOneField(
        CreditAuthorization, on_delete=models.PROTECT, related_name="use", verbose_name="授权"
    )
    reason = models.CharField("查询原因", max_length=2, choices=QueryReason)
    identity_index = models.CharField("被查询人证件索引", max_length=43, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查询员")
    at = models.DateTimeField("使用时间", default=clock.now)
    on = models.DateField("业务日期", default=clock.today)

    class Meta:
        verbose_name = "征信授权使用台账"
        verbose_name_plural = "征信授权使用台账"
        ordering = ["-id"]
        indexes = [models.Index(fields=["by", "at"], name="grant_use_of_officer")]

    def __str__(self) -> str:
        return f"{self.authorization_id} {self.reason}"


class CreditQueryAlertQuerySet(ScopedQuerySet["CreditQueryAlert"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Those one has to handle, and those of the branches in one's scope."""
        return self.by_branch(staff, own=Q(owner=staff))


class CreditQueryAlert(models.Model):
    """Something odd about consents or queries (银发〔2018〕102号), to be looked into by the head of the branch."""

    class Kind(models.TextChoices):
        UNUSED = "UNUSED", "授权长期未使用"
        EXPIRED = "EXPIRED", "授权过期未使用"
        OFF_HOURS = "OFF_HOURS", "非工作时间查询"
        BURST = "BURST", "短时间大量查询"
        SAME_PERSON = "SAME_PERSON", "同一人被频繁查询"
        WITHOUT_GRANT = "WITHOUT_GRANT", "无有效授权试图查询"

    class State(models.TextChoices):
        OPEN = "OPEN", "待处理"
        HANDLED = "HANDLED", "已处理"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("类型", max_length=14, choices=Kind)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    event_key = models.CharField("事件键", max_length=120, unique=True)
    detail = models.CharField("说明", max_length=300)
    branch = models.ForeignKey("organization.Branch", on_delete=models.PROTECT, related_name="+", verbose_name="机构")
    application = models.ForeignKey(
        LoanApplication,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_alerts",
        verbose_name="申请",
    )
    authorization = models.ForeignKey(
        CreditAuthorization, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="授权"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="查询人",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理责任人",
    )
    created_at = models.DateTimeField("发现时间", default=clock.now, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处理人",
    )
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)
    note = models.CharField("处理说明", max_length=300, blank=True)

    objects = CreditQueryAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "征信异常预警"
        verbose_name_plural = "征信异常预警"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["branch", "state", "-created_at"], name="credit_alerts_of_branch")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="OPEN", handled_at__isnull=True, handled_by__isnull=True)
                | (Q(state="HANDLED", handled_at__isnull=False, handled_by__isnull=False) & ~Q(note="")),
                name="credit_alert_handled_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.detail}"
