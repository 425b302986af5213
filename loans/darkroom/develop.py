"""The work of a child that makes one picture, or one page of a PDF, anew (`loans/darkroom/children.py`).

It answers with one line of JSON, then the picture and the thumbnail, both JPEG.
"""

import json
from typing import TypedDict, cast

from PIL import Image

from loans.darkroom import children, decoding, judging, legible, likeness, pages, smuggling
from loans.darkroom.confine import confine
from loans.darkroom.refused import Refused

_THUMBNAIL_QUALITY = 80
COUNT = -1
"""Instead of the number of a page: how many there are."""


class Limits(TypedDict):
    """What a file may take, and what it becomes: bytes, pixels, seconds, pages. `page`: which page of a PDF, from 0,
    or COUNT; None where the file is a picture."""

    pixels: int
    memory: int
    cpu_seconds: int
    long_edge: int
    budget: int
    thumbnail_edge: int
    pages: int
    page: int | None


def main() -> None:
    """Have a child develop each file that comes, until nobody asks any more."""
    Image.preinit()
    children.serve(develop)


def develop(told: dict[str, object], original: bytes) -> list[bytes]:
    """One file, within the limits that are told with it."""
    limits = cast(Limits, told)
    confine(memory=limits["memory"], cpu_seconds=limits["cpu_seconds"])
    try:
        header, parts = answer(original, limits)
    except Refused as refused:
        header, parts = {"refused": str(refused)}, []
    return [json.dumps(header).encode(), b"\n", *parts]


def answer(original: bytes, limits: Limits) -> tuple[dict[str, object], list[bytes]]:
    """Raises Refused: what is no picture (or no PDF), or cannot be opened within the limits."""
    page = limits["page"]
    if page is None:
        decoding.require_picture(original)
        smuggling.refuse_in_picture(original)
        return made_anew(decoding.decode(original, limits["pixels"], limits["long_edge"]), limits)
    smuggling.refuse_in_pdf(original)
    if page == COUNT:
        return {"pages": pages.count(original, limits["pages"])}, []
    return made_anew(pages.render(original, page, limits["long_edge"]), limits)


def made_anew(pixels: Image.Image, limits: Limits) -> tuple[dict[str, object], list[bytes]]:
    """The legible copy and the thumbnail, with how good the picture is and what it looks like."""
    smaller, content = legible.within(pixels, limits["budget"])
    thumbnail = legible.encode(decoding.reduced(pixels, limits["thumbnail_edge"]), _THUMBNAIL_QUALITY)
    header: dict[str, object] = {
        "width": smaller.width,
        "height": smaller.height,
        "length": len(content),
        **judging.scores(pixels),
        "perceptual_hash": likeness.perceptual_hash(pixels),
    }
    return header, [content, thumbnail]
