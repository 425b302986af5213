"""A picture from a phone as a problem or as a picture: `loans.imaging` with the API's refusals."""

from typing import IO, Any

from aladdin.problems import RuleBroken
from loans.imaging import USUAL, ImageRefused, Picture, normalise


def picture_of(content: bytes, *, field: str) -> Picture:
    """The picture made anew. Raises RuleBroken with imaging's code: `not_an_image`, `image_bomb`, …"""
    try:
        return normalise(content)
    except ImageRefused as refused:
        raise RuleBroken(refused.code, refused.message_zh, errors={field: [refused.message_zh]}) from refused


def content_of(upload: IO[Any], *, field: str) -> bytes:
    """An uploaded file's bytes; one over the limit is refused before it fills the memory."""
    content: bytes = upload.read(USUAL.file_bytes + 1)
    if len(content) > USUAL.file_bytes:
        refused = ImageRefused("image_too_large")
        raise RuleBroken(refused.code, refused.message_zh, errors={field: [refused.message_zh]})
    return content
