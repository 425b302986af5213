"""Group robots in the back office: their keys go in and never come out."""

from typing import Any

import pytest
from django.test import Client

from aladdin import clock
from aladdin.audit import AuditEntry
from notifications.models import Robot, RobotMessage
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.world import Bank

LIST = "/admin/notifications/robot/"


@pytest.fixture
def client(bank: Bank, desk: Desk) -> Client:
    return desk(bank.admin)


def add(client: Client, bank: Bank, **said: Any) -> Robot | None:
    form = {"branch": str(bank.east.pk), "platform": "FEISHU", "name": "业绩播报", "is_active": "on"}
    secrets = {"key": "a-key-to-keep", "secret": "a-secret-to-keep"}
    client.post(f"{LIST}add/", filled_in(client, f"{LIST}add/", **(form | secrets | said)))
    return Robot.objects.first()


def test_a_robot_is_made_and_its_secrets_stay_inside(client: Client, bank: Bank) -> None:
    robot = add(client, bank)
    assert robot is not None
    assert (robot.key, robot.secret) == ("a-key-to-keep", "a-secret-to-keep")
    for path in ("", f"{robot.pk}/change/"):
        page = client.get(f"{LIST}{path}").content.decode()
        assert "to-keep" not in page
        assert robot.key_sealed not in page
    assert "to-keep" not in str(AuditEntry.objects.get(action="add_robot").detail)


@pytest.mark.parametrize("missing", ["key", "secret"])
def test_without_its_secrets_there_is_none(client: Client, bank: Bank, missing: str) -> None:
    assert add(client, bank, **{missing: ""}) is None


def test_wecom_needs_no_secret(client: Client, bank: Bank) -> None:
    robot = add(client, bank, platform="WECOM", secret="")
    assert robot is not None
    assert robot.secret == ""


def test_switching_on_again_keeps_the_key_and_mends_what_was_broken(client: Client, bank: Bank) -> None:
    robot = add(client, bank)
    assert robot is not None
    Robot.objects.update(is_active=False, broken_at=clock.now(), broken_code="19001")
    path = f"{LIST}{robot.pk}/change/"
    client.post(path, filled_in(client, path, is_active="on"))
    robot.refresh_from_db()
    assert (robot.is_active, robot.broken_at, robot.key) == (True, None, "a-key-to-keep")


def test_a_test_message_is_put_in_the_queue(client: Client, bank: Bank) -> None:
    robot = add(client, bank)
    assert robot is not None
    client.post(f"{LIST}{robot.pk}/try_out/", {"_form_submitted": "on"})
    assert RobotMessage.objects.get().text == "广阳支行的群机器人已接通。"
    Robot.objects.update(is_active=False)
    client.post(f"{LIST}{robot.pk}/try_out/", {"_form_submitted": "on"})
    assert messages_of(client.get(LIST))[-2:] == ["测试消息已提交，结果见消息列表", "机器人已停用"]
    assert RobotMessage.objects.count() == 1
