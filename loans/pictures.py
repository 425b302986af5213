"""A picture from a phone as a problem or as a picture: `loans.imaging` with the API's refusals."""

from aladdin.problems import RuleBroken
from loans.imaging import ImageRefused, Picture, normalise


def picture_of(content: bytes, *, field: str) -> Picture:
    """The picture made anew. Raises RuleBroken with imaging's code: `not_an_image`, `image_bomb`, …"""
    try:
        return normalise(content)
    except ImageRefused as refused:
        raise RuleBroken(refused.code, refused.message_zh, errors={field: [refused.message_zh]}) from refused
