"""What the account answers an employee: by the call itself, in both modes, or later where it took too long."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import connection
from pytest_django import Settings

from aladdin import clock, parameters
from aladdin.clock import SHANGHAI
from notifications import jobs
from notifications.models import WeChatBinding, WeChatEvent
from notifications.wechat import answers, bindings, callback, conversation, replies
from notifications.wechat.answers import contribute
from notifications.wechat.errors import WeChatError
from organization.models import Staff
from tests.conftest import run_due_jobs
from tests.notifications.builders import COMMITTED
from tests.sandbox_server import Sandbox
from tests.world import Bank

OPENID = "oRM0000000001"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=SHANGHAI)
RunJobs = Callable[[], int]


@pytest.fixture
def ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    """One room answers 排名."""
    monkeypatch.setattr(answers, "_answers", {"ranking": {}, "today": {}, "todo": {}})
    contribute("ranking", "performance", lambda staff: f"{staff.name}第 1 名")


def said_by(content: str, *, number: str = "1", openid: str = OPENID) -> str:
    """The account's answer to a text."""
    message = {"ToUserName": "gh_1", "FromUserName": openid, "CreateTime": "1", "MsgType": "text"}
    return callback.take(message | {"Content": content, "MsgId": number})


def event(name: str, key: str = "", *, at: int = 1) -> str:
    message = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": str(at), "MsgType": "event"}
    return callback.take(message | {"Event": name, "EventKey": key})


def bind(staff: Staff) -> None:
    bindings.bind(staff, openid=OPENID, way=WeChatBinding.Way.SANDBOX)


# --- Questions ----------------------------------------------------------------------------------
@pytest.mark.parametrize("said", ["排名", " 排名 ", "排名？", "名次", "ranking"])
def test_a_question_is_answered_about_who_asks(bank: Bank, ranking: None, said: str) -> None:
    bind(bank.rm)
    assert said_by(said) == "我的排名\n王小明第 1 名"


def test_a_button_of_the_menu_asks_the_same(bank: Bank, ranking: None) -> None:
    bind(bank.rm)
    assert event("CLICK", "ranking") == "我的排名\n王小明第 1 名"


def test_rooms_answer_below_each_other(bank: Bank, ranking: None) -> None:
    contribute("todo", "postloan", lambda _: "贷后检查：2 项")
    contribute("todo", "loans", lambda _: "待调查：1 笔")
    contribute("todo", "crm", lambda _: "")
    bind(bank.rm)
    assert said_by("待办") == "我的待办\n待调查：1 笔\n贷后检查：2 项"


def test_nothing_to_say_is_said(bank: Bank, ranking: None) -> None:
    bind(bank.rm)
    assert said_by("待办") == "暂无待办。"


@pytest.mark.parametrize("said", ["你好", "", "转账"])
def test_whatever_else_gets_help(bank: Bank, said: str) -> None:
    bind(bank.rm)
    assert said_by(said) == conversation.HELP


@pytest.mark.parametrize("said", ["排名", "你好"])
def test_a_stranger_learns_how_to_bind_and_nothing_else(bank: Bank, ranking: None, said: str) -> None:
    assert said_by(said) == conversation.UNBOUND


def test_who_has_left_the_bank_is_a_stranger(bank: Bank, ranking: None) -> None:
    bind(bank.rm)
    Staff.objects.filter(pk=bank.rm.pk).update(is_active=False)
    assert said_by("排名") == conversation.UNBOUND


def test_a_message_told_again_gets_the_same_answer_and_asks_nobody(
    bank: Bank, ranking: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind(bank.rm)
    first = said_by("排名")
    monkeypatch.setattr(answers, "_answers", {"ranking": {}, "today": {}, "todo": {}})
    assert said_by("排名") == first
    assert said_by("排名", number="2") == "您目前不在排名之列。"


# --- Binding ------------------------------------------------------------------------------------
def test_binding_is_confirmed(bank: Bank) -> None:
    assert said_by(f"绑定{bindings.invite(bank.rm).nonce}").startswith("绑定成功，王经理您好。")
    assert WeChatBinding.objects.bound().get().staff == bank.rm


def test_a_bad_code_is_told(bank: Bank) -> None:
    for number, said in enumerate(("绑定ABCDEFGHJK", "绑定", "ABCDEFGHJK")):
        assert said_by(said, number=str(number)) == "绑定码无效或已过期，请在阿拉丁中重新获取。"


def test_whoever_comes_by_a_scan_is_welcomed_by_name(bank: Bank) -> None:
    scene = bindings.scene(bindings.invite(bank.rm))
    assert event("subscribe", f"qrscene_{scene}").startswith("绑定成功")


def test_whoever_just_comes_learns_how_to_bind(bank: Bank) -> None:
    assert event("subscribe") == conversation.UNBOUND


def test_unbinding_by_text(bank: Bank) -> None:
    bind(bank.rm)
    assert said_by("解绑") == "已取消绑定，此后不再收到提醒。"
    assert not WeChatBinding.objects.bound().exists()
    assert said_by("解绑", number="2") == conversation.UNBOUND


# --- Too slow -----------------------------------------------------------------------------------
def sleeps(staff: Staff) -> str:
    """Takes longer than the bank allows itself in these tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")
    return f"{staff.name}第 2 名"


@pytest.fixture
def slow(bank: Bank, sandbox: Sandbox, ranking: None) -> Iterator[Staff]:
    """An answer that takes too long."""
    contribute("ranking", "performance", sleeps)
    parameters.Parameter.objects.filter(code="wechat.answer_milliseconds").update(value=20)
    bind(bank.rm)
    with clock.at(NOON):
        yield bank.rm


def test_what_takes_too_long_comes_as_a_customer_service_message(
    slow: Staff, sandbox: Sandbox, run_jobs: RunJobs
) -> None:
    sandbox.followers(OPENID)
    sandbox.says(OPENID, "排名")
    assert said_by("排名") == ""
    run_jobs()
    assert sandbox.chat(OPENID) == ["我的排名\n王小明第 2 名"]
    assert said_by("排名") == "我的排名\n王小明第 2 名", "told again, it is known"
    jobs.answer_wechat(WeChatEvent.objects.get().key)
    assert len(sandbox.chat(OPENID)) == 1


@pytest.mark.parametrize("code", ["45015", "45047", "48001"])
def test_a_late_answer_that_may_not_be_said_is_dropped(
    slow: Staff, sandbox: Sandbox, run_jobs: RunJobs, code: str
) -> None:
    sandbox.fault("wechat", "custom_send", "error", code=code, times=None)
    said_by("排名")
    run_jobs()
    assert len(sandbox.log("wechat", "custom_send")) == 1
    assert WeChatEvent.objects.get().handled_at is not None


def test_a_busy_account_is_asked_again(slow: Staff, sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "custom_send", "error", code="-1")
    said_by("排名")
    key = WeChatEvent.objects.get().key
    with pytest.raises(WeChatError):
        jobs.answer_wechat(key)
    assert WeChatEvent.objects.get().handled_at is None


def test_a_late_answer_that_may_have_arrived_is_not_said_again(slow: Staff, sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "custom_send", "malformed")
    said_by("排名")
    key = WeChatEvent.objects.get().key
    jobs.answer_wechat(key)
    jobs.answer_wechat(key)
    assert len(sandbox.log("wechat", "custom_send")) == 1


# --- The form of an answer ----------------------------------------------------------------------
def test_a_long_answer_is_cut_within_wechats_bytes() -> None:
    assert replies.cut("字" * 700) == "字" * 681 + "…"
    assert len(replies.cut("字" * 700).encode()) <= replies.LONGEST
    assert replies.cut("短") == "短"


@COMMITTED
@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("mode", ["aes", "plain"])
def test_the_phone_shows_the_answer_in_either_mode(
    bank: Bank, sandbox: Sandbox, server: str, ranking: None, settings: Settings, mode: str
) -> None:
    """Through WeChat's side of the protocol, which checks our signature and opens our envelope."""
    if mode == "plain":
        settings.WECHAT = {**settings.WECHAT, "ENCODING_AES_KEY": ""}
    sandbox.callbacks(wechat=f"http://{server}/wechat/callback", wechat_mode=mode)
    sandbox.followers(OPENID)
    sandbox.drain()
    sandbox.says(OPENID, f"绑定{bindings.invite(bank.rm).nonce}")
    sandbox.says(OPENID, "排名")
    sandbox.set_scene("wechat/clicks", {"openid": OPENID, "key": "today"})
    sandbox.drain()
    assert [line.partition("\n")[0] for line in sandbox.chat(OPENID)] == [
        conversation.UNBOUND,
        "绑定成功，王经理您好。业务提醒将发送到此微信。",
        "我的排名",
        "今日暂无业绩。",
    ]
    run_due_jobs()
