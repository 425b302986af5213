"""Let the demo bank's people take their first loans, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo import loans
from demo.desk import Desk, tell_credit_histories


class Command(BaseCommand):
    help = "Take the demo bank's first loans over the API of the running servers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="where the bank answers")
        parser.add_argument("--sandbox", required=True, help="where the providers' sandbox answers")

    def handle(self, *args: Any, **options: Any) -> None:
        desk = Desk(options["url"])
        if not loans.is_open():
            loans.follow(options["sandbox"])
            tell_credit_histories(options["sandbox"])
            loans.open_all(desk, self.stdout.write)
