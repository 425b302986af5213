"""Pictures and pages from outside: checked by content, made anew of their pixels alone, with a thumbnail.

Nothing of the file that came in is kept in what goes out: no position, no comment, no trailing bytes. The work is
done in a process of the darkroom (`loans/darkroom`) with bounds on memory and time, one for each picture or page.
"""

import hashlib
import json
import os
import signal
from dataclasses import dataclass
from decimal import Decimal
from threading import BoundedSemaphore
from typing import Any

from loans import picture_processes

# Each may take `Limits.memory` and a processor; more at once would only wait for each other.
_AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))

_OUT_OF_TIME = frozenset({-signal.SIGXCPU, -signal.SIGKILL})
_COUNT = -1

_MESSAGES = {
    "not_an_image": "文件不是JPEG或PNG图片",
    "image_too_large": "图片文件过大,请压缩后重新上传",
    "image_bomb": "图片尺寸过大,无法处理",
    "image_damaged": "图片已损坏或不完整,请重新拍摄上传",
    "image_polyglot": "图片中夹带了其他文件内容,不予接收",
    "image_timeout": "图片处理超时,请稍后重试",
    "not_a_pdf": "文件不是PDF文档",
    "pdf_encrypted": "PDF文档已加密,请解除密码后重新上传",
    "pdf_damaged": "PDF文档已损坏或不完整,请重新上传",
    "pdf_empty": "PDF文档没有内容",
    "pdf_polyglot": "PDF文档中夹带了其他文件内容,不予接收",
    "pdf_too_many_pages": "PDF文档页数超过上限,请拆分后上传",
}
MARK_OF_A_PDF = b"%PDF-"


@dataclass(frozen=True)
class Limits:
    """What a file may take: bytes, pixels, seconds, pages; and what it becomes."""

    file_bytes: int = 30_000_000
    pixels: int = 120_000_000
    memory: int = 1_000_000_000
    cpu_seconds: int = 10
    wall_seconds: float = 20
    long_edge: int = 2400
    budget: int = 1_000_000
    thumbnail_edge: int = 320
    pages: int = 50


USUAL = Limits()


@dataclass(frozen=True)
class Scores:
    """How good a picture is (`loans/darkroom/judging.py`): sharpness from 0 up, the share of it that is burnt out
    (0 to 1), the middle grey value (0 to 255)."""

    sharpness: Decimal
    glare: Decimal
    brightness: Decimal


@dataclass(frozen=True)
class Picture:
    """A picture as the bank keeps it: both JPEG; the digest of the original is for the evidence chain. The hash says
    what it looks like (`loans/darkroom/likeness.py`), and is empty where there is nothing to see."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str
    original_sha256: str
    scores: Scores
    perceptual_hash: str


class ImageRefused(ValueError):
    """The file is refused; `code` is for programs, `message_zh` for the person who sent it."""

    def __init__(self, code: str) -> None:
        super().__init__(code, _MESSAGES[code])
        self.code = code
        self.message_zh = _MESSAGES[code]

    def __str__(self) -> str:
        return f"{self.code}: {self.message_zh}"


def normalise(original: bytes, limits: Limits = USUAL) -> Picture:
    """The picture upright, in RGB, at most `long_edge` long and `budget` bytes, without metadata.

    Raises:
        ImageRefused: not_an_image (neither JPEG nor PNG by content), image_too_large (the file), image_bomb
            (pixels or memory), image_damaged (broken or cut off), image_polyglot (something else besides),
            image_timeout.
        RuntimeError: the child process itself failed, which is no fault of the picture.
    """
    return _picture(original, limits, None)


def pages(original: bytes, limits: Limits = USUAL) -> int:
    """How many pages a PDF has.

    Raises ImageRefused: not_a_pdf, image_too_large, pdf_encrypted, pdf_damaged, pdf_empty, pdf_polyglot,
    pdf_too_many_pages, image_timeout."""
    told, _ = _developed(original, limits, _COUNT)
    return int(told["pages"])


def page(original: bytes, number: int, limits: Limits = USUAL) -> Picture:
    """One page of a PDF (from 0) as a picture. Raises ImageRefused as `pages`, and image_bomb."""
    return _picture(original, limits, number)


def _picture(original: bytes, limits: Limits, number: int | None) -> Picture:
    told, body = _developed(original, limits, number)
    content, thumbnail = body[: told["length"]], body[told["length"] :]
    return Picture(
        content=content,
        thumbnail=thumbnail,
        width=told["width"],
        height=told["height"],
        sha256=hashlib.sha256(content).hexdigest(),
        original_sha256=hashlib.sha256(original).hexdigest(),
        scores=Scores(*(Decimal(str(told[name])) for name in ("sharpness", "glare", "brightness"))),
        perceptual_hash=told["perceptual_hash"],
    )


def _developed(original: bytes, limits: Limits, number: int | None) -> tuple[dict[str, Any], bytes]:
    """What the darkroom says of the file, and the pictures behind it."""
    if len(original) > limits.file_bytes:
        raise ImageRefused("image_too_large")
    header, _, body = _answer(original, limits, number).partition(b"\n")
    told: dict[str, Any] = json.loads(header)
    if "refused" in told:
        raise ImageRefused(told["refused"])
    return told, body


def _answer(original: bytes, limits: Limits, number: int | None) -> bytes:
    """What the child says of the file; waiting for a free processor counts as time, too."""
    if not _AT_ONCE.acquire(timeout=limits.wall_seconds):
        raise ImageRefused("image_timeout")
    try:
        ended, said = picture_processes.answer(_told(limits, number), original, wall_seconds=limits.wall_seconds)
    except TimeoutError as late:
        raise ImageRefused("image_timeout") from late
    finally:
        _AT_ONCE.release()
    if ended in _OUT_OF_TIME:
        raise ImageRefused("image_timeout")
    if ended < 0:  # the decoder crashed: no sound file does that
        raise ImageRefused("image_damaged" if number is None else "pdf_damaged")
    if ended > 0:
        raise RuntimeError(f"the picture's process failed: {said.decode(errors='replace')[-500:]}")
    return said


def _told(limits: Limits, number: int | None) -> dict[str, object]:
    return {
        "pixels": limits.pixels,
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        "long_edge": limits.long_edge,
        "budget": limits.budget,
        "thumbnail_edge": limits.thumbnail_edge,
        "pages": limits.pages,
        "page": number,
    }
