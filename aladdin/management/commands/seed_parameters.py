"""Write every room's thresholds that are not in the parameter table yet."""

from typing import Any

from django.core.management.base import BaseCommand

from aladdin import parameters


class Command(BaseCommand):
    help = "Write the thresholds of every room (<room>/thresholds.py) that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        shipped = parameters.sow(parameters.shipped())
        if options["verbosity"]:
            self.stdout.write(f"thresholds shipped: {shipped}")
