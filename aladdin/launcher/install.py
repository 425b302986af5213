"""`bin/setup [--dev]`: the virtual environment with the locked requirements.

Runs on a bare Python, so it imports the standard library only. What is installed is remembered by the
hash of the locks: a second call does nothing.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
SUPPORTED = ((3, 11), (3, 13))


class SetupError(RuntimeError):
    """The environment cannot be made; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Make or complete `.venv`; quiet when there is nothing to do."""
    parser = argparse.ArgumentParser(prog="bin/setup", description="Make .venv from the locked requirements.")
    parser.add_argument("--dev", action="store_true", help="also what testing and checking needs")
    options = parser.parse_args(arguments)
    try:
        install(VENV, ["requirements.txt", "requirements-dev.txt"] if options.dev else ["requirements.txt"])
    except SetupError as error:
        print(f"bin/setup: {error}", file=sys.stderr)
        return 1
    return 0


def install(folder: Path, locks: list[str]) -> None:
    """Bring `folder` to what `locks` name; one at a time, so that two starts do not meet."""
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_complete(folder, locks):
            return
        if not _is_usable(folder):
            _make(folder)
        _pip_install(folder, locks)
        for name in locks:
            _stamp(folder, name).write_text(_digest(name))


def _is_complete(folder: Path, locks: list[str]) -> bool:
    stamps = {name: _stamp(folder, name) for name in locks}
    installed = all(stamp.exists() and stamp.read_text() == _digest(name) for name, stamp in stamps.items())
    return installed and os.access(folder / "bin" / "python", os.X_OK)


def _is_usable(folder: Path) -> bool:
    """Whether a supported Python with pip is there, and not the rest of an interrupted start."""
    python = folder / "bin" / "python"
    check = f"import sys, pip; sys.exit(not {SUPPORTED[0]} <= sys.version_info[:2] <= {SUPPORTED[1]})"
    try:
        done = subprocess.run([python, "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _make(folder: Path) -> None:
    print(f"making {folder.name} with Python {sys.version.split()[0]} …", flush=True)
    for old in folder.iterdir():
        if old.name != "setup.lock":
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    try:
        venv.create(folder, with_pip=True)
    except subprocess.CalledProcessError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        hint = f"this Python has no pip of its own; on Debian or Ubuntu: apt-get install python{version}-venv"
        raise SetupError(hint) from error


def _stamp(folder: Path, lock: str) -> Path:
    return folder / f"installed-{lock}"


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def _pip_install(folder: Path, locks: list[str]) -> None:
    print(f"installing {' and '.join(locks)} (about a minute the first time) …", flush=True)
    flags = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--no-input", "-qq"]
    files = [part for lock in locks for part in ("-r", str(ROOT / lock))]
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", *flags, *files]
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise SetupError("pip could not install the requirements; its message stands above")


if __name__ == "__main__":
    sys.exit(main())
