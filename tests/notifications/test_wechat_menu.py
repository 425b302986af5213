"""The account's menu: what WeChat lets in, who publishes it, and that it is really there."""

from typing import Any

import pytest

from aladdin.audit import AuditEntry
from aladdin.problems import Conflict, ProviderFailed, RuleBroken
from notifications.models import WeChatMenu
from notifications.models.wechat_menu import usual_buttons
from notifications.wechat import menu
from tests.sandbox_server import Sandbox
from tests.world import Bank

CLICK = {"name": "待办", "type": "click", "key": "todo"}


def drafted(bank: Bank, buttons: Any = None) -> WeChatMenu:
    return menu.draft(WeChatMenu(buttons=buttons or usual_buttons()), by=bank.admin)


def test_the_houses_own_menu_is_one() -> None:
    assert menu.wrong_with(usual_buttons()) == ""


@pytest.mark.parametrize(
    "buttons",
    [
        [],
        [CLICK] * 4,
        {"name": "x"},
        [CLICK | {"name": "这个名字太长了"}],
        [CLICK | {"name": ""}],
        [CLICK | {"key": "unknown"}],
        [CLICK | {"type": "scan"}],
        [{"name": "网页", "type": "view", "url": "javascript:alert(1)"}],
        [{"name": "网页", "type": "view"}],
        [{"name": "更多", "sub_button": []}],
        [{"name": "更多", "sub_button": [CLICK] * 6}],
        [{"name": "更多", "sub_button": [CLICK], "type": "click", "key": "todo"}],
        [{"name": "更多", "sub_button": [{"name": "再多", "sub_button": [CLICK]}]}],
        ["按钮"],
    ],
)
def test_what_wechat_would_refuse_is_not_drafted(bank: Bank, buttons: Any) -> None:
    with pytest.raises(RuleBroken, match="wechat_menu_wrong"):
        menu.draft(WeChatMenu(buttons=buttons), by=bank.admin)
    assert not WeChatMenu.objects.exists()


def test_a_menu_is_published_by_another_and_read_back(bank: Bank, sandbox: Sandbox) -> None:
    row = drafted(bank)
    with pytest.raises(Conflict, match="checked_by_maker"):
        menu.publish(row, by=bank.admin)
    menu.publish(row, by=bank.product_manager)
    assert WeChatMenu.objects.get().state == WeChatMenu.State.PUBLISHED
    assert menu.read_back() == usual_buttons()
    assert menu.is_shown(row)
    assert AuditEntry.objects.get(action="publish_wechat_menu").by == bank.product_manager


def test_a_new_version_takes_the_place_of_the_old_which_may_come_back(bank: Bank, sandbox: Sandbox) -> None:
    first, second = drafted(bank), drafted(bank, [CLICK])
    for row in (first, second, first):
        menu.publish(row, by=bank.product_manager)
    states = dict(WeChatMenu.objects.values_list("version", "state"))
    assert states == {1: "PUBLISHED", 2: "REPLACED"}
    assert menu.is_shown(first)
    with pytest.raises(Conflict, match="wechat_menu_published"):
        menu.publish(first, by=bank.product_manager)


def test_what_wechat_does_not_take_is_not_published(bank: Bank, sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "menu_create", "error", code="48001")
    with pytest.raises(ProviderFailed, match="wechat_failed"):
        menu.publish(drafted(bank), by=bank.product_manager)
    assert WeChatMenu.objects.get().state == WeChatMenu.State.DRAFT
    assert menu.read_back() == []


def test_a_menu_that_is_not_the_one_that_was_sent_is_noticed(
    bank: Bank, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = drafted(bank)
    monkeypatch.setattr(menu, "read_back", lambda: [CLICK])
    with pytest.raises(ProviderFailed, match="wechat_menu_differs"):
        menu.publish(row, by=bank.product_manager)
    assert WeChatMenu.objects.get().state == WeChatMenu.State.DRAFT
