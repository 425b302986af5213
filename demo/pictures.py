"""Pictures that a field day makes: faces, signatures, papers. Drawn, so that nobody real is on them."""

import io
import random
from functools import cache

from PIL import Image, ImageDraw, ImageFont


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def face(seed: str) -> bytes:
    """A drawn face, 480 × 600."""
    draw = random.Random(seed)
    image = Image.new("RGB", (480, 600), (210, 222, 235))
    pen = ImageDraw.Draw(image)
    skin = (draw.randrange(215, 240), draw.randrange(175, 200), draw.randrange(140, 170))
    pen.ellipse((110, 110, 370, 460), fill=skin)
    pen.pieslice((100, 80, 380, 360), 180, 360, fill=(30, 26, 24))
    for x in (180, 270):
        pen.ellipse((x, 270, x + 34, 290), fill=(40, 36, 34))
    pen.arc((190, 340, 290, 400), 20, 160, fill=(150, 70, 60), width=6)
    return _jpeg(image)


def signature(seed: str) -> bytes:
    """Strokes of ink on white, 600 × 200."""
    draw = random.Random(seed)
    image = Image.new("RGB", (600, 200), "white")
    pen = ImageDraw.Draw(image)
    x, y = 60, 100
    for _ in range(16):
        nx, ny = x + draw.randrange(10, 40), draw.randrange(40, 160)
        pen.line((x, y, nx, ny), fill=(20, 24, 60), width=5)
        x, y = nx, ny
    return _jpeg(image)


def paper(title: str, seed: str) -> bytes:
    """A page with a title and lines, 1000 × 640: a card, a proof, a statement."""
    draw = random.Random(f"{title} {seed}")
    image = Image.new("RGB", (1000, 640), (246, 244, 238))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 980, 620), outline=(120, 130, 150), width=3)
    pen.text((60, 50), title, font=_font(40), fill=(40, 50, 80))
    pen.text((60, 110), seed, font=_font(26), fill=(60, 60, 60))
    for line in range(9):
        y = 180 + line * 46
        pen.line((60, y, 60 + draw.randrange(500, 860), y), fill=(150, 155, 165), width=6)
    return _jpeg(image)
