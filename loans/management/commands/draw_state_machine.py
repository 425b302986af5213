"""Write the state machine's documents, or check that they are as the code is."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from loans import drawing


class Command(BaseCommand):
    help = "Draw the loan application's states and moves into docs/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail where a document differs")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.ROOT) / "docs"
        documents = {"dot": drawing.dot(), "md": drawing.page()}
        for ending, text in documents.items():
            path = folder / f"loan-application-states.{ending}"
            if not options["check"]:
                folder.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{path.name} is not as the code is: run manage.py draw_state_machine")
        self.stdout.write("the state machine's documents are as the code is")
