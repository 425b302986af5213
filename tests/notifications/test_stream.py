"""The notice stream over a real server, a real database and a real Redis."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client as Browser
from pytest_django import Settings
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_to

from aladdin import clock
from aladdin.embedded.account import server_account, settle
from aladdin.embedded.memory import Memory, wait_until
from aladdin.embedded.redis_server import Redis
from notifications import doorbell, notices, streams
from notifications.models import Acknowledgement, Notice
from organization.models import Staff
from organization.people import give_roles, leave
from organization.roles import Role
from tests.notifications.builders import COMMITTED, Client, stream_of, told, told_often
from tests.world import PASSWORD, Bank

Connect = Callable[..., Client]

pytestmark = COMMITTED


# --- Delivery and resume ------------------------------------------------------------------------
def test_a_notice_arrives_with_its_number_and_text(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    welcome = phone.hello()
    notice = told(bank.rm)
    heard = phone.hear("notice")
    place = {"stream": "me", "epoch": str(stream_of(bank.rm).epoch), "sequence": 0}
    assert welcome["streams"] == [place | {"marks": 0, "acknowledged": 0}]
    assert (heard["sequence"], heard["id"], heard["title"]) == (1, str(notice.pk), "贷款已批复")
    assert heard["severity"] == "BUSINESS"
    assert heard["read_at"] is None


def test_what_was_missed_comes_first_and_in_order(bank: Bank, connect: Connect) -> None:
    told_often(bank.rm, 5)
    phone = connect(bank.rm)
    phone.hello({"stream": "me", "epoch": stream_of(bank.rm).epoch, "since": 2})
    told_often(bank.rm, 2)
    assert phone.hear_many("notice", 5) == [3, 4, 5, 6, 7]


def test_more_than_a_page_is_caught_up_without_a_gap(bank: Bank, connect: Connect) -> None:
    notices.notify_many(
        notices.Message(
            recipient=bank.rm,
            kind="ranking.changed",
            event_key=f"r{number}",
            values={"metric": "存款", "period": "本月", "branch": "广阳支行", "previous_rank": "2", "rank": "1"},
        )
        for number in range(250)
    )
    phone = connect(bank.rm)
    phone.hello({"stream": "me", "since": 0})
    assert phone.hear_many("notice", 250) == list(range(1, 251))


def test_notices_told_meanwhile_follow_those_that_were_missed(bank: Bank, connect: Connect) -> None:
    told_often(bank.rm, 3)
    first, second = connect(bank.rm), connect(bank.rm)
    for phone in (first, second):
        phone.hello({"stream": "me", "since": 0})
    told(bank.rm)
    assert first.hear_many("notice", 4) == second.hear_many("notice", 4) == [1, 2, 3, 4]


def test_nobody_hears_what_another_was_told(bank: Bank, connect: Connect) -> None:
    stranger = connect(bank.stranger)
    stranger.hello()
    told(bank.rm)
    told(bank.stranger, kind="loan.rejected", reason="收入不足")
    assert stranger.hear("notice")["kind"] == "loan.rejected"


# --- Beginning anew -----------------------------------------------------------------------------
def test_another_epoch_begins_anew(bank: Bank, connect: Connect) -> None:
    told_often(bank.rm, 3)
    phone = connect(bank.rm)
    phone.hello({"stream": "me", "epoch": uuid4(), "since": 1})
    assert phone.hear("reset")["sequence"] == 3
    told(bank.rm)
    assert phone.hear("notice")["sequence"] == 4


def test_a_client_ahead_of_the_bank_begins_anew(bank: Bank, connect: Connect) -> None:
    told(bank.rm)
    phone = connect(bank.rm)
    phone.hello({"stream": "me", "epoch": stream_of(bank.rm).epoch, "since": 9})
    assert phone.hear("reset")["sequence"] == 1


def test_a_restore_ends_open_connections_with_4409(bank: Bank, connect: Connect) -> None:
    told(bank.rm)
    phone = connect(bank.rm)
    phone.hello()
    call_command("renew_stream_epochs", verbosity=0)
    assert phone.hear("reset")["epoch"] == str(stream_of(bank.rm).epoch)
    assert phone.hear_end() == 4409


# --- Signing in ---------------------------------------------------------------------------------
def test_a_wrong_token_is_refused(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.say(type="hello", token="no such token", device_id=phone.device, streams=[{"stream": "me"}])
    assert phone.hear_end() == 4401


def test_a_token_is_good_on_its_own_device_alone(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.say(type="hello", token=phone.token, device_id="another", streams=[{"stream": "me"}])
    assert phone.hear_end() == 4401


def test_nothing_is_answered_before_the_hello(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.say(type="ping")
    assert phone.hear_end() == 4401


def test_a_client_that_says_nothing_is_sent_away(bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.socket.HELLO_WITHIN", 0.05)
    assert connect(bank.rm).hear_end() == 4401


def test_a_withdrawn_token_ends_the_connection(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.hello()
    phone.sign_out()
    assert phone.hear_end() == 4401


def test_the_token_is_never_logged(bank: Bank, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "uvicorn.error"):
        phone = connect(bank.rm)
        phone.hello()
        phone.say(type="hello", token=phone.token)
        phone.hear("error")
    assert len(phone.token) > 12
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.client"]
    assert phone.token[:12] not in "\n".join(ours)


# --- Browsers -----------------------------------------------------------------------------------
def _session(staff: Staff) -> str:
    """The cookie of a browser in which this person is signed in."""
    browser = Browser()
    assert browser.login(username=staff.employee_no, password=PASSWORD)
    return f"sessionid={browser.cookies['sessionid'].value}"


def test_a_page_of_ours_needs_no_token(bank: Bank, connect: Connect, server: str) -> None:
    page = connect(bank.manager, Origin=f"http://{server}", Cookie=_session(bank.manager))
    page.hello()
    told(bank.manager)
    assert page.hear("notice")["sequence"] == 1


def test_a_page_of_another_site_is_turned_away(bank: Bank, connect: Connect) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(bank.manager, Origin="https://elsewhere.example", Cookie=_session(bank.manager))
    assert refused.value.response.status_code == 403


def test_a_session_without_an_origin_counts_for_nothing(bank: Bank, connect: Connect) -> None:
    program = connect(bank.manager, Cookie=_session(bank.manager))
    program.say(type="hello", streams=[{"stream": "me"}])
    assert program.hear_end() == 4401


def test_signing_out_of_the_browser_ends_the_connection(bank: Bank, connect: Connect, server: str) -> None:
    page = connect(bank.manager, Origin=f"http://{server}", Cookie=_session(bank.manager))
    page.hello()
    Session.objects.all().delete()
    assert page.hear_end() == 4401


def test_a_new_password_ends_sessions(bank: Bank, connect: Connect, server: str) -> None:
    page = connect(bank.manager, Origin=f"http://{server}", Cookie=_session(bank.manager))
    page.hello()
    bank.manager.set_password("another horse 10")
    bank.manager.save()
    assert page.hear_end() == 4401


def test_whoever_leaves_the_bank_is_cut_off(bank: Bank, connect: Connect, server: str) -> None:
    page = connect(bank.manager, Origin=f"http://{server}", Cookie=_session(bank.manager))
    page.hello()
    leave(bank.manager, by=None)
    assert page.hear_end() == 4401


def test_there_is_no_other_socket(bank: Bank, server: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect_to(f"ws://{server}/ws/v1/other", proxy=None):
        pass
    assert refused.value.response.status_code == 403


# --- Boards -------------------------------------------------------------------------------------
def test_a_manager_sees_his_branch_move(bank: Bank, connect: Connect) -> None:
    board = streams.key_of_branch(bank.east.pk)
    phone = connect(bank.manager)
    phone.hello({"stream": "me"}, {"stream": board})
    streams.publish(board, "ranking_changed", {"metric": "DEPOSIT_NET_INCREASE"})
    heard = phone.hear("board")
    assert (heard["stream"], heard["sequence"], heard["kind"]) == (board, 1, "ranking_changed")
    assert heard["payload"] == {"metric": "DEPOSIT_NET_INCREASE"}


def test_everybody_at_a_board_gets_everything_in_order(bank: Bank, connect: Connect) -> None:
    board = streams.key_of_branch(bank.east.pk)
    early, late = connect(bank.manager), connect(bank.rm)
    early.hello({"stream": board})
    for number in range(3):
        streams.publish(board, "moved", {"number": number})
    late.hello({"stream": board, "since": 0})
    streams.publish(board, "moved", {"number": 3})
    assert early.hear_many("board", 4) == late.hear_many("board", 4) == [1, 2, 3, 4]


def test_another_branchs_board_is_not_permitted(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.say(
        type="hello",
        token=phone.token,
        device_id=phone.device,
        streams=[{"stream": streams.key_of_branch(bank.west.pk)}],
    )
    assert phone.hear_end() == 4403


def test_a_board_closes_to_whoever_is_moved_to_another_branch(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.hello({"stream": streams.key_of_branch(bank.east.pk)})
    bank.rm.branch = bank.west
    bank.rm.save()
    assert phone.hear_end() == 4403


def test_other_rights_that_still_allow_the_board_leave_it_open(bank: Bank, connect: Connect) -> None:
    board = streams.key_of_branch(bank.east.pk)
    phone = connect(bank.rm)
    phone.hello({"stream": board})
    give_roles(bank.rm, [Role.TEAM_LEAD], by=None)
    streams.publish(board, "moved", {})
    assert phone.hear_many("board", 1) == [1]
    phone.say(type="ping")
    phone.hear("pong")


def test_events_that_are_no_longer_kept_begin_anew(bank: Bank, connect: Connect) -> None:
    board = streams.key_of_branch(bank.east.pk)
    for number in range(3):
        streams.publish(board, "moved", {"number": number})
    with clock.at(clock.now() + timedelta(days=3)):
        assert streams.forget_board_events() == 3
    phone = connect(bank.manager)
    phone.hello({"stream": board, "since": 1})
    assert phone.hear("reset")["sequence"] == 3


# --- What the client says -----------------------------------------------------------------------
def test_what_is_read_here_is_read_everywhere(bank: Bank, connect: Connect) -> None:
    notice = told(bank.rm)
    phone = connect(bank.rm)
    phone.hello()
    phone.say(type="read", notice=str(notice.pk))
    assert phone.hear("read")["notice"] == str(notice.pk)
    assert Notice.objects.get(pk=notice.pk).read_at is not None


def test_a_strangers_notice_cannot_be_read(bank: Bank, connect: Connect) -> None:
    notice = told(bank.rm)
    phone = connect(bank.stranger)
    phone.hello()
    phone.say(type="read", notice=str(notice.pk))
    assert phone.hear("error")["code"] == "not_found"
    assert Notice.objects.get(pk=notice.pk).read_at is None


def test_an_acknowledgement_never_goes_back_nor_beyond_what_was_sent(bank: Bank, connect: Connect) -> None:
    told_often(bank.rm, 3)
    phone = connect(bank.rm)
    phone.hello({"stream": "me", "since": 0})
    phone.hear_many("notice", 3)
    for sequence in (2, 1, 99):
        phone.say(type="ack", stream="me", sequence=sequence)
        phone.say(type="ping")
        phone.hear("pong")
        assert _acknowledged(phone) == (2 if sequence < 99 else 3)


def test_a_stream_that_is_not_followed_is_not_acknowledged(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.manager)
    phone.hello({"stream": streams.key_of_branch(bank.east.pk)})
    phone.say(type="ack", stream="me", sequence=0)
    assert phone.hear("error")["code"] == "not_subscribed"


def _acknowledged(phone: Client) -> int:
    return Acknowledgement.objects.get(device=phone.device).sequence


def test_what_is_not_understood_is_refused_and_the_talk_goes_on(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.hello()
    for text, code in (("{", "malformed"), (b"{}", "malformed"), ('{"type":"dance"}', "unknown_type")):
        phone.say_text(text)
        assert phone.hear("error")["code"] == code
    phone.say(type="hello", token=phone.token)
    assert phone.hear("error")["code"] == "already_signed_in"
    phone.say(type="ping")
    phone.hear("pong")


def test_silence_is_broken_by_a_heartbeat(bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.socket.HEARTBEAT_EVERY", 0.05)
    phone = connect(bank.rm)
    phone.hello()
    phone.hear("heartbeat")


def test_whoever_takes_nothing_is_cut_off_and_reads_on_later(
    bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("notifications.socket.SLOW_AFTER", 0.5)
    caplog.set_level(logging.INFO, "notifications.socket")
    board, count = streams.key_of_branch(bank.east.pk), 80
    stalled = connect(bank.manager)
    stalled.hello({"stream": board})
    for _ in range(count):  # far more than the buffers between us hold
        streams.publish(board, "moved", {"figures": "x" * 300_000})
    assert wait_until(lambda: "client too slow" in caplog.text, seconds=10)
    heard = stalled.hear_to_the_end()
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) < count
    again = connect(bank.manager)
    again.hello({"stream": board, "since": len(heard)})
    assert again.hear_many("board", count - len(heard)) == list(range(len(heard) + 1, count + 1))


# --- Without Redis ------------------------------------------------------------------------------
def test_without_redis_notices_come_within_two_seconds(bank: Bank, connect: Connect, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    phone = connect(bank.rm)
    phone.hello()
    before = time.monotonic()
    told_often(bank.rm, 3)
    assert phone.hear_many("notice", 3) == [1, 2, 3]
    assert time.monotonic() - before < 2


def test_a_ring_that_was_lost_is_made_up_for(bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = connect(bank.rm)
    phone.hello()
    monkeypatch.setattr("notifications.doorbell.ring", lambda heads: None)
    told(bank.rm)
    assert phone.hear_many("notice", 1) == [1]


def test_the_doorbell_makes_it_quick(bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.hub.LOOK_EVERY", 3600.0)
    phone = connect(bank.rm)
    phone.hello()
    _wait_for_doorbell()
    told_often(bank.rm, 2)
    assert phone.hear_many("notice", 2) == [1, 2]


def test_the_doorbell_heals_by_itself(
    bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch, settings: Settings, late_redis: Redis
) -> None:
    monkeypatch.setattr("notifications.hub.LOOK_EVERY", 3600.0)
    settings.REDIS_URL = late_redis.url
    phone = connect(bank.rm)
    phone.hello()
    for number in (1, 2):
        late_redis.start(durable=False)
        _wait_for_doorbell()
        told(bank.rm)
        assert phone.hear_many("notice", 1) == [number]
        late_redis.stop()


@pytest.fixture
def late_redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of its own that does not run yet; its port is known."""
    account = server_account()
    home = settle(tmp_path / "late", account)
    memory = Memory(home)
    memory.port("redis_port")
    server = Redis(home, account, memory)
    yield server
    server.stop()


def _wait_for_doorbell() -> None:
    """Until the server's hub has subscribed."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert wait_until(lambda: int(client.publish(doorbell.channel(), b"{}")) > 0, seconds=10)
