"""Template messages through a server that speaks WeChat's protocol: the shared token, and what errors mean."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from notifications.refusals import Meaning
from notifications.wechat import access_token, client, crypto, messages
from notifications.wechat.errors import WeChatError
from sandbox.wechat import fields
from tests.sandbox_server import Ear, Sandbox

RM = "oRelationshipManager00000001"
DATA = {"thing1": "您有一条支取提醒, 请登录阿拉丁查看", "name2": "张*明", "time3": "2026年3月2日 14:05"}
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _follows(request: pytest.FixtureRequest) -> None:
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").followers(RM, name="王建国")


def send(**changes: Any) -> int:
    asked: dict[str, Any] = {
        "openid": RM,
        "template_id": "template-01",
        "data": DATA,
        "url": "https://bank.example/notices/1",
        "client_msg_id": "notice-1",
    }
    return client.send_template(**{**asked, **changes})


def failure(**changes: Any) -> WeChatError:
    with pytest.raises(WeChatError) as caught:
        send(**changes)
    return caught.value


def tokens_asked(sandbox: Sandbox) -> list[bool]:
    """For each time that a token was asked for: whether it was forced."""
    return [call["body"]["force_refresh"] for call in sandbox.log("wechat", "stable_token")]


# --- Sending ------------------------------------------------------------------------------------
def test_a_message_arrives_with_its_fields(sandbox: Sandbox) -> None:
    msgid = send()
    (message,) = sandbox.messages(RM)
    assert message["msgid"] == msgid
    assert message["lines"] == [
        ["事项", DATA["thing1"]],
        ["姓名", DATA["name2"]],
        ["时间", DATA["time3"]],
    ]
    assert message["url"] == "https://bank.example/notices/1"


def test_sent_twice_under_one_reference_it_arrives_once(sandbox: Sandbox) -> None:
    assert send() == send()
    assert len(sandbox.messages(RM)) == 1


def test_a_message_whose_answer_was_lost_arrives_once(sandbox: Sandbox, settings: Settings) -> None:
    send(client_msg_id="before")
    settings.WECHAT = {**settings.WECHAT, "TIMEOUT": 0.2}
    sandbox.fault("wechat", "send_template", "timeout_after")
    error = failure()
    assert (error.meaning, error.may_have_arrived) == (Meaning.RETRY, True)
    assert send()
    assert len(sandbox.messages(RM)) == 2


@pytest.mark.parametrize("fault", ["timeout_before", "http", "malformed"])
def test_no_readable_answer_is_worth_another_try(sandbox: Sandbox, settings: Settings, fault: str) -> None:
    settings.WECHAT = {**settings.WECHAT, "TIMEOUT": 0.2}
    sandbox.fault("wechat", "send_template", fault)
    error = failure()
    assert (error.meaning, error.is_permanent, error.may_have_arrived) == (Meaning.RETRY, False, True)


def test_a_message_that_never_left_cannot_have_arrived(sandbox: Sandbox, settings: Settings) -> None:
    send()
    settings.WECHAT = {**settings.WECHAT, "BASE_URL": "http://127.0.0.1:1"}
    error = failure()
    assert (error.meaning, error.may_have_arrived) == (Meaning.RETRY, False)


def test_nor_one_for_which_there_was_no_token(sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "stable_token", "http")
    error = failure()
    assert (error.meaning, error.may_have_arrived) == (Meaning.RETRY, False)
    assert sandbox.log("wechat", "send_template") == []


@pytest.mark.parametrize(
    "code,meaning",
    [
        (-1, Meaning.RETRY),
        (45011, Meaning.RETRY),
        (40003, Meaning.UNREACHABLE),
        (43004, Meaning.UNREACHABLE),
        (43101, Meaning.UNREACHABLE),
        (45015, Meaning.UNREACHABLE),
        (45047, Meaning.UNREACHABLE),
        (45009, Meaning.PAUSE_UNTIL_MIDNIGHT),
        (40013, Meaning.ALARM),
        (40125, Meaning.ALARM),
        (40164, Meaning.ALARM),
        (41001, Meaning.ALARM),
        (48004, Meaning.ALARM),
        (40037, Meaning.ALARM),
        (47003, Meaning.ALARM),
        (48001, Meaning.ALARM),
        (50002, Meaning.ALARM),
        (99999, Meaning.ALARM),
    ],
)
def test_each_code_has_its_meaning(sandbox: Sandbox, code: int, meaning: Meaning) -> None:
    sandbox.fault("wechat", "send_template", "error", code=str(code))
    error = failure()
    assert (error.errcode, error.meaning) == (code, meaning)
    assert len(sandbox.log("wechat", "send_template")) == 1


def test_who_left_is_unreachable(sandbox: Sandbox) -> None:
    sandbox.followers(RM, follows=False)
    error = failure()
    assert (error.errcode, error.meaning, error.is_permanent) == (43004, Meaning.UNREACHABLE, True)


def test_wrong_credentials_raise_the_alarm(sandbox: Sandbox, settings: Settings) -> None:
    settings.WECHAT = {**settings.WECHAT, "APP_SECRET": "old"}
    assert (failure().errcode, failure().meaning) == (40125, Meaning.ALARM)


# --- The token ----------------------------------------------------------------------------------
def test_the_token_is_asked_for_once(sandbox: Sandbox) -> None:
    for number in range(3):
        send(client_msg_id=f"notice-{number}")
    assert tokens_asked(sandbox) == [False]


@pytest.mark.parametrize("redis_url", ["", NO_REDIS])
def test_many_at_once_ask_once(sandbox: Sandbox, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url or settings.REDIS_URL
    start = threading.Barrier(8)

    def one(number: int) -> int:
        start.wait()
        return send(client_msg_id=f"notice-{number}")

    with ThreadPoolExecutor(8) as people:
        assert len(set(people.map(one, range(8)))) == 8
    assert tokens_asked(sandbox) == [False]


def test_it_works_without_redis(sandbox: Sandbox, settings: Settings) -> None:
    settings.REDIS_URL = NO_REDIS
    assert send() != send(client_msg_id="notice-2")
    assert tokens_asked(sandbox) == [False]


def test_it_works_while_redis_goes_away_and_comes_back(sandbox: Sandbox, settings: Settings) -> None:
    there = settings.REDIS_URL
    for number, url in enumerate((there, NO_REDIS, there)):
        settings.REDIS_URL = url
        assert send(client_msg_id=f"notice-{number}")
    assert tokens_asked(sandbox) == [False]


def test_an_expired_token_is_replaced_once(sandbox: Sandbox) -> None:
    send()
    sandbox.advance(7201)
    assert send(client_msg_id="notice-2")
    assert [call["answer"]["errcode"] for call in sandbox.log("wechat", "send_template")] == [0, 42001, 0]
    assert tokens_asked(sandbox) == [False, False]


def test_a_token_that_wechat_still_hands_out_but_refuses_is_forced(sandbox: Sandbox) -> None:
    send()
    sandbox.fault("wechat", "send_template", "error", code="40001")
    assert send(client_msg_id="notice-2")
    assert tokens_asked(sandbox) == [False, False, True]


def test_where_a_fresh_token_is_refused_too_it_stops(sandbox: Sandbox) -> None:
    sandbox.fault("wechat", "send_template", "error", code="40001", times=None)
    error = failure()
    assert (error.meaning, error.is_permanent) == (Meaning.REFRESHED_ONCE, False)
    assert len(sandbox.log("wechat", "send_template")) == 2


def test_many_whose_token_is_refused_get_one_new_one(sandbox: Sandbox) -> None:
    send(client_msg_id="before")
    sandbox.advance(7201)
    start = threading.Barrier(6)

    def one(number: int) -> int:
        start.wait()
        return send(client_msg_id=f"notice-{number}")

    with ThreadPoolExecutor(6) as people:
        assert len(set(people.map(one, range(6)))) == 6
    assert tokens_asked(sandbox) == [False, False]


def test_a_token_in_its_last_minutes_is_renewed_beforehand(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    send()
    sandbox.advance(6950)
    ours = time.time
    monkeypatch.setattr(time, "time", lambda: ours() + 6950)
    assert send(client_msg_id="notice-2")
    assert [call["answer"]["errcode"] for call in sandbox.log("wechat", "send_template")] == [0, 0]
    assert tokens_asked(sandbox) == [False, False]


# --- Privacy ------------------------------------------------------------------------------------
def test_neither_token_nor_person_is_in_any_log_or_error(
    sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    send()
    token = access_token.current()
    settings.WECHAT = {**settings.WECHAT, "TIMEOUT": 0.2}
    sandbox.fault("wechat", "send_template", "timeout_before")
    error = failure()
    assert "/cgi-bin/message/template/send" in caplog.text
    for secret in (token, RM, settings.WECHAT["APP_SECRET"]):
        assert secret not in caplog.text
        assert secret not in repr(error) + str(error)
    assert error.__cause__ is None, "a cause would carry the request, and the request the token"


# --- Fields -------------------------------------------------------------------------------------
def test_wrong_fields_are_not_sent(sandbox: Sandbox) -> None:
    error = failure(data={"thing1": "一" * 21, "phrase2": "OK"})
    assert (error.errcode, error.meaning) == (47003, Meaning.ALARM)
    assert sandbox.log("wechat") == []


@pytest.mark.parametrize(
    "name,value",
    [
        ("thing1", "一" * 21),
        ("thing1", "两\n行"),
        ("thing1", "好😀"),
        ("thing1", " "),
        ("phrase1", "超过五个字了"),
        ("amount1", "约五万"),
        ("date1", "三月二日"),
        ("time1", "25:00"),
        ("number1", "三"),
        ("character_string1", "编号7"),
        ("name1", "阿" * 11),
        ("keyword1", "旧式"),
        ("thing", "没有编号"),
    ],
)
def test_what_wechat_would_refuse_is_refused_here(name: str, value: str) -> None:
    with pytest.raises(messages.FieldsInvalid) as caught:
        messages.check({name: value, "thing9": "好"})
    assert list(caught.value.errors) == [name]


def test_no_fields_are_too_few() -> None:
    with pytest.raises(messages.FieldsInvalid):
        messages.check({})


NAMES = st.sampled_from([f"{kind}1" for kind in messages.TYPES])
VALUES = st.one_of(
    st.text(max_size=35),
    st.text("0123456789.-:~年月日 元¥", max_size=35),
    st.text("ABCabc019张王审批*", max_size=22),
    st.dates().map(messages.day),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 2)).map(messages.moment),  # noqa: DTZ001  hypothesis adds the zone
)


@given(name=NAMES, value=VALUES)
def test_whatever_passes_here_passes_at_wechat(name: str, value: str) -> None:
    try:
        messages.check({name: value})
    except messages.FieldsInvalid:
        return
    assert fields.fits(name, value)


@given(kind=st.sampled_from(["thing", "name", "const"]), text=st.text(max_size=60))
def test_a_text_can_be_made_to_fit(kind: str, text: str) -> None:
    fitted = messages.fit(f"{kind}1", text)
    if fitted:
        messages.check({f"{kind}1": fitted})
    assert len(fitted) <= messages.TYPES[kind].limit


def test_dates_are_those_of_shanghai() -> None:
    evening_utc = datetime(2026, 3, 1, 17, 5, tzinfo=UTC)
    assert messages.moment(evening_utc) == "2026年3月2日 01:05"
    assert messages.day(date(2026, 3, 2)) == "2026年3月2日"


# --- What WeChat tells us -----------------------------------------------------------------------
def test_the_delivery_s_result_comes_back_sealed(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.callbacks(wechat=ear.url)
    msgid = send()
    sandbox.drain()
    (heard,) = ear.heard
    event = crypto.read_message(heard.query, heard.body)
    assert (event["Event"], event["MsgID"], event["Status"]) == (
        "TEMPLATESENDJOBFINISH",
        str(msgid),
        "success",
    )
    assert event["FromUserName"] == RM
    assert RM.encode() not in heard.body


def test_or_plain_for_an_account_without_a_key(sandbox: Sandbox, ear: Ear, settings: Settings) -> None:
    sandbox.callbacks(wechat=ear.url, wechat_mode="plain")
    settings.WECHAT = {**settings.WECHAT, "ENCODING_AES_KEY": ""}
    sandbox.fault("wechat", "send_template", "user_block")
    send()
    sandbox.drain()
    (heard,) = ear.heard
    assert crypto.read_message(heard.query, heard.body)["Status"] == "failed:user block"


def test_an_event_that_is_not_taken_comes_three_times(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.callbacks(wechat=ear.url)
    ear.refusals = 5
    send()
    sandbox.drain()
    events = [crypto.read_message(heard.query, heard.body) for heard in ear.heard]
    assert len(events) == 3
    assert events[0] == events[1] == events[2]


def test_following_and_leaving_are_told(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.callbacks(wechat=ear.url)
    sandbox.followers("oNew", scene="rm:E00001:n1")
    sandbox.followers("oNew", follows=False)
    sandbox.drain()
    events = [crypto.read_message(heard.query, heard.body) for heard in ear.heard]
    assert {(each["Event"], each["EventKey"]) for each in events} == {
        ("subscribe", "qrscene_rm:E00001:n1"),
        ("unsubscribe", ""),
    }


def test_the_server_s_address_is_verified(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.callbacks(wechat=ear.url)
    assert sandbox.set_scene("wechat/verify", {}) == {"verified": True}
    (heard,) = ear.heard
    assert crypto.verify_server(heard.query) == heard.query["echostr"]
