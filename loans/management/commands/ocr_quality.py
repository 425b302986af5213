"""How well cards and licences are read, field by field."""

import io
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from aladdin import clock
from loans.models import DocumentReading
from loans.ocr import quality


class Command(BaseCommand):
    help = "Accuracy of OCR by document and field, from what relationship managers corrected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="readings confirmed in the last DAYS days (30)")
        parser.add_argument("--kind", choices=DocumentReading.Kind.values, default="", help="one kind of document only")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = quality.report(since=clock.now() - timedelta(days=options["days"]), kind=options["kind"])
        table = Table("证件", "字段", "确认", "更正", "未识别", "准确率 %", "正确置信度", "错误置信度", "平均编辑距离")
        for line in lines:
            figures = (line.confirmed, line.corrected, line.unread, line.accuracy)
            sure = (line.confidence_of_right, line.confidence_of_wrong, line.distance)
            shown = ["" if each is None else str(each) for each in (*figures, *sure)]
            table.add_row(DocumentReading.Kind(line.kind).label, line.label, *shown)
        console = Console(width=120, record=True, file=io.StringIO())
        console.print(table)
        self.stdout.write(console.export_text())
