"""A file as it is sent: gzip or not, its encoding, header, data lines and trailer. Refused whole where it is
not what it says."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from aladdin import clock
from crm.feeds import fields
from crm.feeds.fields import LineRejected

MAX_BYTES = 512 * 1024 * 1024
ENCODINGS = {"UTF-8": "utf-8", "GB18030": "gb18030"}
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class FileRefused(Exception):
    """The file as a whole is not taken: stable `reason`, Chinese `text`, what was said and what was found."""

    def __init__(self, reason: str, text: str, *, expected: str = "", found: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class DataLine:
    """One line between header and trailer: its number in the file and its bytes."""

    number: int
    raw: bytes


@dataclass(frozen=True)
class Header:
    """What the first line says."""

    kind: str
    business_date: date
    version: str
    encoding: str


@dataclass(frozen=True)
class Envelope:
    """An opened file; the trailer's fields after `T`."""

    header: Header
    lines: list[DataLine]
    trailer: list[str]

    def text_of(self, line: DataLine) -> str:
        """The line as far as it can be read: what cannot stands as a replacement character."""
        return line.raw.decode(self.header.encoding, errors="replace")

    def fields_of(self, line: DataLine) -> list[str]:
        """The fields after `D`. Raises LineRejected where the line is none, or cannot be read."""
        if not line.raw.startswith(b"D,"):
            raise LineRejected("line_type_unknown", "行类型无效，数据行须以D开头")
        try:
            text = line.raw.decode(self.header.encoding)
        except UnicodeDecodeError as error:
            raise LineRejected("encoding", "该行含有无法识别的字符") from error
        return _split(text)[1:]


def digest(content: bytes) -> str:
    """By which a file is known again: SHA-256 of the content, unpacked."""
    return hashlib.sha256(content).hexdigest()


def unpacked(raw: bytes) -> bytes:
    """The content of a file that may be gzip, known by its first bytes. Raises FileRefused."""
    if not raw.startswith(_GZIP):
        content = raw
    else:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                content = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise FileRefused("not_gzip", "压缩文件已损坏") from error
    if len(content) > MAX_BYTES:
        raise FileRefused("too_large", "文件过大")
    return content


def opened(content: bytes) -> Envelope:
    """The file taken apart. Raises FileRefused."""
    body = content.removeprefix(_BOM)
    raw_lines = body.split(b"\n")
    header = _header(raw_lines[0].rstrip(b"\r"), body)
    numbered = [DataLine(number, raw.rstrip(b"\r")) for number, raw in enumerate(raw_lines[1:], start=2) if raw.strip()]
    if not numbered or not numbered[-1].raw.startswith(b"T,"):
        raise FileRefused("trailer_missing", "缺少尾行")
    trailer = numbered[-1].raw.decode("ascii", errors="replace")
    return Envelope(header, numbered[:-1], trailer.split(",")[1:])


def _header(raw: bytes, body: bytes) -> Header:
    said = raw.decode("ascii", errors="replace").split(",")
    if said[0] != "H":
        raise FileRefused("header_missing", "缺少首行")
    if len(said) not in (4, 5):
        raise FileRefused("header_invalid", "首行的列数不正确")
    _, kind, day, version, *named = said
    return Header(kind, _business_date(day), version, _encoding(named, body))


def _business_date(text: str) -> date:
    try:
        return fields.day_until(text, "业务日期", clock.today())
    except LineRejected as rejected:
        reason = "首行业务日期尚未到来" if rejected.code == "date_in_future" else f"首行{rejected.reason}"
        raise FileRefused("header_invalid", reason) from rejected


def _encoding(named: list[str], body: bytes) -> str:
    """As the header names it; otherwise UTF-8 unless most lines with Chinese in them are not."""
    if named:
        if named[0] not in ENCODINGS:
            raise FileRefused("header_invalid", "首行的编码无效")
        return ENCODINGS[named[0]]
    votes = sum(1 if valid else -1 for valid in _valid_as_utf8(body))
    return "utf-8" if votes >= 0 else "gb18030"


def _valid_as_utf8(body: bytes) -> Iterator[bool]:
    if body.isascii():
        return
    for raw in body.split(b"\n"):
        if not raw.isascii():
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                yield False
            else:
                yield True


def _split(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise LineRejected("columns", "该行的引号不配对") from error
