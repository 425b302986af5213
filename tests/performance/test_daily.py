"""The day's figures in a branch's group chats."""

from collections.abc import Callable
from datetime import datetime

import pytest

from aladdin import clock
from aladdin.clock import SHANGHAI
from notifications.models import Robot, RobotMessage
from performance import daily, jobs, ledger
from tests.performance.builders import disburses, entry, on
from tests.sandbox_server import Sandbox
from tests.world import Bank

EVENING = datetime(2026, 6, 10, 18, 30, tzinfo=SHANGHAI)
FIGURES = """\
存款净增：今日 0.0 万元，本月 0.0 万元
新增客户：今日 1.5 户，本月 1.5 户
贷款投放：今日 12.3 万元，本月 62.3 万元
投放笔数：今日 0 笔，本月 0 笔
（展业排名，非考核）"""


@pytest.fixture
def robot(bank: Bank) -> Robot:
    """The sub-branch has a robot; some figures are there."""
    disburses(bank.rm, "123456.78", **on(2026, 6, 10))
    disburses(bank.other_rm, 500_000, **on(2026, 6, 2))
    disburses(bank.stranger, 999_999, **on(2026, 6, 10))
    ledger.post([entry(bank.rm, "1.5", metric="NEW_CUSTOMERS", **on(2026, 6, 10))])
    row = Robot(branch=bank.east, platform="WECOM", name="业绩播报")
    row.key = "key-of-east"
    row.save()
    return row


def test_the_chat_hears_the_branchs_own_sums(robot: Robot, sandbox: Sandbox, run_jobs: Callable[[], int]) -> None:
    with clock.at(EVENING):
        jobs.tell_branches()
        run_jobs()
    (line,) = sandbox.group_lines()
    assert line["title"] == "广阳支行 6月10日业绩"
    assert line["text"] == FIGURES


def test_a_day_is_told_once(robot: Robot) -> None:
    with clock.at(EVENING):
        assert daily.tell_branches() == 1
        assert daily.tell_branches() == 0


@pytest.mark.parametrize("day", [13, 14], ids=["Saturday", "Sunday"])
def test_on_days_off_nothing_is_said(robot: Robot, day: int) -> None:
    with clock.at(EVENING.replace(day=day)):
        jobs.tell_branches()
    assert not RobotMessage.objects.exists()
