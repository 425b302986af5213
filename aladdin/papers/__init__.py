"""The bank's papers: PDFs that look like a bank's, carry its seal, and betray any later change.

A room says what stands on the paper, in blocks; how it looks is decided once, in `paper.typ`.
"""

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
from aladdin.papers.rendering import Unprintable, render
from aladdin.papers.sealing import NoSeal, Verdict, seal, verify

__all__ = [
    "Block",
    "Clause",
    "Facts",
    "Heading",
    "NoSeal",
    "PageBreak",
    "Paper",
    "Paragraph",
    "Picture",
    "SignatureBox",
    "Table",
    "Unprintable",
    "Verdict",
    "render",
    "seal",
    "verify",
]
