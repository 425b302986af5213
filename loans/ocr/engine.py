"""The engine that reads text, as the bank calls it: a process with the models, started when first needed.

Models take some 600 MB and two seconds to load; web processes never do. A worker keeps `settings.OCR["PROCESSES"]`
of them (`loans/darkroom/read.py`), each with bounds on memory and on the time for one picture; one that is too slow
or falls is ended, and the next picture gets a new one.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypedDict, cast

from django.conf import settings
from django.utils.module_loading import import_string

from loans.ocr.lines import Line, line_of

_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from loans.darkroom.read import main; main()"
_ENVIRONMENT = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
#: Of a process that grows by and by, no more is asked.
_PICTURES_A_PROCESS = 500


class OcrSettings(TypedDict):
    """`settings.OCR`: bytes, seconds."""

    ENGINE: str
    PROCESSES: int
    THREADS: int
    MEMORY: int
    TIMEOUT: float
    START_TIMEOUT: float


class EngineFailed(Exception):
    """The engine fell over this picture, or could not be started. `code`: `ocr_timeout` or `ocr_failed`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code


@dataclass(frozen=True)
class Reading:
    """What stands on a picture, by which engine, in how many milliseconds."""

    lines: tuple[Line, ...]
    engine: str
    milliseconds: int


class Engine(Protocol):
    """Whatever reads text."""

    def read(self, picture: bytes, *, side: int) -> Reading:
        """The lines on a JPEG of ours; `side`: pixels of the longer side in which text is looked for.

        Raises EngineFailed."""


def engine() -> Engine:
    """The engine that the settings name."""
    return _engine(settings.OCR["ENGINE"])


@lru_cache(maxsize=4)
def _engine(path: str) -> Engine:
    return cast(Engine, import_string(path)())


class ProcessEngine:
    """The real one: processes of the darkroom."""

    def __init__(self) -> None:
        self._told = cast(OcrSettings, settings.OCR)
        self._free: SimpleQueue[_Process | None] = SimpleQueue()
        for _ in range(self._told["PROCESSES"]):
            self._free.put(None)

    def read(self, picture: bytes, *, side: int) -> Reading:
        """Raises EngineFailed."""
        with self._turn() as process:
            return process.read(picture, side)

    @contextmanager
    def _turn(self) -> "Iterator[_Process]":
        """A process that nobody else asks; it goes back when it is still sound."""
        try:
            process = self._free.get(timeout=self._told["TIMEOUT"])
        except Empty:
            raise EngineFailed("ocr_timeout", "all processes are busy") from None
        kept = None
        try:
            process = process or _Process(self._told)
            yield process
            kept = process if process.is_sound else None
        finally:
            if process is not None and kept is None:
                process.end()
            self._free.put(kept)

    def close(self) -> None:
        """End the processes."""
        for _ in range(self._told["PROCESSES"]):
            process = self._free.get()
            if process is not None:
                process.end()
            self._free.put(None)


class _Process:
    """One process with the models in memory."""

    def __init__(self, told: OcrSettings) -> None:
        self._told = told
        self._left = _PICTURES_A_PROCESS
        bounds = json.dumps({"memory": told["MEMORY"], "threads": told["THREADS"]})
        # Isolated: neither the working directory nor the environment decides what is imported.
        self._child = subprocess.Popen(  # noqa: S603  our own interpreter and code; pictures are data
            [sys.executable, "-I", "-c", _START, _ROOT, bounds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        try:
            self.name = str(self._answer(told["START_TIMEOUT"])["ready"])
        except BaseException:
            self.end()
            raise

    @property
    def is_sound(self) -> bool:
        return self._child.poll() is None and self._left > 0

    def read(self, picture: bytes, side: int) -> Reading:
        self._left -= 1
        self._ask(json.dumps({"length": len(picture), "side": side}).encode() + b"\n" + picture)
        said = self._answer(self._told["TIMEOUT"])
        if "error" in said:
            raise EngineFailed("ocr_failed", str(said["error"]))
        return Reading(tuple(line_of(each) for each in said["lines"]), self.name, int(said["milliseconds"]))

    def _ask(self, what: bytes) -> None:
        if self._child.stdin is None:
            raise EngineFailed("ocr_failed", "no input")
        try:
            self._child.stdin.write(what)
            self._child.stdin.flush()
        except OSError as error:
            self._left = 0
            raise EngineFailed("ocr_failed", "the process is gone") from error

    def _answer(self, seconds: float) -> dict[str, Any]:
        """One line of JSON. Raises EngineFailed; then nothing more can be asked of the process."""
        left, self._left = self._left, 0
        raw = b"".join(self._pieces(time.monotonic() + seconds))
        try:
            said: dict[str, Any] = json.loads(raw)
        except ValueError:
            raise EngineFailed("ocr_failed", "the process fell") from None
        self._left = left
        return said

    def _pieces(self, end: float) -> Iterator[bytes]:
        if self._child.stdout is None:
            return
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._child.stdout, selectors.EVENT_READ)
            while waiting.select(max(0.0, end - time.monotonic())):
                piece = os.read(self._child.stdout.fileno(), 1 << 16)
                yield piece
                if not piece or piece.endswith(b"\n"):
                    return
        raise EngineFailed("ocr_timeout", "too slow")

    def end(self) -> None:
        """Stop the process, whatever it does."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written goes nowhere
                    continue
