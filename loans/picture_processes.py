"""The processes that open pictures, as the bank calls them: one that is kept, and forks a child for each picture.

Started when first needed and again when it is gone; it ends with the bank's process. What the children do and how
they are bounded is in `loans/darkroom`.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock

from loans.darkroom.children import ENDING, HEAD

_ROOT = str(Path(__file__).parents[1])
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from loans.darkroom.develop import main; main()"
# Nothing of ours is for the children's eyes but where the interpreter's own libraries lie.
_ENVIRONMENT = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
_PIECE = 1 << 16
#: Beyond the time that the guard of a child allows it: then the guard itself is at fault.
_GRACE_SECONDS = 5.0


class _Kept:
    """The process that is kept, for this process of ours (a fork of ours starts its own)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def new_line(self) -> socket.socket:
        """Our end of a line to a new child. Raises OSError where none can be had."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._asked(), [b"."], [theirs.fileno()])
            except OSError:  # it is gone: what it had been doing, nobody waits for any more
                self._end()
                socket.send_fds(self._asked(), [b"."], [theirs.fileno()])
        return ours

    def close(self) -> None:
        """End it; the next picture starts another."""
        with self._lock:
            self._end()

    def _asked(self) -> socket.socket:
        if self._line is None or self._owner != os.getpid():
            self._start()
        assert self._line is not None  # noqa: S101  for the type checker
        return self._line

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # Isolated: neither the working directory nor the environment decides what is imported.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-I", "-c", _START, _ROOT],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,  # Ctrl-C stops the server, not the picture it is still answering for
            )
        self._line, self._owner = ours, os.getpid()

    def _end(self) -> None:
        if self._owner != os.getpid():
            return
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.wait()
        self._line = self._process = None


kept = _Kept()
atexit.register(kept.close)


def answer(told: dict[str, object], file: bytes, *, wall_seconds: float) -> tuple[int, bytes]:
    """How the child ended (0, a signal as a negative number, or an exit status) and what it said of the file.

    Raises TimeoutError, and RuntimeError where no child can be had."""
    for _ in range(2):  # a process that fell before it forked did so for no fault of this picture
        with kept.new_line() as line:
            line.settimeout(wall_seconds + _GRACE_SECONDS)
            said = _said(line, json.dumps({**told, "wall_seconds": wall_seconds}).encode(), file)
        if len(said) >= ENDING.size:
            body, ending = said[: -ENDING.size], said[-ENDING.size :]
            return ENDING.unpack(ending)[0], body
        kept.close()
    raise RuntimeError("no process opens pictures")


def _said(line: socket.socket, head: bytes, file: bytes) -> bytes:
    with suppress(BrokenPipeError, ConnectionResetError):  # a child that is gone has still said how it ended
        line.sendall(HEAD.pack(len(head)) + head)
        line.sendall(file)
        line.shutdown(socket.SHUT_WR)
    pieces = []
    with suppress(ConnectionResetError):
        while piece := line.recv(_PIECE):
            pieces.append(piece)
    return b"".join(pieces)
