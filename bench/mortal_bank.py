"""A bank whose servers can be killed: the processes of `bin/run` on a PostgreSQL and a Redis of their own.

A process that ends is started again, as whatever keeps servers running in a bank does it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import django
import httpx

from aladdin.embedded import held
from aladdin.embedded.account import server_account, settle
from aladdin.embedded.memory import Memory, wait_until
from aladdin.embedded.postgres import Postgres
from aladdin.embedded.redis_server import Redis
from aladdin.launcher import run
from aladdin.launcher.addresses import LOOPBACK, Addresses
from aladdin.launcher.children import Children, StopSignals
from bench.running_bank import free_port

_PID_FILES = {"postgres": "cluster/postmaster.pid", "redis": "server.pid"}
_LOOK_EVERY = 0.2


@dataclass
class MortalBank:
    """Where it answers, and the means to kill its parts. This process has its settings too."""

    addresses: Addresses
    postgres: Postgres
    redis: Redis
    environment: dict[str, str]
    logs: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    _is_closing: bool = False

    @property
    def url(self) -> str:
        """Of the web server."""
        return self.addresses.web

    @property
    def sandbox(self) -> str:
        """Of the providers' stand-ins."""
        return self.addresses.sandbox

    # --- Running -------------------------------------------------------------------------------
    def open(self) -> None:
        """Start every process, and wait until the bank can serve."""
        for name in run.commands(self.addresses):
            self._start(name)
        threading.Thread(target=self._keep_running, name="keeper", daemon=True).start()
        self.wait_ready()

    def wait_ready(self, *, seconds: float = 120.0) -> None:
        """Until the web server answers on a database that fits its code. Raises TimeoutError."""
        if not wait_until(lambda: run.is_ready(self.addresses), seconds=seconds):
            raise TimeoutError(f"the bank is not back after {seconds:.0f} s: see {self.logs}")

    def _start(self, name: str) -> None:
        command = [str(part) for part in run.commands(self.addresses)[name]]
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603  our own commands
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _keep_running(self) -> None:
        while not self._is_closing:
            for name, process in list(self.processes.items()):
                if process.poll() is not None and not self._is_closing:
                    self.restarts[name] = self.restarts.get(name, 0) + 1
                    self._start(name)
            time.sleep(_LOOK_EVERY)

    def close(self) -> None:
        """End every process."""
        self._is_closing = True
        time.sleep(2 * _LOOK_EVERY)
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    # --- Dying ---------------------------------------------------------------------------------
    def kill(self, name: str) -> None:
        """`kill -9` of a process or server, and its return; returns once the bank can serve again."""
        if name in _PID_FILES:
            server: Postgres | Redis = self.postgres if name == "postgres" else self.redis
            pid = int((server.home / _PID_FILES[name]).read_text().splitlines()[0])
            os.kill(pid, signal.SIGKILL)
            if not wait_until(lambda: not _is_alive(pid)):
                raise TimeoutError(f"{name} does not die")
            server.start(durable=True)
        else:
            process = self.processes[name]
            os.killpg(process.pid, signal.SIGKILL)
            wait_until(lambda: self.processes[name] is not process)
        self.wait_ready()

    def seconds_of(self, name: str) -> float:
        """Processor seconds that the process has used."""
        fields = Path(f"/proc/{self.processes[name].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]


@contextlib.contextmanager
def mortal_bank(prepared: Callable[[], None]) -> Iterator[MortalBank]:
    """A bank on durable servers (what is acknowledged is on disk); `prepared` is called once the database is there,
    with this process's settings in place, and before the processes start."""
    addresses = Addresses(LOOPBACK, free_port(), free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="aladdin-bench-") as folder, StopSignals().listening() as stop:
        account = server_account()
        home = settle(Path(folder), account)
        memory = Memory(home)
        postgres, redis = Postgres(home, account, memory), Redis(home, account, memory)
        with held(home):
            try:
                postgres.start(durable=True)
                redis.start(durable=True)
                ours = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
                environment = {**run.environment_of(home, addresses), **ours}
                os.environ.update(environment)
                with run.tended(Children(home / "log", environment, stop, verbose=False)) as children:
                    run.prepare(children, home, demo=False)
                django.setup()
                prepared()
                bank = MortalBank(addresses, postgres, redis, environment, home / "log")
                try:
                    bank.open()
                    yield bank
                finally:
                    bank.close()
            finally:
                redis.stop()
                postgres.stop()


def control(bank: MortalBank, method: str, path: str, content: object = None) -> dict[str, object]:
    """A call at the sandbox's control door."""
    answer = httpx.request(method, f"{bank.sandbox}/_sandbox/{path}", json=content, timeout=30, trust_env=False)
    answer.raise_for_status()
    found: dict[str, object] = answer.json()
    return found
