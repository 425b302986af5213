"""`bin/run` as a person uses it: the whole bank starts, stops, and comes back with its data."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from aladdin.embedded import Services
from tests.launcher.conftest import Wait

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("whole-bank"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes below /proc"),
]


class Desk:
    """A desk with a `var` and a port of its own, and at most one bank running on it."""

    def __init__(self, var: Path) -> None:
        self.home = var / "demo"
        self.port = _three_free_ports()
        self._environment = os.environ | {"ALADDIN_VAR": str(var), "PORT": str(self.port)}
        for name in ("DATABASE_URL", "REDIS_URL", "HOST", "SANDBOX_PORT", "SANDBOX_MAIL_PORT"):
            self._environment.pop(name, None)
        self._environment["DJANGO_SETTINGS_MODULE"] = "aladdin.settings.development"

    @contextlib.contextmanager
    def bank(self, *, until: str = "Ctrl-C") -> Iterator["subprocess.Popen[str]"]:
        """`bin/run`, ready unless told otherwise; killed at the end if it still runs."""
        command = [sys.executable, "-m", "aladdin.launcher.run"]
        with subprocess.Popen(
            command, env=self._environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as launcher:
            try:
                self.shown = _read_until(launcher, until)
                yield launcher
            finally:
                launcher.kill()

    def get(self, path: str, *, port: int | None = None) -> httpx.Response:
        """A page of the bank (or of the sandbox, by its port)."""
        return httpx.get(f"http://127.0.0.1:{port or self.port}{path}", timeout=10, trust_env=False)

    def database_url(self) -> str:
        """The address of the desk's own PostgreSQL."""
        return Services(self.home).environment()["DATABASE_URL"]

    def processes(self) -> list[int]:
        """Everything on this machine that was started with this desk's `var` or runs its servers."""
        marks = (f"ALADDIN_VAR={self.home.parent}".encode(), str(self.home).encode())
        return [pid for pid in map(int, _numbers("/proc")) if pid != os.getpid() and _mentions(pid, marks)]


def _three_free_ports() -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = int(first.getsockname()[1])
            with (
                contextlib.suppress(OSError, OverflowError),
                socket.create_server(("127.0.0.1", port + 1)),
                socket.create_server(("127.0.0.1", port + 2)),
            ):
                return port


def _numbers(folder: str) -> list[str]:
    return [entry.name for entry in Path(folder).iterdir() if entry.name.isdigit()]


def _mentions(pid: int, marks: tuple[bytes, ...]) -> bool:
    text = b""
    for name in ("environ", "cmdline"):
        with contextlib.suppress(OSError):
            text += Path(f"/proc/{pid}/{name}").read_bytes() + b"\0"
    return any(mark in text for mark in marks)


def _read_until(launcher: "subprocess.Popen[str]", end: str) -> str:
    assert launcher.stdout is not None
    lines = []
    for line in launcher.stdout:
        lines.append(line)
        if end in line:
            return "".join(lines)
    assert launcher.stderr is not None
    pytest.fail(f"the bank did not start:\n{''.join(lines)}\n{launcher.stderr.read()}")


def _child(launcher: "subprocess.Popen[str]", mark: bytes) -> int:
    pids = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    return next(int(pid) for pid in pids if mark in Path(f"/proc/{pid}/cmdline").read_bytes())


def _note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS entered (text text)")
        connection.execute("INSERT INTO entered VALUES (%s)", [text])


def _notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM entered").fetchall()]


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    made = Desk(folder / "var")
    yield made
    if made.home.exists():
        Services(made.home).stop()


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def test_a_bank_starts_stops_and_comes_back_with_what_was_entered(desk: Desk, wait_until: Wait) -> None:
    with desk.bank() as launcher:
        assert desk.get("/healthz").status_code == 200
        assert desk.get("/readyz").json()["status"] == "ready"
        assert desk.get("/healthz", port=desk.port + 1).status_code == 200
        for door in ("/console/", "/api/docs/", "/admin/", "/phone"):
            assert door in desk.shown
        _note(desk.database_url(), "before Ctrl-C")
        launcher.send_signal(signal.SIGINT)
        assert launcher.wait(timeout=60) == 0
    wait_until(lambda: not desk.processes())

    with desk.bank() as launcher:  # and now the launcher itself is killed
        _note(desk.database_url(), "before kill -9")
        launcher.kill()
        launcher.wait(timeout=60)

    with desk.bank() as launcher:
        assert _notes(desk.database_url()) == ["before Ctrl-C", "before kill -9"]
        launcher.terminate()
        assert launcher.wait(timeout=60) == 0
    wait_until(lambda: not desk.processes())


def test_a_first_start_that_is_broken_off_leaves_no_half_bank_nor_a_dead_worker_half_a_house(
    desk: Desk, wait_until: Wait
) -> None:
    """Two stories on one bank, since a first start takes half a minute."""
    with desk.bank(until="客户与流水") as launcher:
        launcher.send_signal(signal.SIGINT)
        assert launcher.wait(timeout=60) == 0

    with desk.bank() as launcher:
        with psycopg.connect(desk.database_url()) as connection:
            assert connection.execute("SELECT count(*) > 100 FROM crm_customer").fetchone() == (True,)
        os.kill(_child(launcher, b"worker\0--concurrency"), signal.SIGKILL)
        assert launcher.wait(timeout=60) == 1
        assert launcher.stderr is not None
        assert "worker ended unexpectedly (signal 9)" in launcher.stderr.read()
    wait_until(lambda: not desk.processes())


def test_a_second_bank_on_the_same_port_is_refused_before_anything_starts(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", desk.port)):
        command = [sys.executable, "-m", "aladdin.launcher.run"]
        environment = os.environ | {"ALADDIN_VAR": str(desk.home.parent), "PORT": str(desk.port)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"端口 {desk.port} 已被占用" in done.stderr
    assert not desk.home.exists()
