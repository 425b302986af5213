"""The child process in which a picture is decoded and made anew; started by `loans.imaging`.

A picture from outside may be made to harm what decodes it. It is decoded here, in a process with limits of
its own, an empty environment and no Django, so that the worst it can do is to lose this process.

Arguments: the limits as JSON. Standard input: the file. Standard output: one line of JSON, then the picture
and the thumbnail, both JPEG.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import TypedDict

from PIL import Image

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_QUALITIES = (85, 75, 65, 55)
_THUMBNAIL_QUALITY = 80
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


class Limits(TypedDict):
    """What a picture may take, and what it becomes: bytes, pixels, seconds."""

    pixels: int
    memory: int
    cpu_seconds: int
    long_edge: int
    budget: int
    thumbnail_edge: int


class Refused(Exception):
    """The picture is refused with this code of `loans.imaging`."""


def main() -> None:
    """Answer one picture and end."""
    limits: Limits = json.loads(sys.argv[1])
    confine(limits)
    original = sys.stdin.buffer.read()
    try:
        header, parts = remake(original, limits)
    except Refused as refused:
        header, parts = {"refused": str(refused)}, []
    for part in (json.dumps(header).encode(), b"\n", *parts):
        sys.stdout.buffer.write(part)


def confine(limits: Limits) -> None:
    """Bound memory and processor time; no files, no core dump with a customer's picture in it."""
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def remake(original: bytes, limits: Limits) -> tuple[dict[str, object], list[bytes]]:
    """The picture upright and small enough, of its pixels alone, with its thumbnail.

    Raises:
        Refused: what is no picture, or one that cannot be decoded within the limits.
    """
    if not original.startswith(_MAGIC):
        raise Refused("not_an_image")
    try:
        pixels = decode(original, limits)
    except MemoryError as bomb:
        raise Refused("image_bomb") from bomb
    except Refused:
        raise
    except Exception as damage:  # a decoder fails on a hostile file in any way it likes
        raise Refused("image_damaged") from damage
    pixels, content = within(pixels, limits["budget"])
    thumbnail = encode(reduced(pixels, limits["thumbnail_edge"]), _THUMBNAIL_QUALITY)
    header: dict[str, object] = {"width": pixels.width, "height": pixels.height, "length": len(content)}
    return header, [content, thumbnail]


def decode(original: bytes, limits: Limits) -> Image.Image:
    """The pixels in RGB, upright, at most `long_edge` long: a fresh image that carries nothing else."""
    # Our own limit below is the stricter one, and counts before a pixel is decoded.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(original), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > limits["pixels"]:
            raise Refused("image_bomb")
        # A JPEG can be decoded at half, a quarter or an eighth of its size, which saves most of the work.
        image.draft(None, fitting(image.size, limits["long_edge"]))
        image.load()
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        small = on_white(reduced(in_true_colour(image), limits["long_edge"]))
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


def within(pixels: Image.Image, budget: int) -> tuple[Image.Image, bytes]:
    """The picture as a JPEG of at most `budget` bytes: first at lower quality, then smaller."""
    for smaller in shrinking(pixels):
        for quality in _QUALITIES:
            content = encode(smaller, quality)
            if len(content) <= budget:
                return smaller, content
    raise ValueError("no picture fits the budget")


def shrinking(pixels: Image.Image) -> Iterator[Image.Image]:
    """The picture, and the same at three quarters of the size before, down to a stamp."""
    edge = max(pixels.size)
    yield pixels
    while (edge := edge * 3 // 4) >= 64:
        yield reduced(pixels, edge)


def reduced(image: Image.Image, long_edge: int) -> Image.Image:
    """At most `long_edge` long; a smaller picture stays as it is."""
    size = fitting(image.size, long_edge)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def fitting(size: tuple[int, int], long_edge: int) -> tuple[int, int]:
    """The size in the same proportions with its long edge at most `long_edge`."""
    scale = min(1.0, long_edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def encode(image: Image.Image, quality: int) -> bytes:
    """As JPEG."""
    sheet = io.BytesIO()
    image.save(sheet, "JPEG", quality=quality)
    return sheet.getvalue()


if __name__ == "__main__":
    main()
