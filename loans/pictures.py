"""A picture from a phone as a picture, or as a problem: `loans.imaging` with the bank's limits and refusals."""

from collections.abc import Callable
from typing import IO, Any, TypeVar

from aladdin import parameters
from aladdin.problems import RuleBroken
from loans import imaging
from loans.imaging import ImageRefused, Limits, Picture

T = TypeVar("T")


def limits() -> Limits:
    """What a file may take and what it becomes, by the bank's parameters."""
    return Limits(
        file_bytes=parameters.integer("loan.picture_file_bytes"),
        pixels=parameters.integer("loan.picture_pixels"),
        long_edge=parameters.integer("loan.picture_long_edge"),
        budget=parameters.integer("loan.picture_budget_bytes"),
        thumbnail_edge=parameters.integer("loan.picture_thumbnail_edge"),
        pages=parameters.integer("loan.pdf_pages"),
    )


def picture_of(content: bytes, *, field: str) -> Picture:
    """The picture made anew. Raises RuleBroken with imaging's code: `not_an_image`, `image_bomb`, …"""
    return _told(lambda: imaging.normalise(content, limits()), field)


def pages_of(content: bytes, *, field: str) -> int:
    """How many pages a PDF has. Raises RuleBroken with imaging's code: `pdf_encrypted`, `pdf_too_many_pages`, …"""
    return _told(lambda: imaging.pages(content, limits()), field)


def page_of(content: bytes, number: int, *, field: str) -> Picture:
    """One page of a PDF, from 0, as a picture. Raises RuleBroken with imaging's code."""
    return _told(lambda: imaging.page(content, number, limits()), field)


def is_pdf(content: bytes) -> bool:
    """By content: what the file is called does not count."""
    return content.startswith(imaging.MARK_OF_A_PDF)


def content_of(upload: IO[Any], *, field: str) -> bytes:
    """An uploaded file's bytes; one over the limit is refused before it fills the memory."""
    most = limits().file_bytes
    content: bytes = upload.read(most + 1)
    if len(content) > most:
        return _told(_too_large, field)
    return content


def _too_large() -> bytes:
    raise ImageRefused("image_too_large")


def _told(work: Callable[[], T], field: str) -> T:
    try:
        return work()
    except ImageRefused as refused:
        raise RuleBroken(refused.code, refused.message_zh, errors={field: [refused.message_zh]}) from refused
