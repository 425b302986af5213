"""Say who can sign in to the demo bank."""

from typing import Any

from django.core.management.base import BaseCommand

from demo import bank


class Command(BaseCommand):
    help = "Print the demo sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(bank.sign_ins()))
