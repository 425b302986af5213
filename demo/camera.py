"""A phone's camera over a drawn card: table beneath, turn, tilt, uneven light, reflection, blur, grain, JPEG.

Everything follows from the shot's seed, so that a picture can be taken again.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from loans.ocr.geometry import Point, perspective, turned

_TABLES = ((96, 74, 54), (62, 66, 72), (150, 140, 124), (38, 42, 58), (176, 172, 160))


@dataclass(frozen=True, kw_only=True)
class Shot:
    """How a picture is taken. `turn` in degrees clockwise; `tilt`, `glare`, `shade`, `grain` from 0 to 1."""

    seed: str = "shot"
    size: tuple[int, int] = (1600, 1200)
    turn: float = 0.0
    tilt: float = 0.0
    blur: float = 0.0
    glare: float = 0.0
    shade: float = 0.2
    grain: float = 0.15
    fill: float = 0.8
    quality: int = 85


@dataclass(frozen=True)
class Photo:
    """The file, and where the card's corners lie on it: from its top left, clockwise."""

    content: bytes
    corners: tuple[Point, ...]


def careless(seed: str, **more: object) -> Shot:
    """A shot as it comes: a little turned and tilted, light from somewhere, a hand that is not quite still."""
    draw = random.Random(seed)
    usual = Shot(
        seed=seed,
        turn=draw.gauss(0, 4),
        tilt=draw.uniform(0, 0.5),
        blur=draw.choice((0, 0, 0.6, 1.0)),
        glare=draw.choice((0, 0, 0.35)),
        shade=draw.uniform(0.1, 0.5),
        grain=draw.uniform(0.05, 0.4),
        fill=draw.uniform(0.7, 0.9),
        quality=draw.choice((70, 80, 90)),
    )
    return replace(usual, **more)  # type: ignore[arg-type]  # names of the fields, checked by replace


def photograph(card: Image.Image, shot: Shot) -> Photo:
    """Take the picture."""
    draw = random.Random(shot.seed)
    corners = _corners(card.size, shot, draw)
    picture = _laid(card, _table(shot, draw), corners)
    if shot.shade:
        picture = _shaded(picture, shot.shade, draw)
    if shot.glare:
        picture = _dazzled(picture, corners, shot.glare, draw)
    if shot.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(shot.blur))
    if shot.grain:
        picture = _grainy(picture, shot.grain)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=shot.quality)
    return Photo(out.getvalue(), corners)


def _table(shot: Shot, draw: random.Random) -> Image.Image:
    sheet = Image.new("RGB", shot.size, draw.choice(_TABLES))
    pen = ImageDraw.Draw(sheet)
    for _ in range(40):
        y = draw.randrange(shot.size[1])
        shade = draw.randrange(-14, 14)
        colour = tuple(max(0, value + shade) for value in sheet.getpixel((0, 0)))  # type: ignore[union-attr]
        pen.line((0, y, shot.size[0], y + draw.randrange(-30, 30)), fill=colour, width=draw.randrange(2, 12))
    return sheet.filter(ImageFilter.GaussianBlur(3))


def _corners(card: tuple[int, int], shot: Shot, draw: random.Random) -> tuple[Point, ...]:
    """Where the corners come to lie: as large as `fill` says, turned, the far side shorter than the near one."""
    width, height = shot.size
    middle = (width / 2 + draw.uniform(-20, 20), height / 2 + draw.uniform(-20, 20))
    flat = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
    squeeze = shot.tilt * 0.12
    along = draw.random() < 0.5
    tilted = [_tilted(corner, squeeze, along=along) for corner in flat]
    plain = [turned((x * card[0], y * card[1]), shot.turn) for x, y in tilted]
    scale = min(width / (2 * max(abs(x) for x, _ in plain)), height / (2 * max(abs(y) for _, y in plain))) * shot.fill
    return tuple((middle[0] + x * scale, middle[1] + y * scale) for x, y in plain)


def _tilted(corner: Point, squeeze: float, *, along: bool) -> Point:
    x, y = corner
    return (x, y * (1 - squeeze * (x + 0.5))) if along else (x * (1 - squeeze * (0.5 - y)), y)


def _laid(card: Image.Image, table: Image.Image, corners: Sequence[Point]) -> Image.Image:
    width, height = card.size
    coefficients = perspective(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    kind, how = Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    seen = card.convert("RGB").transform(table.size, kind, coefficients, how)
    mask = Image.new("L", card.size, 255).transform(table.size, kind, coefficients, how)
    shadow = ImageChops.offset(mask, 10, 12).filter(ImageFilter.GaussianBlur(14)).point(lambda value: value * 0.4)
    table.paste((0, 0, 0), mask=shadow)
    table.paste(seen, mask=mask)
    return table


def _shaded(picture: Image.Image, depth: float, draw: random.Random) -> Image.Image:
    """Light that falls off towards one side."""
    light = Image.linear_gradient("L").rotate(draw.choice((0, 90, 180, 270))).resize(picture.size)
    light = light.point(lambda value: 255 - round((255 - value) * depth * 0.7))
    return ImageChops.multiply(picture, Image.merge("RGB", (light, light, light)))


def _dazzled(picture: Image.Image, corners: Sequence[Point], strength: float, draw: random.Random) -> Image.Image:
    """A lamp's reflection somewhere on the card."""
    x = sum(corner[0] for corner in corners) / 4 + draw.uniform(-200, 200)
    y = sum(corner[1] for corner in corners) / 4 + draw.uniform(-120, 120)
    radius = 60 + strength * min(picture.size) * 0.25
    spot = Image.new("L", picture.size, 0)
    ImageDraw.Draw(spot).ellipse((x - radius, y - radius * 0.6, x + radius, y + radius * 0.6), fill=255)
    spot = spot.filter(ImageFilter.GaussianBlur(radius / 3)).point(lambda value: min(255, round(value * 2 * strength)))
    return ImageChops.add(picture, Image.merge("RGB", (spot, spot, spot)))


def _grainy(picture: Image.Image, amount: float) -> Image.Image:
    noise = Image.effect_noise(picture.size, 60 * amount).convert("RGB")
    return ImageChops.add(picture, noise, scale=1, offset=-128)
