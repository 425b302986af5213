"""A paper's blocks as text that a row can keep, and as the plain words that a digest is taken of.

Pictures are not kept in it: signatures are put on when the paper is set.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from aladdin.papers.blocks import Block, Clause, Facts, Heading, PageBreak, Paragraph, Table

_KINDS: dict[str, type[Block]] = {kind.__name__: kind for kind in (Clause, Facts, Heading, PageBreak, Paragraph, Table)}


def as_text(blocks: Iterable[Block]) -> str:
    """The blocks in one canonical form. Raises ValueError for one that holds a picture."""
    rows = []
    for block in blocks:
        name = type(block).__name__
        if name not in _KINDS:
            raise ValueError(f"{name} is not kept")
        rows.append([name, asdict(block)])
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> list[Block]:
    """The blocks that were kept."""
    return [_KINDS[name](**said) for name, said in json.loads(text)]


def plain(title: str, number: str, blocks: Sequence[Block]) -> str:
    """The paper as words alone, line by line: what a phone shows, and what people sign by its digest."""
    return "\n".join([title, f"编号：{number}", *(line for block in blocks for line in _lines(block))])


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text=text):
            yield from ("", text)
        case Paragraph(text=text):
            yield text
        case Clause(number=number, text=text):
            if number.startswith("第"):
                yield ""
            yield f"{number}　{text}"
        case Facts(pairs=pairs):
            yield from (f"{label}：{value}" for label, value in pairs)
        case Table(head=head, rows=rows):
            yield "｜".join(head)
            yield from ("｜".join(row) for row in rows)
