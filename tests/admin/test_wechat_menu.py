"""The official account's menu in the back office."""

import json

import pytest

from notifications.models import WeChatMenu
from organization.models import Staff
from organization.roles import Role
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.sandbox_server import Sandbox
from tests.world import Bank, hire

LIST = "/admin/notifications/wechatmenu/"


@pytest.fixture
def publisher(bank: Bank) -> Staff:
    return hire(bank.head, Staff.Position.HEAD_OFFICE, Role.SYS_ADMIN, is_staff=True)


def test_one_drafts_another_publishes_and_both_can_compare(
    bank: Bank, desk: Desk, publisher: Staff, sandbox: Sandbox
) -> None:
    maker = desk(bank.admin)
    maker.post(f"{LIST}add/", filled_in(maker, f"{LIST}add/"))
    row = WeChatMenu.objects.get()
    assert (row.version, row.maker) == (1, bank.admin)
    for client in (maker, desk(publisher)):
        client.post(f"{LIST}{row.pk}/compare/", {"_form_submitted": "on"})
        client.post(f"{LIST}{row.pk}/publish/", {"_form_submitted": "on"})
    row.refresh_from_db()
    assert (row.state, row.publisher) == (WeChatMenu.State.PUBLISHED, publisher)
    maker.post(f"{LIST}{row.pk}/compare/", {"_form_submitted": "on"})
    told = messages_of(maker.get(LIST))
    assert told[-3:] == ["微信当前菜单与此版本不一致", "经办人不能发布自己的菜单", "微信当前菜单与此版本一致"]


def test_a_menu_that_wechat_would_refuse_is_not_kept(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    said = filled_in(client, f"{LIST}add/") | {
        "buttons": json.dumps([{"name": "待办", "type": "click", "key": "todo"}] * 4)
    }
    answer = client.post(f"{LIST}add/", said, follow=True)
    assert not WeChatMenu.objects.exists()
    assert "一级按钮应为 1 至 3 个" in answer.content.decode()
