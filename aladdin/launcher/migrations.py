"""Whether our migrations can run on a live table: the migration linter over the rooms' own apps."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]

_BEFORE_THE_FIRST_BANK = "adds required columns or keys to a table that no running bank has filled yet"

ACCEPTED = {
    "0002_ledger": "makes a partitioned table in SQL, which the linter takes for an added column",
    "0002_transaction": "the same, for the customers' transactions",
    "0003_parties": _BEFORE_THE_FIRST_BANK,
    "0004_clocks_and_desks": _BEFORE_THE_FIRST_BANK,
    "0007_products_as_configuration": _BEFORE_THE_FIRST_BANK,
    "0010_approval_people": _BEFORE_THE_FIRST_BANK,
    "0016_disclosure_ways": _BEFORE_THE_FIRST_BANK,
    "0017_imaging": _BEFORE_THE_FIRST_BANK,
    "0019_offline_drafts": _BEFORE_THE_FIRST_BANK,
    "0023_repayments": _BEFORE_THE_FIRST_BANK,
    "0025_schedules_stay": _BEFORE_THE_FIRST_BANK,
    "0028_identity_outcomes": _BEFORE_THE_FIRST_BANK,
    "0034_draws": "its unique keys are over a new table, and over a column of payments that is still empty",
    "0039_firms_borrow": "widens texts; its unique keys are over few consent texts, and a role that no row has yet",
}
"""Migrations that the linter misreads, or that met no live table, with the reason; first migrations of an app meet
empty tables. Whatever is added from now on runs on tables in use: `db_default`, and keys built apart."""


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
