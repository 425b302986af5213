"""Train one of the house's scorecards on published data and write it as the document that a bank loads."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.scorecards import training
from demo.scorecards.specification import CARDS
from loans.decision import scorecard_documents
from loans.decision.scoring import faults


class Command(BaseCommand):
    help = "Train a scorecard; the same data give the same card, to the point."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("card", choices=sorted(CARDS), help="which card")
        parser.add_argument("--data", type=Path, required=True, help="folder that holds card_default/ and berka/")
        parser.add_argument("--out", type=Path, help="where to write the document; nothing is written without")

    def handle(self, *args: Any, **options: Any) -> None:
        spec = CARDS[options["card"]]
        try:
            sample = list(spec.read(options["data"]))
        except FileNotFoundError as missing:
            raise CommandError(f"the data are not there: {missing.filename}") from missing
        document = training.train(spec, sample)
        if found := faults(scorecard_documents.card_of(document)):
            raise CommandError("；".join(found))
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if options["out"]:
            options["out"].write_text(f"{text}\n", encoding="utf-8")
        self.stdout.write(json.dumps(document["figures"], ensure_ascii=False, indent=1))
