"""The copy that people read: as good as its budget of bytes allows."""

import io
from collections.abc import Callable, Sequence

from PIL import Image

from loans.darkroom.decoding import reduced

_QUALITIES = (50, 58, 66, 74, 81, 88)
"""Of JPEG; below the first, small print breaks up sooner than in a smaller picture."""
_SMALLEST = 64
_STEP = 0.95


def within(pixels: Image.Image, budget: int) -> tuple[Image.Image, bytes]:
    """The picture as a JPEG of at most `budget` bytes: in full size at the best quality that fits, else at the lowest
    quality in the largest size that fits."""
    best = encode(pixels, _QUALITIES[-1])
    if len(best) <= budget:
        return pixels, best
    found = _last_that_fits(_QUALITIES[:-1], lambda quality: (pixels, encode(pixels, quality)), budget)
    if found is None:
        found = _last_that_fits(_edges(pixels), lambda edge: _smaller(pixels, edge), budget)
    if found is None:
        raise ValueError("no picture fits the budget")
    return found


_Made = tuple[Image.Image, bytes]


def _last_that_fits(rising: Sequence[int], make: Callable[[int], _Made], budget: int) -> _Made | None:
    """By halving: the last of what is made of rising numbers that keeps within the budget; None where none does."""
    found = None
    low, high = 0, len(rising)
    while low < high:
        middle = (low + high) // 2
        made = make(rising[middle])
        if len(made[1]) <= budget:
            found, low = made, middle + 1
        else:
            high = middle
    return found


def _edges(pixels: Image.Image) -> list[int]:
    """Longer sides from a stamp's up to the picture's own, in small steps."""
    edges = [max(pixels.size)]
    while (edge := round(edges[-1] * _STEP)) >= _SMALLEST:
        edges.append(edge)
    return edges[::-1]


def _smaller(pixels: Image.Image, edge: int) -> _Made:
    smaller = reduced(pixels, edge)
    return smaller, encode(smaller, _QUALITIES[0])


def encode(image: Image.Image, quality: int) -> bytes:
    """As JPEG."""
    sheet = io.BytesIO()
    image.save(sheet, "JPEG", quality=quality)
    return sheet.getvalue()
