"""The desk's own secrets, made once, so that what was entered yesterday can be read today."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "FIELD_KEYS": lambda: f"desk-1:{_key()}",
    "BLIND_INDEX_KEY": _key,
    "PAPER_SEAL": lambda: f"seed:{_key()}",
    "CORE_BANKING_SIGNING_KEY": _key,
    "IDENTITY_VERIFICATION_SIGNING_KEY": _key,
    "CREDIT_BUREAU_SIGNING_KEY": _key,
    "E_SIGNING_SIGNING_KEY": _key,
    "GEOCODER_SIGNING_KEY": _key,
}


def desk_secrets(file: Path) -> dict[str, str]:
    """The secrets of `file` (NAME=value lines, its owner's alone); those missing are made and added."""
    kept = _read(file)
    made = {name: make() for name, make in MAKERS.items() if name not in kept}
    if made:
        _write(file, kept | made)
    return kept | made


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}


def _write(file: Path, values: dict[str, str]) -> None:
    """Through a new file: a crash must not leave half a key behind data it encrypted."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with fresh.open("w") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
