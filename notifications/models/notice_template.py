"""The texts of notices: versions of what each kind says, made by one person and published by another."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7


class NoticeTemplateQuerySet(models.QuerySet["NoticeTemplate"]):
    def published(self) -> Self:
        """Those that rule, have ruled or will, in the order in which each kind's follow one another."""
        return self.filter(state=NoticeTemplate.State.PUBLISHED).order_by("kind", "effective_from")


class NoticeTemplate(models.Model):
    """One version of what one kind of notice says. `{name}` stands for a value of the kind; a notice stays as the
    version wrote it."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        SUBMITTED = "SUBMITTED", "待复核"
        PUBLISHED = "PUBLISHED", "已发布"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("通知种类", max_length=60, editable=False)
    version = models.PositiveIntegerField("版本", editable=False)
    title = models.CharField("标题", max_length=60, help_text="应用、微信“事项”、短信和邮件主题，填入后至多 20 字")
    body = models.TextField("正文", max_length=600, help_text="应用和邮件内显示；变量写作 {名称}")
    hint = models.CharField("微信说明", max_length=60, help_text="微信消息的“说明”一栏，填入后至多 20 字")
    samples = models.JSONField(
        "示例值", default=dict, blank=True, help_text='预览时用以代替默认示例，例如 {"reason": "缺少流水"}'
    )
    effective_from = models.DateField("生效日", help_text="最早自次日起生效")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="经办人",
        help_text="空为系统预置",
    )
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="复核人",
    )
    returned_because = models.CharField("退回原因", max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField("制作时间", default=clock.now, editable=False)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)

    objects = NoticeTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "通知模板"
        verbose_name_plural = "通知模板"
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="notice_template_counted_once"),
            models.UniqueConstraint(
                fields=["kind"], condition=~Q(state="PUBLISHED"), name="one_notice_template_in_the_making"
            ),
            models.UniqueConstraint(
                fields=["kind", "effective_from"],
                condition=Q(state="PUBLISHED"),
                name="one_notice_template_begins_a_day",
            ),
            models.CheckConstraint(
                condition=Q(maker__isnull=True) | Q(checker__isnull=True) | ~Q(maker=F("checker")),
                name="notice_template_maker_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED")
                | Q(published_at__isnull=False) & (Q(maker__isnull=True) | Q(checker__isnull=False)),
                name="published_notice_template_was_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

    def has_begun(self, on: date) -> bool:
        """Whether it rules on that day unless a later one does."""
        return self.state == self.State.PUBLISHED and self.effective_from <= on
