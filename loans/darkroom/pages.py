"""Pages of a PDF as pixels, drawn by PDFium, which runs no script of the document."""

import pypdfium2 as pdfium
from PIL import Image

from loans.darkroom.decoding import on_white
from loans.darkroom.refused import Refused

_DENSEST = 300 / 72
"""Pixels a point: a small page is not blown up beyond 300 dots an inch."""


def count(original: bytes, most: int) -> int:
    """Raises Refused: pdf_encrypted, pdf_damaged, pdf_empty, pdf_too_many_pages."""
    found = len(_opened(original))
    if found == 0:
        raise Refused("pdf_empty")
    if found > most:
        raise Refused("pdf_too_many_pages")
    return found


def render(original: bytes, number: int, long_edge: int) -> Image.Image:
    """The page (from 0) in RGB, its longer side at most `long_edge` long. Raises Refused (pdf_damaged, image_bomb)."""
    document = _opened(original)
    try:
        page = document[number]
        longest = max(page.get_size())
        scale = min(_DENSEST, long_edge / max(longest, 1.0))
        return on_white(page.render(scale=scale).to_pil().convert("RGB"))
    except MemoryError as bomb:
        raise Refused("image_bomb") from bomb
    except Exception as damage:  # as with pictures: a hostile page may fail in any way
        raise Refused("pdf_damaged") from damage


def _opened(original: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(original)
    except pdfium.PdfiumError as error:
        raise Refused("pdf_encrypted" if "password" in str(error).lower() else "pdf_damaged") from error
