"""The portrait of an identity card, cut out of the picture and straightened.

Where it lies follows from where the lines of text lie: all cards are printed alike (GA 448), so that the known places
of name, birth and number span the plane of the card.
"""

import io
import re

from PIL import Image

from loans.ocr.geometry import Point, affine, moved, perspective
from loans.ocr.layout import Sheet

#: Pixels of the cut picture: 26 × 32 mm.
SIZE = (358, 441)
#: Of the card's width and height.
_PORTRAIT = ((0.622, 0.118), (0.938, 0.118), (0.938, 0.742), (0.622, 0.742))
_LEFT_OF_LABELS = 0.071
_PLACES = (
    ("姓名", 0.151, "left"),
    ("性别", 0.277, "left"),
    ("出生", 0.402, "left"),
    ("公民身份号码", 0.866, "left"),
    (r"\d{17}[\dX]$", 0.866, "right"),
)
_RIGHT_OF_NUMBER = 0.905
_WIDTH, _HEIGHT = 85.6, 54.0
"""Of the card, in millimetres: the plane in which the fit is made."""
_QUALITY = 90


def cut_out(picture: bytes, sheet: Sheet) -> bytes | None:
    """The portrait as JPEG; None where too little of the card was read to tell where it lies."""
    quadrangle = corners(sheet)
    if quadrangle is None:
        return None
    width, height = SIZE
    coefficients = perspective([(0, 0), (width, 0), (width, height), (0, height)], quadrangle)
    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
        cut = image.convert("RGB").transform(SIZE, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    cut.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def corners(sheet: Sheet) -> tuple[Point, ...] | None:
    """Where the portrait's corners lie on the picture, from its top left, clockwise."""
    known, seen = _pairs(sheet)
    if len(known) < 3:
        return None
    try:
        plane = affine(known, seen)
    except ValueError:
        return None
    return tuple(sheet.on_picture(moved((x * _WIDTH, y * _HEIGHT), plane)) for x, y in _PORTRAIT)


def _pairs(sheet: Sheet) -> tuple[list[Point], list[Point]]:
    known: list[Point] = []
    seen: list[Point] = []
    for pattern, height, side in _PLACES:
        for line in sheet.lines:
            if re.search(pattern, line.plain) and not (side == "left" and not re.match(pattern, line.plain)):
                known.append(((_LEFT_OF_LABELS if side == "left" else _RIGHT_OF_NUMBER) * _WIDTH, height * _HEIGHT))
                seen.append((line.left if side == "left" else line.right, line.centre[1]))
                break
    return known, seen
