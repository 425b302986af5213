"""Pictures from phones: checked by content, made anew of their pixels alone, with a thumbnail.

Nothing of the file that came in is kept in what goes out: no position, no comment, no trailing bytes. The
work is done in a child process (`loans.pixels`) with bounds on memory and time, one for each picture: it
starts in some 40 ms and is safe to start from a server with threads.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

_CHILD = Path(__file__).with_name("pixels.py")
# Nothing of ours is for the child's eyes but where the interpreter's own libraries lie.
_ENVIRONMENT = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
# Each may take `Limits.memory` and a processor; more at once would only wait for each other.
_AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))

_OUT_OF_TIME = frozenset({-signal.SIGXCPU, -signal.SIGKILL})

_MESSAGES = {
    "not_an_image": "文件不是JPEG或PNG图片",
    "image_too_large": "图片文件过大,请压缩后重新上传",
    "image_bomb": "图片尺寸过大,无法处理",
    "image_damaged": "图片已损坏或不完整,请重新拍摄上传",
    "image_timeout": "图片处理超时,请稍后重试",
}


@dataclass(frozen=True)
class Limits:
    """What a picture may take: bytes, pixels, seconds; and what it becomes."""

    file_bytes: int = 20_000_000
    pixels: int = 64_000_000
    memory: int = 1_000_000_000
    cpu_seconds: int = 10
    wall_seconds: float = 20
    long_edge: int = 2400
    budget: int = 1_000_000
    thumbnail_edge: int = 320


USUAL = Limits()


@dataclass(frozen=True)
class Picture:
    """A picture as the bank keeps it: both JPEG; the digest of the original is for the evidence chain."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str
    original_sha256: str


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
            (pixels or memory), image_damaged (broken or cut off), image_timeout.
        RuntimeError: the child process itself failed, which is no fault of the picture.
    """
    if len(original) > limits.file_bytes:
        raise ImageRefused("image_too_large")
    header, _, body = _answer(original, limits).partition(b"\n")
    told: dict[str, Any] = json.loads(header)
    if "refused" in told:
        raise ImageRefused(told["refused"])
    content, thumbnail = body[: told["length"]], body[told["length"] :]
    return Picture(
        content=content,
        thumbnail=thumbnail,
        width=told["width"],
        height=told["height"],
        sha256=hashlib.sha256(content).hexdigest(),
        original_sha256=hashlib.sha256(original).hexdigest(),
    )


def _answer(original: bytes, limits: Limits) -> bytes:
    """What the child says of the picture; waiting for a free processor counts as time, too."""
    if not _AT_ONCE.acquire(timeout=limits.wall_seconds):
        raise ImageRefused("image_timeout")
    try:
        done = _run(original, limits)
    except subprocess.TimeoutExpired as late:
        raise ImageRefused("image_timeout") from late
    finally:
        _AT_ONCE.release()
    if done.returncode in _OUT_OF_TIME:
        raise ImageRefused("image_timeout")
    if done.returncode < 0:  # the decoder crashed: no sound picture does that
        raise ImageRefused("image_damaged")
    if done.returncode > 0:
        raise RuntimeError(f"the picture's process failed: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


def _run(original: bytes, limits: Limits) -> subprocess.CompletedProcess[bytes]:
    told = {
        "pixels": limits.pixels,
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        "long_edge": limits.long_edge,
        "budget": limits.budget,
        "thumbnail_edge": limits.thumbnail_edge,
    }
    return subprocess.run(  # noqa: S603  our own interpreter and file; the picture is data on standard input
        # Isolated: neither the working directory nor the environment decides what is imported.
        [sys.executable, "-I", str(_CHILD), json.dumps(told)],
        input=original,
        capture_output=True,
        timeout=limits.wall_seconds,
        env=_ENVIRONMENT,
        start_new_session=True,  # Ctrl-C stops the server, not the picture it is still answering for
        check=False,
    )
