"""What the core banking system sent: files, their damaged lines, events, and nonces that were used."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from organization.access import may
from organization.models import Staff
from organization.scope import ScopedQuerySet


class FeedFileQuerySet(ScopedQuerySet["FeedFile"]):
    def visible_to(self, staff: Staff) -> "FeedFileQuerySet":
        """Files are the whole bank's: all of them for who may read feeds, none for anybody else."""
        return self.all() if may(staff, "feed.read") else self.none()


class FeedFile(models.Model):
    """One file of one kind for one business date, known by the digest of its content (which holds both)."""

    class State(models.TextChoices):
        LOADING = "LOADING", "加载中"
        LOADED = "LOADED", "已加载"
        LOADED_WITH_REJECTS = "LOADED_WITH_REJECTS", "已加载（有拒绝行）"
        REFUSED = "REFUSED", "整体拒绝"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField("文件名", max_length=120)
    kind = models.CharField("类型", max_length=30, blank=True)
    business_date = models.DateField("业务日期", null=True)
    sha256 = models.CharField("内容摘要", max_length=64, unique=True)
    state = models.CharField("状态", max_length=20, choices=State, default=State.LOADING)
    reason = models.CharField("拒绝代码", max_length=30, blank=True)
    reason_text = models.CharField("拒绝原因", max_length=200, blank=True)
    rows = models.PositiveIntegerField("行数", default=0)
    loaded = models.PositiveIntegerField("加载", default=0)
    unchanged = models.PositiveIntegerField("无变化", default=0)
    rejected = models.PositiveIntegerField("拒绝", default=0)
    totals = models.JSONField("控制总数", default=dict)
    loaded_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="加载人")
    started_at = models.DateTimeField("开始", default=clock.now)
    finished_at = models.DateTimeField("结束", null=True)

    objects = FeedFileQuerySet.as_manager()

    class Meta:
        verbose_name = "核心系统文件"
        verbose_name_plural = "核心系统文件"
        indexes = [models.Index(fields=["kind", "-business_date"], name="feed_files_of_a_kind")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["LOADING", "REFUSED"])
                | Q(rows=models.F("loaded") + models.F("unchanged") + models.F("rejected")),
                name="feed_file_accounts_for_every_line",
            ),
            models.CheckConstraint(
                condition=Q(state="REFUSED") ^ Q(reason=""), name="feed_file_says_why_it_was_refused"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FeedReject(models.Model):
    """One line that did not go in, and why; the line itself is sealed, since it holds personal data."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(FeedFile, on_delete=models.CASCADE, related_name="rejects", verbose_name="文件")
    line_no = models.PositiveIntegerField("行号")
    code = models.CharField("代码", max_length=40)
    reason = models.CharField("原因", max_length=200)
    line_sealed = models.TextField()

    line = Sealed("line_sealed")

    class Meta:
        verbose_name = "拒绝行"
        verbose_name_plural = "拒绝行"
        ordering = ["line_no"]
        constraints = [models.UniqueConstraint(fields=["file", "line_no"], name="reject_once_a_line")]

    def __str__(self) -> str:
        return f"{self.line_no}: {self.code}"

    def data_key(self) -> None:
        """None: sealed with the bank's key, whose customer it was cannot always be told."""


class CoreEvent(models.Model):
    """A real-time event that was taken in, so that a second delivery is known for one."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", "已入账"
        DUPLICATE = "duplicate", "重复"

    event_id = models.CharField("事件号", max_length=64, unique=True)
    kind = models.CharField("类型", max_length=20)
    reference = models.CharField("核心流水号", max_length=40)
    outcome = models.CharField("结果", max_length=9, choices=Outcome)
    received_at = models.DateTimeField("收到时间", default=clock.now)

    class Meta:
        verbose_name = "核心系统事件"
        verbose_name_plural = "核心系统事件"

    def __str__(self) -> str:
        return self.event_id


class UsedNonce(models.Model):
    """A nonce of a signed call, kept as long as its signature would be accepted (by the wall clock)."""

    nonce = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = "已用随机数"
        verbose_name_plural = "已用随机数"

    def __str__(self) -> str:
        return self.nonce
