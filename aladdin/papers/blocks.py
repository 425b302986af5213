"""What can stand on a paper. Every text is printed as it is: nothing in it is a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within the paper, such as 第二章 担保."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, its first line indented by two characters as Chinese papers do; `\\n` begins a new one."""

    text: str
    indent: bool = True
    align: Align = "left"
    small: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered clause: 第一条 stands out as its head, 1.1 and （一） hang before their text.

    `emphasis` prints what a law wants conspicuous (民法典 496) in the heavier face."""

    number: str
    text: str
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A form of labels and values, `columns` pairs side by side."""

    pairs: Sequence[tuple[str, str]]
    columns: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head that is repeated on every page. Amounts are right-aligned: say so in `align`.

    Without `align` all is left-aligned. `total` sets the last row apart."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: Sequence[Align] = ()
    total: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG, `width_mm` wide, with a caption under it."""

    content: bytes
    width_mm: int = 80
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SignatureBox:
    """Where someone signs, or how he signed. Boxes that follow one another stand in pairs.

    `signed_at` (aware) is shown in Shanghai's time; `stamp` draws a red round stamp with this text, which only
    shows to the eye what the digital seal proves."""

    label: str
    name: str
    picture: bytes | None = None
    signed_at: datetime | None = None
    stamp: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page."""


Block: TypeAlias = Heading | Paragraph | Clause | Facts | Table | Picture | SignatureBox | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the bank: its title, its number, what stands on it.

    `verification_url` is printed as a QR code, `verification_code` under it for
    whoever has to type it. `watermark` runs across every page. `dated` is the day written into
    the file (default: the business date): same content and same day give the same bytes."""

    title: str
    number: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    verification_url: str | None = None
    watermark: str | None = None
    dated: date | None = None
    subtitle: str = ""
    verification_code: str = ""
