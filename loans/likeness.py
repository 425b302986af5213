"""Pictures that were sent before: found by a 64-bit hash of what they look like, told apart by their thumbnails.

For papers of loans, and for photos of post-loan checks (`subject` says whose). A hash is looked for by its four bands
of 16 bits, each with at most one bit wrong: of two hashes that differ in at most seven bits, one band must do
(four bands with two wrong bits each would be eight).
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import IntegerField, Value
from django.db.models.expressions import RawSQL
from PIL import Image, ImageChops, ImageStat

from aladdin import parameters
from loans.models import PictureFingerprint

_BANDS, _BAND_BITS = 4, 16
FURTHEST = 2 * _BANDS - 1
"""Bits by which hashes may differ and still surely be found."""

_WIDTH, _BLOCK = 192, 6
_SPREAD = 48.0
_NO_LIKENESS = 255.0


@dataclass(frozen=True)
class Similar:
    """A picture whose hash is near: whose it is, and in how many bits it differs."""

    subject_id: UUID
    distance: int


def remember(subject: str, subject_id: UUID, perceptual_hash: str) -> None:
    """Keep the hash of a picture of `subject` (e.g. "loans.material"); nothing where it has none."""
    if perceptual_hash:
        PictureFingerprint.objects.create(
            subject=subject, subject_id=subject_id, hash=_signed(perceptual_hash), bands=_bands(perceptual_hash)
        )


def similar(subject: str, perceptual_hash: str, *, within: int | None = None) -> list[Similar]:
    """The remembered pictures of `subject` that differ in at most `within` bits (at most 7; the bank's parameter
    unless told), the nearest first. A look at both must decide: see `difference`."""
    if not perceptual_hash:
        return []
    most = parameters.integer("loan.picture_hash_distance") if within is None else within
    distance = RawSQL("bit_count((hash # %s)::bit(64))::int", [_signed(perceptual_hash)], IntegerField())
    near = PictureFingerprint.objects.filter(subject=subject, bands__overlap=sorted(_probes(perceptual_hash)))
    rows = near.annotate(distance=distance).filter(distance__lte=Value(min(most, FURTHEST)))
    return [Similar(row.subject_id, row.distance) for row in rows.order_by("distance", "id")]


def _bands(perceptual_hash: str) -> list[int]:
    """Each band with its number in front, so that one index serves all."""
    number = int(perceptual_hash, 16)
    return [place << _BAND_BITS | number >> place * _BAND_BITS & 0xFFFF for place in range(_BANDS)]


def _probes(perceptual_hash: str) -> Iterable[int]:
    """The bands, and each with one bit turned."""
    for band in _bands(perceptual_hash):
        yield band
        for bit in range(_BAND_BITS):
            yield band ^ 1 << bit


def _signed(perceptual_hash: str) -> int:
    number = int(perceptual_hash, 16)
    return number - (1 << 64) if number >= 1 << 63 else number


# --- A closer look -------------------------------------------------------------------------------
def is_same(one: bytes, other: bytes) -> bool:
    """Whether two thumbnails of ours are of one picture, by the bank's parameter."""
    return difference(one, other) <= float(parameters.decimal("loan.picture_same_difference"))


def difference(one: bytes, other: bytes) -> float:
    """How far two thumbnails (JPEG, ours) are apart where they differ most, in grey values of equal contrast, from 0
    to 255. Other names on cards of one print make 30 and more, another camera's JPEG or paler light 6 and less."""
    first, second = _evened(one, None), _evened(other, None)
    if abs(first.height - second.height) > 2:
        return _NO_LIKENESS
    second = _evened(other, first.size)
    blocks = ImageChops.difference(first, second).reduce(_BLOCK)
    return float(ImageStat.Stat(blocks).extrema[0][1])


def _evened(thumbnail: bytes, size: tuple[int, int] | None) -> Image.Image:
    """In grey, of one width, brightness and contrast."""
    with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as image:
        size = size or (_WIDTH, max(_BLOCK, round(_WIDTH * image.height / image.width)))
        grey = image.convert("L").resize(size, Image.Resampling.BOX)
    light = ImageStat.Stat(grey)
    middle, spread = light.mean[0], max(light.stddev[0], 1.0)
    return grey.point([max(0, min(255, round((value - middle) * _SPREAD / spread + 128))) for value in range(256)])
