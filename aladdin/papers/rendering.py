"""From blocks to a PDF/A-2b with its fonts embedded, typeset by Typst (`paper.typ`)."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn
import segno
import typst
from django.conf import settings
from PIL import Image

from aladdin import clock
from aladdin.papers.blocks import (
    Block,
    Clause,
    Facts,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    SignatureBox,
    Table,
)

Printed = dict[str, Any]

_LOOK = (Path(__file__).parent / "paper.typ").read_bytes()
_STANDARD: Final = "a-2b"  # for the archive; it also refuses a character that the fonts cannot show
_PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg"}
_MISSING = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_GETA = "〓"  # what printers set for a character that they lack
_OWN = threading.local()  # a compiler works for one thread at a time


class Unprintable(ValueError):
    """The paper holds a character that the bank's fonts do not have, such as an emoji."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"the fonts have no {characters!r}")
        self.characters = characters


def render(paper: Paper, *, exact: bool = False) -> bytes:
    """The paper as PDF/A-2b; the same bytes for the same content and day.

    A character that the fonts lack is printed as 〓, or with `exact` raises Unprintable: a contract must not say
    anything else than what was agreed. Takes some tens of milliseconds, most of them outside the interpreter lock.

    Raises:
        Unprintable: see above.
        ValueError: a picture that is neither PNG nor JPEG; a row whose cells do not fit the head.
    """
    text = json.dumps(_printed(paper), ensure_ascii=False)
    while True:
        try:
            return _compile(text, paper)
        except typst.TypstError as error:
            lacking = _lacking(str(error))
            if not lacking:
                raise
            if exact:
                raise Unprintable(lacking) from error
            for character in lacking:
                text = text.replace(json.dumps(character, ensure_ascii=False)[1:-1], _GETA)


def _compile(text: str, paper: Paper) -> bytes:
    day = paper.dated or clock.today()
    made = _compiler().compile(
        _LOOK,
        format="pdf",
        sys_inputs={"paper": text},
        pdf_standards=_STANDARD,
        pdf_tags=False,
        timestamp=int(datetime.combine(day, time(), UTC).timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("the typesetter gave no single file")
    return made


def _compiler() -> typst.Compiler:
    if not hasattr(_OWN, "compiler"):
        _OWN.compiler = typst.Compiler(font_paths=_fonts(), ignore_system_fonts=True)
    compiler: typst.Compiler = _OWN.compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    """Noto Sans SC and Noto Serif SC, and nothing of the machine's: a paper looks the same everywhere."""
    folder = str(pylopdf_fonts_zh_cn.serif_path().parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _lacking(message: str) -> str:
    """The characters that the typesetter says it cannot show, or none where it complains of something else."""
    found = _MISSING.search(message)
    if found is None:
        return ""
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found["text"])


# --- what the look is told -------------------------------------------------------------------------


def _printed(paper: Paper) -> Printed:
    return {
        "bank": settings.BANK_NAME,
        "title": paper.title,
        "subtitle": paper.subtitle,
        "number": paper.number,
        "watermark": paper.watermark,
        "qr": _qr(paper.verification_url) if paper.verification_url else None,
        "code": paper.verification_code,
        "blocks": list(_printed_blocks(paper.blocks)),
    }


def _printed_blocks(blocks: Iterable[Block]) -> Iterator[Printed]:
    for is_signature, group in groupby(blocks, key=lambda block: isinstance(block, SignatureBox)):
        if is_signature:
            yield {"kind": "signatures", "boxes": [_signature(box) for box in group if isinstance(box, SignatureBox)]}
        else:
            yield from (_PRINTERS[type(block)](block) for block in group)


def _paragraph(block: Paragraph) -> Printed:
    return {
        "kind": "paragraph",
        "text": block.text,
        "indent": block.indent,
        "align": block.align,
        "small": block.small,
    }


def _clause(block: Clause) -> Printed:
    return {"kind": "clause", "number": block.number, "text": block.text, "emphasis": block.emphasis}


def _table(block: Table) -> Printed:
    width = len(block.head)
    if any(len(row) != width for row in block.rows) or (block.align and len(block.align) != width):
        raise ValueError("every row of a table has as many cells as its head")
    return {
        "kind": "table",
        "head": list(block.head),
        "rows": [list(row) for row in block.rows],
        "align": list(block.align or ["left"] * width),
        "total": block.total,
    }


def _picture(block: Picture) -> Printed:
    return {
        "kind": "picture",
        "content": _framed(block.content),
        "width-mm": block.width_mm,
        "caption": block.caption,
    }


def _signature(box: SignatureBox) -> Printed:
    return {
        "label": box.label,
        "name": box.name,
        "picture": _framed(box.picture) if box.picture else None,
        "signed-at": box.signed_at.astimezone(clock.SHANGHAI).strftime("%Y年%m月%d日 %H:%M") if box.signed_at else "",
        "stamp": box.stamp,
        "note": box.note,
    }


_PRINTERS: dict[type[Block], Callable[[Any], Printed]] = {
    Heading: lambda block: {"kind": "heading", "text": block.text},
    Paragraph: _paragraph,
    Clause: _clause,
    Facts: lambda block: {"kind": "facts", "pairs": [list(pair) for pair in block.pairs], "columns": block.columns},
    Table: _table,
    Picture: _picture,
    PageBreak: lambda block: {"kind": "page-break"},
}


def _framed(picture: bytes) -> str:
    """The picture within an SVG, the form in which it can travel as text beside the rest."""
    try:
        with Image.open(io.BytesIO(picture), formats=tuple(_PICTURES)) as opened:
            kind, (width, height) = str(opened.format), opened.size
    except OSError as error:
        raise ValueError("a picture on a paper is PNG or JPEG") from error
    link = f"data:{_PICTURES[kind]};base64,{base64.b64encode(picture).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image href="{link}" width="{width}" height="{height}"/></svg>'
    )


def _qr(url: str) -> str:
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=1)
    return drawn.getvalue().decode()
