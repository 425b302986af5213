"""Load the demo bank, once."""

from typing import Any

from django.core.management.base import BaseCommand

from demo import bank


class Command(BaseCommand):
    help = "Load the demo bank unless there is a bank already."

    def handle(self, *args: Any, **options: Any) -> None:
        if not bank.load(self.stdout.write):
            self.stdout.write("demo bank: there already")
