"""Feed files as the core banking system writes them (docs/feeds.md)."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Row = Sequence[object]


def feed_file(kind: str, business_date: date, rows: Sequence[Row], totals: Iterable[Decimal] = ()) -> bytes:
    """One gzipped file: header, the lines, trailer with their number and the control totals."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["H", kind, business_date.isoformat(), 1, "UTF-8"])
    out.writerows(["D", *row] for row in rows)
    out.writerow(["T", len(rows), *totals])
    return gzip.compress(text.getvalue().encode(), compresslevel=1, mtime=0)
