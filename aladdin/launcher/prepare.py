"""Bring the database to what the code expects, in one process so that a second start stays quick."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.db import transaction


def main() -> int:
    """Migrate, seed the thresholds, load the demo bank unless it is there, write the demo sign-ins to a file."""
    parser = argparse.ArgumentParser(prog="python -m aladdin.launcher.prepare")
    parser.add_argument("--demo", action="store_true", help="load the demo bank where it is missing")
    parser.add_argument("--sign-ins", type=Path, required=True, help="where to write the demo sign-ins")
    options = parser.parse_args()
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("seed_parameters", verbosity=0)
    call_command("seed_notice_templates", verbosity=0)
    call_command("seed_decisions", verbosity=0)
    if options.demo:
        with transaction.atomic():  # a start that is broken off must not leave half a bank behind
            call_command("load_demo_bank")
    with options.sign_ins.open("w") as out:
        call_command("demo_sign_ins", stdout=out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
