"""Prove that every score is what the ledger says; each difference is printed and ends in exit status 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance import scores


class Command(BaseCommand):
    help = "Compare every score with the sum of its ledger entries; exit status 1 where any differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, help="this year only")

    def handle(self, *args: Any, **options: Any) -> None:
        differences = scores.check(options["year"])
        for difference in differences:
            self.stdout.write(str(difference))
        if differences:
            raise CommandError(f"{len(differences)} scores differ from the ledger")
        self.stdout.write("every score equals the ledger")
