"""The account's menu: drafted by one, published by another, and read back from WeChat to be sure."""

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Max

from aladdin import audit, clock
from aladdin.problems import Conflict, ProviderFailed, RuleBroken
from notifications.models import WeChatMenu
from notifications.wechat import client
from notifications.wechat.answers import QUESTIONS
from notifications.wechat.errors import WeChatError
from organization.models import Staff

Button = dict[str, Any]
TOP, BELOW = 3, 5
TOP_NAME, BELOW_NAME, LONGEST_URL = 16, 60, 1024
"""Bytes."""
_State = WeChatMenu.State


# --- What a menu may be -------------------------------------------------------------------------
def wrong_with(buttons: Any) -> str:
    """What WeChat would refuse, in Chinese; empty where it is a menu."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP:
        return f"一级按钮应为 1 至 {TOP} 个"
    return next((wrong for button in buttons if (wrong := _wrong_with_top(button))), "")


def _wrong_with_top(button: Any) -> str:
    if not isinstance(button, dict):
        return "按钮应为对象"
    below = button.get("sub_button")
    if below is None:
        return _wrong_with_one(button, longest=TOP_NAME)
    if wrong := _wrong_name(button, TOP_NAME):
        return wrong
    if set(button) != {"name", "sub_button"}:
        return f"“{button['name']}”有二级按钮，不能另有动作"
    if not isinstance(below, list) or not 1 <= len(below) <= BELOW:
        return f"“{button['name']}”的二级按钮应为 1 至 {BELOW} 个"
    return next((wrong for each in below if (wrong := _wrong_with_one(each, longest=BELOW_NAME))), "")


def _wrong_with_one(button: Any, *, longest: int) -> str:
    if not isinstance(button, dict):
        return "按钮应为对象"
    if wrong := _wrong_name(button, longest):
        return wrong
    name = button["name"]
    match button.get("type"):
        case "click":
            known = set(button) == {"name", "type", "key"} and button["key"] in QUESTIONS
            return "" if known else f"“{name}”的 key 应为 {'、'.join(QUESTIONS)} 之一"
        case "view":
            return "" if set(button) == {"name", "type", "url"} and _is_url(button["url"]) else f"“{name}”的网址有误"
        case _:
            return f"“{name}”的类型应为 click 或 view"


def _wrong_name(button: Button, longest: int) -> str:
    name = button.get("name")
    if isinstance(name, str) and name.strip() and len(name.encode()) <= longest:
        return ""
    return f"按钮名称应为 {longest // 3} 个以内汉字"


def _is_url(url: Any) -> bool:
    if not isinstance(url, str) or len(url.encode()) > LONGEST_URL:
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _require_menu(buttons: Any) -> None:
    if wrong := wrong_with(buttons):
        raise RuleBroken("wechat_menu_wrong", wrong, errors={"buttons": [wrong]})


# --- Drafting and publishing --------------------------------------------------------------------
@transaction.atomic
def draft(menu: WeChatMenu, *, by: Staff) -> WeChatMenu:
    """Keep a new version. Raises `wechat_menu_wrong` (RuleBroken)."""
    _require_menu(menu.buttons)
    newest = WeChatMenu.objects.aggregate(newest=Max("version"))["newest"]
    menu.version, menu.state, menu.maker = (newest or 0) + 1, _State.DRAFT, by
    menu.save()
    audit.record(by=by, action="draft_wechat_menu", subject=f"wechat-menu/{menu.version}")
    return menu


def publish(menu: WeChatMenu, *, by: Staff) -> None:
    """Give the menu to WeChat and read it back. An earlier version may be published again.

    Raises Conflict (`checked_by_maker`, `wechat_menu_published`), RuleBroken (`wechat_menu_wrong`), ProviderFailed
    (`wechat_failed`, `wechat_menu_differs`): then the one before still stands in our books."""
    if menu.maker_id == by.pk:
        raise Conflict("checked_by_maker", "经办人不能发布自己的菜单")
    if WeChatMenu.objects.filter(pk=menu.pk, state=_State.PUBLISHED).exists():
        raise Conflict("wechat_menu_published", "该版本已发布")
    _require_menu(menu.buttons)
    _told(menu.buttons)
    if not is_shown(menu):
        raise ProviderFailed("wechat_menu_differs", "微信返回的菜单与所发布的不一致，请重试")
    _note_published(menu, by=by)


@transaction.atomic
def _note_published(menu: WeChatMenu, *, by: Staff) -> None:
    WeChatMenu.objects.filter(state=_State.PUBLISHED).update(state=_State.REPLACED)
    menu.state, menu.publisher, menu.published_at = _State.PUBLISHED, by, clock.now()
    menu.save(update_fields=["state", "publisher", "published_at"])
    audit.record(by=by, action="publish_wechat_menu", subject=f"wechat-menu/{menu.version}")


# --- WeChat -------------------------------------------------------------------------------------
def _told(buttons: list[Button]) -> None:
    try:
        client.with_token("/cgi-bin/menu/create", {"button": buttons})
    except WeChatError as error:
        raise ProviderFailed("wechat_failed", f"微信未接受菜单（{error.code}）") from error


def is_shown(menu: WeChatMenu) -> bool:
    """Whether WeChat has this menu now. Raises ProviderFailed (`wechat_failed`)."""
    return read_back() == [_plain(button) for button in menu.buttons]


def read_back() -> list[Button]:
    """The menu that WeChat has, without what it adds; empty where there is none. Raises ProviderFailed."""
    try:
        answer = client.with_token("/cgi-bin/menu/get")
    except WeChatError as error:
        if error.errcode == NO_MENU:
            return []
        raise ProviderFailed("wechat_failed", f"微信未返回菜单（{error.code}）") from error
    found = answer.get("menu", {})
    return [_plain(button) for button in found.get("button", [])] if isinstance(found, dict) else []


NO_MENU = 46003


def _plain(button: Button) -> Button:
    """WeChat adds an empty list of buttons below to each that has none."""
    below = button.get("sub_button") or []
    own = {name: value for name, value in button.items() if name != "sub_button"}
    return own | {"sub_button": [_plain(each) for each in below]} if below else own
