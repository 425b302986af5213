"""Robots in branches' group chats, at the three platforms of the sandbox."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from notifications import robots
from notifications.kinds import NoticeFault
from notifications.models import Robot, RobotMessage
from notifications.models.robot import Platform
from notifications.robots import dingtalk, feishu, saying
from tests.sandbox_server import Sandbox
from tests.world import Bank

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
TEXT = "存款净增 320.5 万元\n贷款投放 180.0 万元（3 笔）"
RunJobs = Callable[[], int]
_Status = RobotMessage.Status


@pytest.fixture(autouse=True)
def at_noon(bank: Bank, sandbox: Sandbox) -> Iterator[None]:
    """At noon, and waits take no time; the platforms know one robot each."""
    known = [
        {"platform": each.lower(), "key": f"key-{each}", "secret": f"secret-{each}", "group": "广阳支行"}
        for each in Platform.values
    ]
    sandbox.set_scene("robots/robots", known)
    with clock.at(NOON):
        yield


def robot(bank: Bank, platform: str, *, key: str = "", secret: str = "") -> Robot:
    row = Robot(branch=bank.east, platform=platform, name="业绩播报")
    row.key = key or f"key-{platform}"
    row.secret = secret or ("" if platform == Platform.WECOM else f"secret-{platform}")
    row.save()
    return row


def say(bank: Bank, reference: str = "daily/2026-11-25", **more: bool) -> list[RobotMessage]:
    return robots.say(branch=bank.east, title="今日业绩", text=TEXT, reference=reference, **more)


def only() -> RobotMessage:
    return RobotMessage.objects.get()


# --- What is said -------------------------------------------------------------------------------
def test_every_robot_of_the_branch_says_it(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    for platform in Platform.values:
        robot(bank, platform)
    say(bank)
    run_jobs()
    lines = sandbox.group_lines()
    assert {line["platform"] for line in lines} == {"wecom", "feishu", "dingtalk"}
    assert {(line["title"], line["text"]) for line in lines} == {("今日业绩", TEXT)}
    assert set(RobotMessage.objects.values_list("status", "outcome")) == {(_Status.SENT, "accepted")}


def test_it_is_said_once(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    robot(bank, Platform.WECOM)
    assert len(say(bank)) == 1
    assert say(bank) == []
    run_jobs()
    saying.speak(only().pk)
    assert len(sandbox.group_lines()) == 1


def test_other_branches_hear_nothing(bank: Bank, run_jobs: RunJobs) -> None:
    robot(bank, Platform.WECOM)
    assert robots.say(branch=bank.west, text=TEXT, reference="1") == []
    assert robots.branches_with_robots() == [bank.east]


@pytest.mark.parametrize(
    "text",
    [
        "请联系 13800001234",
        "卡号 6222020402000000016 已到账",
        "11010519491231002X 已授信",
        "写信给 zhang@example.com",
        " ",
    ],
)
def test_nothing_of_persons_is_said(bank: Bank, text: str) -> None:
    robot(bank, Platform.WECOM)
    with pytest.raises(NoticeFault):
        robots.say(branch=bank.east, text=text, reference="1")
    assert not RobotMessage.objects.exists()


def test_figures_of_a_branch_are_said(bank: Bank) -> None:
    robot(bank, Platform.WECOM)
    assert robots.say(branch=bank.east, text="本年投放 1,234,567,890.12 元，合同 20261125 号", reference="1")


def test_keys_are_sealed(bank: Bank) -> None:
    robot(bank, Platform.FEISHU)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM notifications_robot r")
        (kept,) = cursor.fetchone()
    assert "key-FEISHU" not in kept
    assert "secret-FEISHU" not in kept


def test_at_night_it_waits_unless_it_is_urgent(bank: Bank, run_jobs: RunJobs) -> None:
    robot(bank, Platform.WECOM)
    with clock.at(NOON.replace(hour=22)):
        say(bank, "quiet")
        say(bank, "urgent", is_urgent=True)
        run_jobs()
    sent = dict(RobotMessage.objects.values_list("reference", "sent_at"))
    assert sent == {"quiet": NOON.replace(day=26, hour=8), "urgent": NOON.replace(hour=22)}


# --- How it is signed ---------------------------------------------------------------------------
def test_feishus_signature() -> None:
    assert feishu.signature("demo", "1599360473") == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


def test_dingtalks_signature() -> None:
    assert dingtalk.signature("demo", "1599360473000") == "eblRZvilBzXa6Ce18IeBM4pMy1rYNWKicaCg6VMwQe0="


@pytest.mark.parametrize(
    "platform, code",
    [(Platform.FEISHU, "19021"), (Platform.DINGTALK, "310000")],
)
def test_a_wrong_secret_is_ours_to_mend(
    bank: Bank, sandbox: Sandbox, run_jobs: RunJobs, platform: str, code: str
) -> None:
    robot(bank, platform, secret="another")
    say(bank)
    run_jobs()
    assert (only().status, only().outcome, only().attempts) == (_Status.FAILED, code, 1)
    assert AuditEntry.objects.filter(action="robot_refused").count() == 1
    assert Robot.objects.get().is_active


# --- What the platforms refuse ------------------------------------------------------------------
@pytest.mark.parametrize(
    "platform, code",
    [(Platform.WECOM, "93000"), (Platform.FEISHU, "19001"), (Platform.DINGTALK, "300001")],
)
def test_a_robot_that_was_removed_falls_silent(
    bank: Bank, sandbox: Sandbox, run_jobs: RunJobs, platform: str, code: str
) -> None:
    robot(bank, platform, key="gone")
    say(bank, "first")
    waiting = say(bank, "second")
    run_jobs()
    row = Robot.objects.get()
    assert (row.is_active, row.broken_at, row.broken_code) == (False, NOON, code)
    assert AuditEntry.objects.get(action="robot_gone").subject == f"robot/{row.pk}"
    assert RobotMessage.objects.get(pk=waiting[0].pk).status == _Status.FAILED
    assert len(sandbox.log("robots")) == 1
    assert say(bank, "third") == []


@pytest.mark.parametrize(
    "platform, code, wait",
    [
        (Platform.WECOM, "-1", 1),
        (Platform.WECOM, "45009", 1),
        (Platform.FEISHU, "11232", 1),
        (Platform.DINGTALK, "-1", 1),
        (Platform.DINGTALK, "130101", 10),
    ],
)
def test_busy_and_too_fast_are_tried_again_in_time(
    bank: Bank, sandbox: Sandbox, run_jobs: RunJobs, platform: str, code: str, wait: int
) -> None:
    sandbox.fault("robots", platform.lower(), "error", code=code)
    robot(bank, platform)
    say(bank)
    run_jobs()
    assert (only().status, only().attempts) == (_Status.SENT, 2)
    assert only().sent_at == NOON + timedelta(minutes=wait)


def test_busy_for_ever_is_given_up(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    sandbox.fault("robots", "wecom", "error", code="-1", times=None)
    robot(bank, Platform.WECOM)
    say(bank)
    run_jobs()
    assert (only().status, only().attempts, only().outcome) == (_Status.FAILED, 4, "-1")


@pytest.mark.parametrize(
    "platform, code", [(Platform.WECOM, "40058"), (Platform.FEISHU, "19024"), (Platform.DINGTALK, "430102")]
)
def test_what_may_not_be_said_is_shown_to_somebody(
    bank: Bank, sandbox: Sandbox, run_jobs: RunJobs, platform: str, code: str
) -> None:
    sandbox.fault("robots", platform.lower(), "error", code=code, times=None)
    robot(bank, platform)
    say(bank)
    run_jobs()
    assert (only().status, only().attempts) == (_Status.FAILED, 1)
    assert AuditEntry.objects.filter(action="robot_refused").count() == 1


@pytest.mark.parametrize("fault", ["timeout_after", "malformed", "timeout_before"])
def test_what_may_have_been_heard_is_not_said_again(
    bank: Bank, sandbox: Sandbox, run_jobs: RunJobs, fault: str
) -> None:
    sandbox.fault("robots", "wecom", fault)
    robot(bank, Platform.WECOM)
    say(bank)
    run_jobs()
    assert (only().status, only().outcome) == (_Status.FAILED, "unknown")
    assert len(sandbox.log("robots")) == 1


def test_a_worker_that_died_while_speaking_says_nothing_again(bank: Bank, sandbox: Sandbox, run_jobs: RunJobs) -> None:
    robot(bank, Platform.WECOM)
    say(bank)
    RobotMessage.objects.update(attempts=1, unknown_since=NOON)
    run_jobs()
    assert (only().status, only().outcome) == (_Status.FAILED, "unknown")
    assert sandbox.group_lines() == []


def test_no_more_than_twenty_a_minute(bank: Bank, sandbox: Sandbox) -> None:
    """Ours come first: the platform never has to say that we are too fast."""
    robot(bank, Platform.WECOM)
    messages = [each for number in range(22) for each in say(bank, f"alert/{number:02}")]
    for message in messages:
        saying.speak(message.pk)
    assert RobotMessage.objects.filter(sent_at=NOON).count() == 20
    waiting = RobotMessage.objects.filter(status=_Status.PENDING)
    assert {(each.next_attempt_at, each.attempts) for each in waiting} == {(NOON + timedelta(minutes=1), 0)}
    assert len(sandbox.log("robots")) == 20
