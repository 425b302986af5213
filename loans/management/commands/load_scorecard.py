"""Load a trained scorecard as a draft, which another person publishes in the back office."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aladdin.problems import Problem
from loans.decision import scorecards
from organization.models import Staff


class Command(BaseCommand):
    help = "Load the document that train_scorecard wrote, in the name of the person who answers for it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", type=Path)
        parser.add_argument("--by", required=True, metavar="EMPLOYEE_NO", help="the maker")

    def handle(self, *args: Any, **options: Any) -> None:
        maker = Staff.objects.active().filter(employee_no=options["by"]).first()
        if maker is None:
            raise CommandError(f"nobody at work has the number {options['by']}")
        try:
            version = scorecards.load(json.loads(options["document"].read_text(encoding="utf-8")), by=maker)
        except Problem as refusal:
            raise CommandError(refusal.detail) from refusal
        except (OSError, ValueError) as unreadable:
            raise CommandError(f"not a document: {unreadable}") from unreadable
        self.stdout.write(f"{version} is a draft; another person publishes it")
