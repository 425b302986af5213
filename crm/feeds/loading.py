"""Loading a file: checked whole, then merged in one transaction, damaged lines put aside."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction

from aladdin import audit, clock, partitions
from aladdin.problems import RuleBroken
from crm.feeds import accounts, customers, transactions
from crm.feeds.envelope import DataLine, Envelope, FileRefused, digest, opened, unpacked
from crm.feeds.fields import LineRejected
from crm.feeds.kinds import Kind, Rejection, kind_called, register
from crm.models import FeedFile, FeedReject
from organization.models import Staff

_PROGRESS_EVERY = 1_000
_LONGEST_KEPT_LINE = 4_000

for _kind in (customers.KIND, accounts.KIND, transactions.KIND):
    register(_kind)


class FeedRefused(RuleBroken):
    """The file as a whole was not taken; `file` is the row that keeps the reason."""

    def __init__(self, file: FeedFile) -> None:
        extra = {name: file.totals[name] for name in ("expected", "found") if file.totals.get(name)}
        super().__init__(
            "feed_refused", f"文件整体拒绝：{file.reason_text}", reason=file.reason, file=str(file.pk), **extra
        )
        self.file = file


@dataclass(frozen=True)
class Loaded:
    """The file's row, and whether it had been loaded before (then nothing was done)."""

    file: FeedFile
    again: bool


def load(
    source: Path | bytes,
    *,
    by: Staff | None = None,
    name: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """Take in one file of the core banking system; the same content again changes nothing.

    `progress(lines read, lines in all)` is called now and then. Raises FeedRefused."""
    raw = source.read_bytes() if isinstance(source, Path) else source
    name = name or (source.name if isinstance(source, Path) else "")
    try:
        content = unpacked(raw)
    except FileRefused as refusal:
        raise _refuse(_known(digest(raw), name, by), refusal) from refusal
    file = _known(digest(content), name, by)
    if file.state in (FeedFile.State.LOADED, FeedFile.State.LOADED_WITH_REJECTS):
        return Loaded(file, again=True)
    try:
        envelope = opened(content)
        kind = _kind_of(envelope)
        totals = _agreed_totals(kind, envelope)
    except FileRefused as refusal:
        raise _refuse(file, refusal) from refusal
    return _load(file, kind, envelope, totals, progress or _silent)


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


# --- Checked whole ------------------------------------------------------------------------------
def _known(sha256: str, name: str, by: Staff | None) -> FeedFile:
    """The file's row; seen before a first line goes in, so that a load broken off leaves a trace."""
    file, _ = FeedFile.objects.get_or_create(
        sha256=sha256, defaults={"name": _plain(name) or f"{sha256[:12]}.csv", "loaded_by": by}
    )
    return file


def _plain(name: str) -> str:
    """The name without folders, of characters that are good in any file system and header."""
    return re.sub(r"[^\w.()-]", "_", Path(name).name)[:120]


def _refuse(file: FeedFile, refusal: FileRefused) -> FeedRefused:
    file.state = FeedFile.State.REFUSED
    file.reason, file.reason_text = refusal.reason, refusal.text
    file.totals = {"expected": refusal.expected, "found": refusal.found}
    file.finished_at = clock.now()
    file.save()
    audit.record(by=file.loaded_by, action="refuse_feed", subject=f"feed/{file.pk}", reason=refusal.reason)
    return FeedRefused(file)


def _kind_of(envelope: Envelope) -> Kind:
    kind = kind_called(envelope.header.kind)
    if kind is None:
        raise FileRefused("unknown_kind", "不认识的文件类型", found=envelope.header.kind[:40])
    if envelope.header.version != kind.version:
        raise FileRefused(
            "unknown_version", "不支持的文件版本", expected=kind.version, found=envelope.header.version[:40]
        )
    return kind


def _agreed_totals(kind: Kind, envelope: Envelope) -> dict[str, str]:
    """The control totals, where the lines say the same as the trailer. Raises FileRefused."""
    said = envelope.trailer
    if len(said) != 1 + len(kind.totals) or not said[0].isascii() or not said[0].isdigit():
        raise FileRefused("trailer_invalid", "尾行格式不正确")
    if int(said[0]) != len(envelope.lines):
        raise FileRefused(
            "count_disagrees", "尾行的行数与实际不符", expected=said[0][:20], found=str(len(envelope.lines))
        )
    totals = {"lines": said[0]}
    for (total, _), expected, found in zip(kind.totals, said[1:], _sums(kind, envelope), strict=True):
        if not _same_amount(expected, found):
            raise FileRefused(
                "total_disagrees", f"尾行的控制总数与实际不符（{total}）", expected=expected[:40], found=f"{found:f}"
            )
        totals[total] = f"{found:f}"
    return totals


def _sums(kind: Kind, envelope: Envelope) -> list[Decimal]:
    sums = [Decimal(0)] * len(kind.totals)
    if not kind.totals:
        return sums
    for line in envelope.lines:
        values = _as_far_as_readable(kind, envelope, line)
        for place, (_, counted) in enumerate(kind.totals):
            sums[place] += counted(values)
    return sums


def _as_far_as_readable(kind: Kind, envelope: Envelope, line: DataLine) -> dict[str, str]:
    """The line's fields by column, with what is missing at its end empty: damaged lines count as well."""
    try:
        said = envelope.fields_of(line)
    except LineRejected:
        said = envelope.text_of(line).split(",")[1:]
    return dict(zip(kind.columns, said + [""] * len(kind.columns), strict=False))


def _same_amount(said: str, found: Decimal) -> bool:
    try:
        return len(said) <= 40 and Decimal(said) == found
    except ArithmeticError:
        return False


# --- Merged -------------------------------------------------------------------------------------
def _load(
    file: FeedFile, kind: Kind, envelope: Envelope, totals: dict[str, str], progress: Callable[[int, int], None]
) -> Loaded:
    """Once more where somebody made the same customer meanwhile: the second time it is a known one."""
    day = envelope.header.business_date
    # Outside the load's transaction: a new partition locks the default one until the commit.
    partitions.ensure_months(day - timedelta(days=31), day)
    try:
        return _load_once(file, kind, envelope, totals, progress)
    except IntegrityError:
        return _load_once(file, kind, envelope, totals, progress)


@transaction.atomic
def _load_once(
    file: FeedFile, kind: Kind, envelope: Envelope, totals: dict[str, str], progress: Callable[[int, int], None]
) -> Loaded:
    _take_turn(kind)
    locked = FeedFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if locked.state in (FeedFile.State.LOADED, FeedFile.State.LOADED_WITH_REJECTS):
        return Loaded(locked, again=True)
    day = envelope.header.business_date
    rejections: list[Rejection] = []
    merged = kind.merge(_read(kind, envelope, rejections, progress), day)
    rejections += merged.rejections
    _keep(locked, envelope, rejections)
    locked.kind, locked.business_date, locked.totals = kind.name, day, totals
    locked.rows, locked.loaded, locked.unchanged = len(envelope.lines), merged.loaded, merged.unchanged
    locked.rejected = len(rejections)
    locked.state = FeedFile.State.LOADED_WITH_REJECTS if rejections else FeedFile.State.LOADED
    locked.reason, locked.reason_text, locked.finished_at = "", "", clock.now()
    locked.save()
    audit.record(by=locked.loaded_by, action="load_feed", subject=f"feed/{locked.pk}", kind=kind.name, rows=locked.rows)
    return Loaded(locked, again=False)


def _take_turn(kind: Kind) -> None:
    """Files of one kind go in one after the other: side by side they could wait for each other in a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"feed|{kind.name}"])


def _read(
    kind: Kind, envelope: Envelope, rejections: list[Rejection], progress: Callable[[int, int], None]
) -> Iterator[Any]:
    """The rows as they are asked for; a damaged line is put aside."""
    total = len(envelope.lines)
    for done, line in enumerate(envelope.lines, start=1):
        try:
            yield kind.read(line.number, kind.values(envelope.fields_of(line)), envelope.header.business_date)
        except LineRejected as rejected:
            rejections.append(Rejection(line.number, rejected.code, rejected.reason))
        if done % _PROGRESS_EVERY == 0 or done == total:
            progress(done, total)


def _keep(file: FeedFile, envelope: Envelope, rejections: Iterable[Rejection]) -> None:
    by_number = {rejection.line_no: rejection for rejection in rejections}
    kept = []
    for line in envelope.lines:
        if rejection := by_number.get(line.number):
            row = FeedReject(file=file, line_no=line.number, code=rejection.code, reason=rejection.reason)
            row.line = envelope.text_of(line).replace("\x00", "\ufffd")[:_LONGEST_KEPT_LINE]
            kept.append(row)
    FeedReject.objects.bulk_create(kept, batch_size=1_000)
