"""How good a picture is: sharpness, glare, brightness. What is good enough is the bank's to say (`loans.retakes`)."""

from PIL import Image, ImageFilter, ImageOps, ImageStat

from loans.darkroom.decoding import reduced

_EDGE = 1000
"""Pixels of the longer side at which pictures are compared, so that scores do not hang on the camera."""
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_RIM = 1
"""Pixels around the picture, which the filter leaves as they are."""
_TILES = 8
_DAZZLED = 248
_SPOT = 9
"""Pixels across: white letters and thin lines are no reflection."""
_PAPER = 235


def scores(pixels: Image.Image) -> dict[str, float]:
    """`sharpness`: variance of the Laplacian over the sharper part of the picture; `glare`: share of it (0 to 1) that
    is burnt out to white; `brightness`: middle grey value (0 to 255)."""
    grey = reduced(pixels, _EDGE).convert("L")
    middle = ImageStat.Stat(grey).median[0]
    return {"sharpness": round(_sharpness(grey), 2), "glare": round(_glare(grey, middle), 4), "brightness": middle}


def _sharpness(grey: Image.Image) -> float:
    """The upper quartile over tiles: an empty table around a card is no blur. Grain is smoothed away first."""
    if min(grey.size) <= 2 * _RIM:
        return 0.0
    edges = ImageOps.crop(grey.filter(ImageFilter.GaussianBlur(0.8)).filter(_LAPLACE), _RIM)
    width, height = edges.size
    tiles = []
    for row in range(_TILES):
        for column in range(_TILES):
            box = (
                column * width // _TILES,
                row * height // _TILES,
                (column + 1) * width // _TILES,
                (row + 1) * height // _TILES,
            )
            if box[0] < box[2] and box[1] < box[3]:
                tiles.append(ImageStat.Stat(edges.crop(box)).var[0])
    tiles.sort()
    return float(tiles[len(tiles) * 3 // 4]) if tiles else 0.0


def _glare(grey: Image.Image, middle: float) -> float:
    """White spots larger than print; none can be told on a scan, whose paper is white itself."""
    if middle >= _PAPER:
        return 0.0
    smooth = grey.filter(ImageFilter.GaussianBlur(2))  # grain must not hide a spot
    burnt = smooth.point(lambda value: 255 if value >= _DAZZLED else 0).filter(ImageFilter.MinFilter(_SPOT))
    return ImageStat.Stat(burnt).mean[0] / 255
