"""Load files of the core banking system, in the order given."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crm.feeds import FeedRefused, load
from crm.feeds import rejects as reject_file
from crm.models import FeedFile


class Command(BaseCommand):
    help = "Load core-banking feed files (csv or gz, see docs/feeds.md); damaged lines go to <name>.rejects.csv."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--rejects-to", type=Path, metavar="FOLDER", help="instead of beside each file")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [str(path) for path in options["files"] if not path.is_file()]
        if missing:
            raise CommandError(f"no such file: {', '.join(missing)}")
        refused = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for path in options["files"]:
                refused += not self._load(path, options["rejects_to"] or path.parent, progress)
        if refused:
            raise CommandError(f"files refused: {refused}")

    def _load(self, path: Path, folder: Path, progress: Progress) -> bool:
        task = progress.add_task(path.name, total=None)
        try:
            loaded = load(path, progress=lambda done, total: progress.update(task, completed=done, total=total))
        except FeedRefused as refused:
            self.stderr.write(f"{path.name}: refused, {refused.file.reason}: {refused.file.reason_text}")
            return False
        finally:
            progress.remove_task(task)
        self.stdout.write(_line(path.name, loaded.file, again=loaded.again))
        if loaded.file.rejected:
            self.stdout.write(f"  rejects: {reject_file.write(loaded.file, folder)}")
        return True


def _line(name: str, file: FeedFile, *, again: bool) -> str:
    counts = f"{file.rows} rows, {file.loaded} loaded, {file.unchanged} unchanged, {file.rejected} rejected"
    return f"{name}: {file.kind} {file.business_date}: {counts}{' (loaded before)' if again else ''}"
