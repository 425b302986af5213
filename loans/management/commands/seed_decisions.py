"""Publish the hard rules and the scorecards that the house ships."""

from typing import Any

from django.core.management.base import BaseCommand

from loans.decision import scorecards, shipped


class Command(BaseCommand):
    help = "Write the hard rules and the scorecards that the house ships; what is there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"hard rules: {shipped.seed()}, scorecards: {scorecards.seed()}")
