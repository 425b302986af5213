"""What stands across every picture on its way out: what it may be used for, who looked, and when.

Laid over the re-made copy, all over, so that no part of it is of use without; the copy itself stays clean.
"""

import io
import math
from functools import lru_cache

import pylopdf_fonts_zh_cn as fonts
from PIL import Image, ImageDraw, ImageFont

_SLANT = 28
_SMALLEST_LETTER = 11
_LETTERS_ACROSS = 42
"""How small letters are against the longer side."""
_QUALITY = 85
_INK, _RIM = 0.34, 0.26
"""How strongly letters, and their light rim, cover the picture: legible on both black and white."""


def marked(picture: bytes, lines: tuple[str, ...]) -> bytes:
    """A JPEG of ours with the lines of text across it, as JPEG."""
    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
        sheet = image.convert("RGB")
    letters, rims = _pattern(sheet.size, lines)
    sheet.paste((255, 255, 255), mask=rims)
    sheet.paste((90, 90, 96), mask=letters)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _pattern(size: tuple[int, int], lines: tuple[str, ...]) -> tuple[Image.Image, Image.Image]:
    """Masks of the letters and of their rims, as large as the picture: one slanted piece of text, again and again."""
    letters, rims = (piece.rotate(_SLANT, Image.Resampling.BICUBIC, expand=True) for piece in _piece(size, lines))
    sheets = Image.new("L", size), Image.new("L", size)
    across, down = letters.width, max(1, letters.height * 4 // 5)
    for row in range(-1, math.ceil(size[1] / down) + 1):
        shift = across // 2 if row % 2 else 0
        for column in range(-1, math.ceil(size[0] / across) + 1):
            at = (column * across + shift, row * down)
            for sheet, piece in zip(sheets, (letters, rims), strict=True):
                sheet.paste(255, (*at, at[0] + piece.width, at[1] + piece.height), piece)
    strength = ((_INK, sheets[0]), (_RIM, sheets[1]))
    covered = [sheet.point([round(value * much) for value in range(256)]) for much, sheet in strength]
    return covered[0], covered[1]


def _piece(size: tuple[int, int], lines: tuple[str, ...]) -> tuple[Image.Image, Image.Image]:
    letter = max(_SMALLEST_LETTER, max(size) // _LETTERS_ACROSS)
    font, rim = _font(letter), max(1, letter // 14)
    width = max(round(font.getlength(line)) for line in lines) + 2 * letter
    height = round(letter * 1.5 * len(lines)) + letter
    masks = Image.new("L", (width, height)), Image.new("L", (width, height))
    for mask, stroke in zip(masks, (0, rim), strict=True):
        pen = ImageDraw.Draw(mask)
        for number, line in enumerate(lines):
            at = (letter, letter // 2 + round(number * letter * 1.5))
            pen.text(at, line, font=font, fill=255, stroke_width=stroke, stroke_fill=255)
    return masks


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(fonts.sans_path()), size)
