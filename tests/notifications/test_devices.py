"""A person's devices agree, slow clients are held to bounds, and a server that restarts hands its sockets over."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from aladdin.embedded.memory import wait_until
from notifications import marks, notices, streams
from organization.models import Staff
from tests.notifications.builders import COMMITTED, Client, stream_of, told, told_often
from tests.world import Bank, Phone

Connect = Callable[..., Client]

pytestmark = COMMITTED


# --- Read and done ------------------------------------------------------------------------------
def test_what_is_read_on_one_device_the_others_are_told(bank: Bank, connect: Connect) -> None:
    notice = told(bank.rm)
    phone, tablet = connect(bank.rm), connect(bank.rm)
    phone.hello()
    tablet.hello()
    phone.say(type="read", notice=str(notice.pk))
    heard = tablet.hear("marks")
    assert heard["marks"] == 1
    assert [(each["id"], each["sequence"]) for each in heard["notices"]] == [(str(notice.pk), 1)]
    assert heard["notices"][0]["read_at"] is not None
    assert heard["notices"][0]["acted_at"] is None


def test_what_is_done_by_http_the_devices_are_told_without_redis_too(
    bank: Bank, connect: Connect, phone: Callable[[Staff | None], Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = told(bank.rm)
    tablet = connect(bank.rm)
    tablet.hello()
    monkeypatch.setattr("notifications.doorbell.ring", lambda heads: None)
    assert phone(bank.rm).post(f"/api/v1/notices/{notice.pk}/acted").status_code == 200
    (changed,) = tablet.hear("marks")["notices"]
    assert changed["acted_at"] is not None
    assert changed["read_at"] is not None


def test_a_device_that_was_away_hears_what_changed(bank: Bank, connect: Connect) -> None:
    first, second, _ = told_often(bank.rm, 3)
    tablet = connect(bank.rm)
    assert tablet.hello()["streams"][0]["marks"] == 0
    tablet.hang_up()
    for notice in (first, second):
        notices.read(notice.pk, by=bank.rm)
    notices.act(first.pk, by=bank.rm)
    tablet = connect(bank.rm)
    welcome = tablet.hello({"stream": "me", "epoch": stream_of(bank.rm).epoch, "since": 3, "marks": 0})
    heard = tablet.hear("marks")
    assert welcome["streams"][0]["marks"] == heard["marks"] == 3
    assert [(each["sequence"], each["acted_at"] is not None) for each in heard["notices"]] == [(1, True), (2, False)]


def test_a_second_reading_changes_nothing(bank: Bank) -> None:
    notice = told(bank.rm)
    notices.read(notice.pk, by=bank.rm)
    notices.read(notice.pk, by=bank.rm)
    assert marks.standing(stream_of(bank.rm)).last == 1


def test_reading_all_is_one_change_however_many_there_are(bank: Bank, connect: Connect) -> None:
    told_often(bank.rm, 3)
    tablet = connect(bank.rm)
    tablet.hello()
    assert notices.read_all(by=bank.rm, up_to=2) == 2
    heard = tablet.hear("marks")
    assert (heard["marks"], [each["sequence"] for each in heard["notices"]]) == (1, [1, 2])


def test_much_that_changed_comes_in_pages_of_which_the_last_counts(
    bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.subscriptions.PAGE", 2)
    told_often(bank.rm, 3)
    tablet = connect(bank.rm)
    tablet.hello()
    notices.read_all(by=bank.rm, up_to=3)
    pages = [tablet.hear("marks"), tablet.hear("marks")]
    assert [(page["marks"], [each["sequence"] for each in page["notices"]]) for page in pages] == [
        (0, [1, 2]),
        (1, [3]),
    ]


def test_nobody_hears_what_a_colleague_read(bank: Bank, connect: Connect) -> None:
    notice = told(bank.rm)
    stranger = connect(bank.stranger)
    stranger.hello()
    notices.read(notice.pk, by=bank.rm)
    told(bank.stranger)
    stranger.hear("notice")


# --- Received -----------------------------------------------------------------------------------
def test_what_one_device_has_received_the_others_are_told(bank: Bank, connect: Connect) -> None:
    phone, tablet = connect(bank.rm), connect(bank.rm)
    phone.hello()
    tablet.hello()
    told(bank.rm)
    phone.hear("notice")
    tablet.hear("notice")
    phone.say(type="ack", stream="me", sequence=1)
    assert tablet.hear("acknowledged")["sequence"] == 1
    late = connect(bank.rm)
    assert late.hello()["streams"][0]["acknowledged"] == 1


def test_ones_own_acknowledgement_is_not_echoed(bank: Bank, connect: Connect) -> None:
    phone = connect(bank.rm)
    phone.hello()
    told(bank.rm)
    phone.hear("notice")
    phone.say(type="ack", stream="me", sequence=1)
    told(bank.rm)
    assert phone.hear("notice")["sequence"] == 2


def test_after_a_restore_what_was_received_counts_anew(bank: Bank) -> None:
    told_often(bank.rm, 2)
    marks.acknowledge(stream_of(bank.rm), device="phone", sequence=2)
    streams.renew_epochs()
    assert marks.standing(stream_of(bank.rm)).acknowledged == 0
    marks.acknowledge(stream_of(bank.rm), device="phone", sequence=1)
    assert marks.standing(stream_of(bank.rm)).acknowledged == 1


# --- Too far behind -----------------------------------------------------------------------------
def test_whoever_is_too_far_behind_reads_for_himself_and_goes_on_from_now(
    bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch, phone: Callable[[Staff | None], Phone]
) -> None:
    monkeypatch.setattr("notifications.socket.MOST_BEHIND", 3)
    told_often(bank.rm, 5)
    tablet = connect(bank.rm)
    tablet.hello({"stream": "me", "since": 1})
    heard = tablet.hear("resync")
    assert (heard["since"], heard["sequence"]) == (1, 5)
    missed = phone(bank.rm).get("/api/v1/notices", {"since": 1, "epoch": heard["epoch"]}).json()["results"]
    assert [each["sequence"] for each in missed] == [2, 3, 4, 5]
    told(bank.rm)
    assert tablet.hear("notice")["sequence"] == 6


def test_whoever_is_just_within_bounds_is_told_everything(
    bank: Bank, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.socket.MOST_BEHIND", 3)
    told_often(bank.rm, 4)
    tablet = connect(bank.rm)
    tablet.hello({"stream": "me", "since": 1})
    assert tablet.hear_many("notice", 3) == [2, 3, 4]


# --- Restart ------------------------------------------------------------------------------------
@pytest.fixture
def own_server(committed: None, tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A server process of its own on the tests' database, which gets signals as in production."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = connection.settings_dict
    user, password, host = (quote(str(where[name])) for name in ("USER", "PASSWORD", "HOST"))
    database = f"postgresql://{user}:{password}@{host}:{where['PORT']}/{where['NAME']}"
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--timeout-graceful-shutdown", "5"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "aladdin.asgi:application"],
            env=os.environ | {"DATABASE_URL": database},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        assert wait_until(lambda: _is_ready(port), seconds=30), (tmp_path / "server.log").read_text()
        yield f"127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_server_that_restarts_says_when_each_connection_ends_and_delivers_until_then(
    bank: Bank, own_server: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    address, process = own_server
    phones = [Client(address, staff, {}) for staff in (bank.rm, bank.stranger)]
    for phone in phones:
        phone.hello()
    process.send_signal(signal.SIGTERM)
    hints = [phone.hear("restart")["after"] for phone in phones]
    assert len(set(hints)) == len(phones), "all at the same moment"
    assert [phone.hear_end() for phone in phones] == [1012, 1012]
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
