"""Write the texts of notices that the house ships."""

from typing import Any

from django.core.management.base import BaseCommand

from notifications import notice_texts


class Command(BaseCommand):
    help = "Write the texts of all kinds of notices that have none in the table yet; what the bank keeps stays."

    def handle(self, *args: Any, **options: Any) -> None:
        new = notice_texts.seed()
        if options["verbosity"]:
            self.stdout.write(f"texts of notices: {new}")
