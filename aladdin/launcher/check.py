"""`bin/check [NAME …]`: what must hold besides the tests. All run; any that fails fails the whole."""

from __future__ import annotations

import argparse
import base64
import difflib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aladdin.embedded import EmbeddedError, services
from aladdin.launcher.run import ROOT, VAR

OPENAPI = ROOT / "docs" / "openapi.yaml"
Environment = dict[str, str]
Check = Callable[[Environment], bool]


def _tool(*command: str) -> Check:
    """A tool of the virtual environment, run in the project's folder."""
    program = str(Path(sys.executable).with_name(command[0]))

    def run(environment: Environment) -> bool:
        return subprocess.run([program, *command[1:]], cwd=ROOT, env=environment, check=False).returncode == 0

    return run


def _manage(*command: str) -> Check:
    return _tool("python", "manage.py", *command)


def _openapi(environment: Environment) -> bool:
    """Whether docs/openapi.yaml is what the code says."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "openapi.yaml"
        if not _manage("spectacular", "--validate", "--fail-on-warn", "--file", str(made))(environment):
            return False
        kept = OPENAPI.read_text() if OPENAPI.exists() else ""
        return _is_same(kept, made.read_text())


def _is_same(kept: str, made: str) -> bool:
    lines = list(difflib.unified_diff(kept.splitlines(), made.splitlines(), "docs/openapi.yaml", "the code", n=1))
    if lines:
        print("\n".join(lines[:60]))
        print("bring it up to date: .venv/bin/python manage.py spectacular --validate --file docs/openapi.yaml")
    return not lines


def _deployment(environment: Environment) -> bool:
    """Whether the production settings satisfy Django's check list; every secret here is made up."""
    production = {
        "DJANGO_SETTINGS_MODULE": "aladdin.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEYS": f"check:{base64.b64encode(bytes(32)).decode()}",
        "BLIND_INDEX_KEY": base64.b64encode(bytes(32)).decode(),
        "PAPER_SEAL": "pkcs12:made-up",
        "ALLOWED_HOSTS": "bank.example",
        "CSRF_TRUSTED_ORIGINS": "https://bank.example",
    }
    return _manage("check", "--deploy", "--fail-level", "WARNING")(environment | production)


def _template_folders() -> list[str]:
    """The house's templates and each room's own."""
    return [str(folder.relative_to(ROOT)) for folder in (ROOT / "templates", *sorted(ROOT.glob("*/templates")))]


CHECKS: dict[str, Check] = {
    "ruff": _tool("ruff", "check", "."),
    "format": _tool("ruff", "format", "--check", "."),
    "mypy": _tool("mypy"),
    "floors": _tool("lint-imports"),
    "djlint": _tool("djlint", "--check", "--lint", "--quiet", *_template_folders()),
    "openapi": _openapi,
    "makemigrations": _manage("makemigrations", "--check", "--dry-run"),
    "migrations": _tool("python", "-m", "aladdin.launcher.migrations"),
    "deployment": _deployment,
}


def main(arguments: list[str] | None = None) -> int:
    """Run those named, or all; 1 if any failed, and a last line that says which."""
    parser = argparse.ArgumentParser(prog="bin/check", description="Run the checkers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKS)}; all without one")
    names = parser.parse_args(arguments).names or list(CHECKS)
    if unknown := set(names) - set(CHECKS):
        parser.error(f"no check is called {', '.join(sorted(unknown))}")
    try:
        with services(VAR / "test", durable=False, fresh=True) as servers:
            failed = [name for name in names if not _holds(name, servers)]
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\nchecks failed: {', '.join(failed)}" if failed else f"\nall {len(names)} checks hold")
    return 1 if failed else 0


def _holds(name: str, servers: dict[str, str]) -> bool:
    print(f"\n== {name}", flush=True)
    given = {"DJANGO_SETTINGS_MODULE": "aladdin.settings.development", "LOG_LEVEL": "WARNING"} | servers
    return CHECKS[name](dict(os.environ) | given)


if __name__ == "__main__":
    sys.exit(main())
