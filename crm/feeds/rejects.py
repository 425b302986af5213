"""The reject file: the damaged lines of a feed with number, code and reason, as a table that Excel opens."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

from django.db.models import Count

from crm.models import FeedFile

HEADINGS = ("line_no", "code", "reason", "line")
# A byte-order mark, without which Excel takes Chinese for something else.
_BOM = "\ufeff"
# What a spreadsheet would run as a formula.
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def name_of(file: FeedFile) -> str:
    """`customers_2026-03-31.csv.gz` → `customers_2026-03-31.rejects.csv`."""
    return f"{file.name.removesuffix('.gz').removesuffix('.csv')}.rejects.csv"


def quoted_name_of(file: FeedFile) -> str:
    """As a header may carry it."""
    return quote(name_of(file))


def counted(file: FeedFile) -> dict[str, int]:
    """How many lines were rejected for which reason."""
    rows = file.rejects.order_by().values("code").annotate(lines=Count("id")).order_by("code")
    return dict(rows.values_list("code", "lines"))


def as_csv(file: FeedFile) -> bytes:
    """The rejects in the order of their lines; clear personal data, so only for who may load feeds."""
    table = io.StringIO()
    table.write(_BOM)
    rows = csv.writer(table)
    rows.writerow(HEADINGS)
    for reject in file.rejects.order_by("line_no").iterator(chunk_size=1_000):
        line = reject.line
        rows.writerow([reject.line_no, reject.code, reject.reason, f"'{line}" if line.startswith(_RUNS) else line])
    return table.getvalue().encode()


def write(file: FeedFile, folder: Path) -> Path:
    """Write the reject file into `folder`, readable by its owner alone; where it lies."""
    path = folder / name_of(file)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(as_csv(file))
    return path
