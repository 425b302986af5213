"""Whether our migrations can run on a live table: the migration linter over the rooms' own apps."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]

ACCEPTED = {
    "0002_ledger": "makes a partitioned table in SQL, which the linter takes for an added column",
    "0002_transaction": "the same, for the customers' transactions",
}
"""Migrations that the linter misreads, with the reason; first migrations of an app meet empty tables."""


def rooms() -> list[str]:
    """The apps that lie in this project, not in the virtual environment."""
    return sorted(app.label for app in apps.get_app_configs() if Path(app.path).parent == ROOT)


def main() -> int:
    """Lint them all; 1 where one locks a table for long or breaks the version still running."""
    django.setup()
    from django_migration_linter import MigrationLinter  # noqa: PLC0415 - it imports models

    linter = MigrationLinter(
        str(ROOT),
        include_apps=rooms(),
        ignore_name=list(ACCEPTED),
        ignore_initial_migrations=True,
        no_cache=True,
        quiet=["ok", "ignore"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
