"""A picture from outside as pixels: upright, in RGB, no larger than asked for, carrying nothing else."""

import io

from PIL import Image

from loans.darkroom.refused import Refused

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_WHITE = "white"
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def require_picture(original: bytes) -> None:
    """Raises Refused (not_an_image) where the first bytes are those of neither JPEG nor PNG."""
    if not original.startswith(_MAGIC):
        raise Refused("not_an_image")


def decode(original: bytes, most_pixels: int, long_edge: int) -> Image.Image:
    """The pixels in RGB, upright, at most `long_edge` long.

    Raises Refused: image_bomb, image_damaged."""
    try:
        return _decode(original, most_pixels, long_edge)
    except MemoryError as bomb:
        raise Refused("image_bomb") from bomb
    except Refused:
        raise
    except Exception as damage:  # a decoder fails on a hostile file in any way it likes
        raise Refused("image_damaged") from damage


def _decode(original: bytes, most_pixels: int, long_edge: int) -> Image.Image:
    # Our own limit below is the stricter one, and counts before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(original), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > most_pixels:
            raise Refused("image_bomb")
        # A JPEG can be decoded at half, a quarter or an eighth of its size, which saves most of the work.
        image.draft(None, fitting(image.size, long_edge))
        image.load()
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        small = on_white(reduced(in_true_colour(image), long_edge))
        return small.transpose(turn) if turn is not None else small


def in_true_colour(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled without loss of meaning: RGB, RGBA or grey of eight bits."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")  # sixteen bits of grey
    if image.mode in {"RGB", "RGBA", "L", "LA"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if "transparency" in image.info else "RGB")


def on_white(image: Image.Image) -> Image.Image:
    """The pixels alone on a white sheet: a copy of the image object would keep comments and profiles."""
    sheet = Image.new("RGB", image.size, _WHITE)
    sheet.paste(image, mask=image.getchannel("A") if "A" in image.getbands() else None)
    return sheet


def reduced(image: Image.Image, long_edge: int) -> Image.Image:
    """At most `long_edge` long; a smaller picture stays as it is."""
    size = fitting(image.size, long_edge)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def fitting(size: tuple[int, int], long_edge: int) -> tuple[int, int]:
    """The size in the same proportions with its long edge at most `long_edge`."""
    scale = min(1.0, long_edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
