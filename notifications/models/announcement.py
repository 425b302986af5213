"""Announcements to a branch and all below it, who has read them, and what is said about them."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from treebeard.mp_tree import MP_Node

from aladdin import clock
from aladdin.ids import uuid7
from organization.models import Branch
from organization.roles import Role
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class AnnouncementQuerySet(ScopedQuerySet["Announcement"]):
    def addressed_to(self, staff: "Staff") -> Self:
        """What is said to this person: to his branch or one above it, and to everybody or to a role of his."""
        return self.filter(_addressed(staff)) if staff.is_active else self.none()

    def visible_to(self, staff: "Staff") -> Self:
        """What is said to him, what he said himself, and what was said within his scope."""
        return self.by_branch(staff, own=Q(author=staff) | _addressed(staff))

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawn_at__isnull=True)


def _addressed(staff: "Staff") -> Q:
    path = str(staff.branch.path)
    above = [path[:length] for length in range(MP_Node.steplen, len(path) + 1, MP_Node.steplen)]
    his = sorted(role.value for role in staff.roles())
    return Q(branch__path__in=above) & (Q(roles=[]) | Q(roles__overlap=his))


class Announcement(models.Model):
    """What a manager tells his people. It is not changed after; it may be taken back, which stays visible."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="announcements", verbose_name="发布范围")
    roles = ArrayField(models.CharField(max_length=24, choices=Role), default=list, blank=True, verbose_name="限角色")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="announcements", verbose_name="发布人"
    )
    title = models.CharField("标题", max_length=60)
    body = models.TextField("内容", max_length=4000)
    published_at = models.DateTimeField("发布时间", default=clock.now)
    pinned_until = models.DateField("置顶至", null=True, blank=True)
    comments_open = models.BooleanField("可评论", default=True)
    reminded_at = models.DateTimeField("最近提醒时间", null=True, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="撤回人",
    )
    withdrawal_reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = "公告"
        verbose_name_plural = "公告"
        indexes = [models.Index(fields=["branch", "-published_at"], name="announcements_of_branch")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
                name="announcement_taken_back_whole",
            )
        ]

    def __str__(self) -> str:
        return self.title


class AnnouncementReceipt(models.Model):
    """Whether one person it was addressed to has read it; the first reading counts."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.PROTECT, related_name="receipts", verbose_name="公告"
    )
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="员工")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    class Meta:
        verbose_name = "公告回执"
        verbose_name_plural = "公告回执"
        constraints = [models.UniqueConstraint(fields=["announcement", "staff"], name="one_receipt_a_person")]
        indexes = [
            models.Index(fields=["staff"], condition=Q(read_at__isnull=True), name="announcements_not_read"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.read_at or '未读'}"


class AnnouncementComment(models.Model):
    """What somebody says about an announcement. Its writer may take it back; that it was there stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    announcement = models.ForeignKey(
        Announcement, on_delete=models.PROTECT, related_name="comments", verbose_name="公告"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="评论人"
    )
    text = models.CharField("评论", max_length=500)
    created_at = models.DateTimeField("时间", default=clock.now)
    withdrawn_at = models.DateTimeField("删除时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="删除人",
    )

    class Meta:
        verbose_name = "公告评论"
        verbose_name_plural = "公告评论"
        indexes = [models.Index(fields=["announcement", "created_at", "id"], name="comments_in_order")]

    def __str__(self) -> str:
        return self.text
