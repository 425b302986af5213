"""The process that has a child open each picture: libraries are loaded once, and no child outlives its picture.

It reads no file itself. On standard input it is handed one end of a line for each; a guard is forked, who reads how
long the work may take and forks the worker. The worker opens the file, answers and ends; the guard ends him if he is
too slow, and says as the last four bytes how he ended (`Ending`). Nothing that a file did to a worker reaches the next.
"""

import json
import os
import signal
import socket
import struct
from collections.abc import Callable
from typing import NoReturn

HEAD = struct.Struct("!I")
"""Length of the JSON that opens a line: what is wanted, and how it is bounded."""
ENDING = struct.Struct("!i")
"""How the worker ended: 0, or the signal as a negative number, or his exit status."""
_PIECE = 1 << 16

Work = Callable[[dict[str, object], bytes], list[bytes]]


def serve(work: Work) -> None:
    """Fork for each line that comes on standard input, until nobody is at its other end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are waited for by nobody
    asked = socket.socket(fileno=0)
    while True:
        mark, lines, _, _ = socket.recv_fds(asked, 1, 1)
        if not mark:
            return
        for line in lines:
            if os.fork() == 0:
                asked.close()
                _guard(socket.socket(fileno=line), work)
            os.close(line)


def _guard(line: socket.socket, work: Work) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told: dict[str, object] = json.loads(_exactly(line, HEAD.unpack(_exactly(line, HEAD.size))[0]))
    worker = os.fork()
    if worker == 0:
        _open(line, told, work)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(worker, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, float(str(told["wall_seconds"])))
    ended = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    signal.setitimer(signal.ITIMER_REAL, 0)
    while line.recv(_PIECE):  # what is left unread would break the line before the ending is heard
        pass
    line.sendall(ENDING.pack(ended))
    os._exit(0)


def _open(line: socket.socket, told: dict[str, object], work: Work) -> NoReturn:
    """The worker's life. He leaves by `os._exit`: nothing of the process that he was forked from is his to close."""
    ended = 1
    try:
        with line.makefile("rb") as file:
            parts = work(told, file.read())
        for part in parts:
            line.sendall(part)
        ended = 0
    except BaseException as failure:  # noqa: BLE001  told to the bank's process, which decides
        line.sendall(repr(failure).encode(errors="replace"))
    finally:
        os._exit(ended)


def _exactly(line: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = line.recv(count - len(got))
        if not piece:
            os._exit(0)  # who asked is gone
        got += piece
    return got
