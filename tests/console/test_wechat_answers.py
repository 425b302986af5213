"""What the account answers from the rooms above: an RM's own figures and his own work, and nobody's name."""

from datetime import timedelta

import pytest

from aladdin import clock
from loans.states import State
from notifications.models import WeChatBinding
from notifications.wechat import bindings, callback
from organization.models import Staff
from tests.console.builders import application, credit, late_check
from tests.world import Bank

OPENID = "oRM0000000001"


def asks(staff: Staff, said: str) -> list[str]:
    """The account's answer, line by line."""
    bindings.bind(staff, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    number = f"{staff.pk}{said}"
    message = {"FromUserName": OPENID, "MsgType": "text", "Content": said, "MsgId": number}
    answer = callback.take(message).splitlines()
    bindings.unbind(staff, by=staff)
    return answer


@pytest.fixture
def figures(lending_bank: Bank) -> Bank:
    """Two RMs of the sub-branch and one of another have brought loans today."""
    bank = lending_bank
    for person, amount in ((bank.rm, "123456.78"), (bank.other_rm, "200000"), (bank.stranger, "50000")):
        credit(person, amount)
    return bank


def test_ranking_says_where_one_stands(figures: Bank) -> None:
    lines = asks(figures.rm, "排名")
    assert lines[0] == "我的排名"
    assert "贷款投放：支行第2/3，分行第2/4" in lines
    assert lines[-1] == "（本月，展业排名，非考核）"


def test_today_says_what_one_did_and_no_exact_amount(figures: Bank) -> None:
    lines = asks(figures.rm, "今日")
    assert "贷款投放：12.3 万元（本月 12.3 万元）" in lines
    assert not any("123456" in line or "123,456" in line for line in lines)


def test_who_is_not_ranked_is_told_so(figures: Bank) -> None:
    assert asks(figures.reviewer, "排名") == ["您目前不在排名之列。"]
    assert asks(figures.reviewer, "今日") == ["今日暂无业绩。"]


def test_work_of_an_rm(lending_bank: Bank) -> None:
    bank = lending_bank
    for state in (State.DRAFT, State.DRAFT, State.INVESTIGATING, State.UNDER_REVIEW):
        application(bank, state)
    application(bank, State.DRAFT, rm=bank.other_rm)
    late_check(bank)
    lines = asks(bank.rm, "待办")
    assert lines == [
        "我的待办",
        f"{State.DRAFT.label}：2 笔",
        f"{State.INVESTIGATING.label}：1 笔",
        "贷后检查：1 项，其中逾期 1 项",
    ]
    assert not any("王" in line for line in lines)


def test_work_at_a_desk(lending_bank: Bank) -> None:
    application(lending_bank, State.SUBMITTED, since=clock.now() - timedelta(hours=1))
    assert asks(lending_bank.reviewer, "待办") == ["我的待办", "审查：本人 0 笔，待领取 1 笔"]
    assert asks(lending_bank.disbursement_officer, "待办") == ["暂无待办。"]
