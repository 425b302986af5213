"""The menu below the account's chat: versions of it, of which one is published."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock


def usual_buttons() -> list[dict[str, Any]]:
    """The house's own menu, as a beginning."""
    return [
        {"name": "我的业绩", "sub_button": [_click("今日业绩", "today"), _click("我的排名", "ranking")]},
        _click("待办", "todo"),
        {"name": "绑定", "type": "view", "url": settings.PUBLIC_URL.rstrip("/") + "/wechat/bind"},
    ]


def _click(name: str, key: str) -> dict[str, Any]:
    return {"name": name, "type": "click", "key": key}


class WeChatMenu(models.Model):
    """One version. What was published stays as it was; another menu is another version."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        PUBLISHED = "PUBLISHED", "已发布"
        REPLACED = "REPLACED", "已替换"

    version = models.PositiveIntegerField("版本", unique=True, editable=False)
    buttons = models.JSONField("按钮", default=usual_buttons, help_text="至多 3 个一级按钮，每个至多 5 个二级按钮")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办"
    )
    publisher = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发布"
    )
    created_at = models.DateTimeField("创建时间", default=clock.now)
    published_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = "公众号菜单"
        verbose_name_plural = "公众号菜单"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="PUBLISHED"), name="one_menu_is_published"),
            models.CheckConstraint(
                condition=Q(state="DRAFT") | Q(published_at__isnull=False), name="published_menu_has_its_moment"
            ),
            models.CheckConstraint(
                condition=Q(publisher__isnull=True) | ~Q(publisher=models.F("maker")), name="menu_checked_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"
