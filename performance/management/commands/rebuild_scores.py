"""Write the scores anew from the ledger while the system runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from performance import scores


class Command(BaseCommand):
    help = "Make every score what the ledger says; postings wait meanwhile, readers do not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, help="this year only")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"scores put right: {scores.rebuild(options['year'])}")
