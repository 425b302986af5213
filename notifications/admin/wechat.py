"""The official account's menu in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Kept, move
from aladdin.problems import ProviderFailed
from notifications.models import WeChatMenu
from notifications.wechat import menu
from organization.caller import caller


@admin.register(WeChatMenu)
class WeChatMenuAdmin(Kept):
    """Versions of the menu: one drafts, another publishes."""

    is_audited_by_capability = True
    list_display = ["version", "names", "shown_state", "maker", "publisher", "published_at"]
    list_select_related = ["maker", "publisher"]
    list_filter = ["state"]
    ordering = ["-version"]
    actions_detail = ["publish", "compare"]

    def get_fields(self, request: HttpRequest, obj: WeChatMenu | None = None) -> list[str]:
        return ["version", "buttons", "state", "maker", "publisher", "published_at"] if obj else ["buttons"]

    @display(description="按钮")
    def names(self, row: WeChatMenu) -> str:
        return "、".join(str(button.get("name", "")) for button in row.buttons)

    @display(description="状态", ordering="state", label={"已发布": "success", "草稿": "warning"})
    def shown_state(self, row: WeChatMenu) -> str:
        return row.get_state_display()

    def has_change_permission(self, request: HttpRequest, obj: WeChatMenu | None = None) -> bool:
        """A version is published, not rewritten."""
        return False

    def save_model(self, request: HttpRequest, obj: WeChatMenu, form: Any, change: bool) -> None:
        menu.draft(obj, by=caller(request))

    @action(
        description="发布",
        permissions=["publish"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "发布菜单",
            "description": "发布后关注者在 5 分钟内看到新菜单。",
            "form_class": Confirmed,
            "form_submit_text": "发布",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Give it to WeChat."""
        row = WeChatMenu.objects.get(pk=object_id)
        return move(request, lambda: menu.publish(row, by=caller(request)), done="菜单已发布", onward=_page(object_id))

    @action(
        description="与微信核对",
        permissions=["compare"],
        dialog={
            "title": "与微信核对",
            "description": "读取微信当前的菜单并与此版本比较。",
            "form_class": Confirmed,
            "form_submit_text": "核对",
        },
    )
    def compare(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Read back what WeChat has."""
        row = WeChatMenu.objects.get(pk=object_id)
        return move(request, lambda: self._compare(row), done="微信当前菜单与此版本一致", onward=_page(object_id))

    def _compare(self, row: WeChatMenu) -> None:
        if not menu.is_shown(row):
            raise ProviderFailed("wechat_menu_differs", "微信当前菜单与此版本不一致")

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        row = WeChatMenu.objects.filter(pk=object_id).first() if object_id else None
        return row is not None and row.state != WeChatMenu.State.PUBLISHED and self._keeps(request)

    def has_compare_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._keeps(request)

    def _keeps(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_wechatmenu")


def _page(object_id: str) -> str:
    return reverse("admin:notifications_wechatmenu_change", args=[object_id])
