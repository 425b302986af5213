"""What a picture looks like, in 64 bits: the same picture, sent again smaller or paler, has nearly the same (pHash).

Cards of one print held the same way look alike, too: whether two pictures are one is told by their thumbnails
(`loans.likeness`). A picture without contrast has no hash.
"""

from functools import cache
from math import cos, pi

from PIL import Image, ImageStat

_SIDE, _KEPT = 32, 8
_LEAST_CONTRAST = 4.0
"""Standard deviation of grey values, below which a hash would be of noise."""


def perceptual_hash(pixels: Image.Image) -> str:
    """16 hexadecimal digits: which of the 64 lowest frequencies of the picture are stronger than the middle one."""
    small = pixels.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    if ImageStat.Stat(small).stddev[0] < _LEAST_CONTRAST:
        return ""
    frequencies = _frequencies(small.tobytes())
    middle = sorted(frequencies[1:])[len(frequencies) // 2]  # the first is the brightness
    return f"{sum(1 << place for place, value in enumerate(frequencies) if value > middle):016x}"


def _frequencies(grey: bytes) -> list[float]:
    """The cosine transform, as far as it is asked for."""
    rows = [grey[start : start + _SIDE] for start in range(0, len(grey), _SIDE)]
    across = [[sum(value * wave[x] for x, value in enumerate(row)) for wave in _waves()] for row in rows]
    return [sum(across[y][u] * wave[y] for y in range(_SIDE)) for wave in _waves() for u in range(_KEPT)]


@cache
def _waves() -> list[list[float]]:
    return [[cos(pi * (2 * x + 1) * u / (2 * _SIDE)) for x in range(_SIDE)] for u in range(_KEPT)]
