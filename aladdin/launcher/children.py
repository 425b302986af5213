"""The processes of a running bank: started, watched and stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

TAIL_LINES = 20
STOP_SECONDS = 15.0
TROUBLE = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback)\b")
ROUTINE = re.compile(r"^(\d{4}-\d\d-\d\d |INFO|DEBUG)")

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildDied(RuntimeError):
    """A process ended that should have gone on; names it and shows those of its last lines not yet shown."""

    def __init__(self, child: Child) -> None:
        code = child.process.returncode
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        tail = "".join(f"\n  {child.name} | {line}" for line, is_shown in child.tail if not is_shown)
        super().__init__(f"{child.name} 意外退出 · {child.name} ended unexpectedly ({how}){tail}")


class NotReady(RuntimeError):
    """The bank did not answer in time."""


class StopAsked(Exception):
    """Ctrl-C or SIGTERM."""


class StopSignals:
    """Remembers that a stop was asked for, so that no step is broken off in the middle."""

    def __init__(self) -> None:
        self.count = 0

    @contextlib.contextmanager
    def listening(self) -> Iterator[StopSignals]:
        """Take SIGINT, SIGTERM and SIGHUP for as long as the block lasts."""
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask) for number in wanted}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def check(self) -> None:
        """Raise StopAsked if it was."""
        if self.count:
            raise StopAsked

    def _ask(self, _number: int, _frame: object) -> None:
        self.count += 1


@dataclass
class Child:
    """One process with its log file, and its last lines with whether the screen had them."""

    name: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    tail: deque[tuple[str, bool]] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    unfinished: bytes = b""
    in_trouble: bool = False
    is_aloud: bool = False
    """Whether its own messages, other than routine log lines, belong on the screen."""
    may_end: bool = False
    """Whether it has an errand, and then is done."""

    def take(self, output: bytes) -> Iterator[str]:
        """Log what it wrote; yields the whole lines."""
        self.log.write(output)
        *lines, self.unfinished = (self.unfinished + output).split(b"\n")
        for raw in lines:
            yield raw.decode(errors="replace").rstrip("\r")

    def deserves_attention(self, line: str) -> bool:
        """Whether a person at the screen should see `line`: a warning, an error, its traceback, a message."""
        if TROUBLE.search(line):
            self.in_trouble = True
        elif ROUTINE.match(line):
            self.in_trouble = False
            return False
        return self.in_trouble or self.is_aloud


class Children:
    """The processes, in the order of their start; stopped in the opposite order."""

    def __init__(self, logs: Path, environment: dict[str, str], stop: StopSignals, *, verbose: bool) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._environment = environment
        self._stop = stop
        self._verbose = verbose
        self._selector = selectors.DefaultSelector()
        self._running: list[Child] = []

    def start(self, name: str, *command: str | Path) -> Child:
        """Start a process in a session of its own: Ctrl-C reaches us alone, and we choose the order."""
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - we have one thread
        )
        child = Child(name, process, self._open_log(name))
        assert process.stdout is not None  # noqa: S101 - asked for above; tells the type checker
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        self._running.append(child)
        return child

    def run(self, name: str, *command: str | Path) -> None:
        """Run one to its end, with what it has to say. Raises ChildDied unless it ends well."""
        child = self.start(name, *command)
        child.is_aloud = child.may_end = True
        self.watch(lambda: child.process.poll() is not None)
        self._forget(child)
        if child.process.returncode != 0:
            raise ChildDied(child)

    def watch(self, until: Callable[[], bool], *, seconds: float = float("inf")) -> None:
        """Pass on what they write until something is so. Raises ChildDied, NotReady, StopAsked."""
        end = time.monotonic() + seconds
        while not until():
            self._turn()
            self._stop.check()
            for child in self._running:
                if child.process.poll() is not None and not child.may_end:
                    self._drain(child)
                    raise ChildDied(child)
            if time.monotonic() > end:
                names = ", ".join(child.name for child in self._running)
                raise NotReady(f"{seconds:.0f} 秒内未就绪 · not ready within {seconds:.0f} s ({names})")

    def stop(self) -> None:
        """Stop all, last started first; a second Ctrl-C does not wait for them."""
        asked = self._stop.count
        for child in reversed(self._running.copy()):
            if child.process.poll() is None:
                child.process.terminate()
            end = time.monotonic() + STOP_SECONDS
            while child.process.poll() is None and time.monotonic() < end and self._stop.count <= asked:
                self._turn()
            self._forget(child)

    def _turn(self) -> None:
        for key, _ in self._selector.select(timeout=0.1):
            self._pass_on(key.data, key.fd)

    def _pass_on(self, child: Child, handle: int) -> None:
        output = os.read(handle, 65536)
        if not output:
            self._selector.unregister(handle)
        for line in child.take(output):
            is_shown = child.deserves_attention(line) or self._verbose
            child.tail.append((line, is_shown))
            if is_shown:
                print(f"{child.name} | {line}", flush=True)

    def _drain(self, child: Child) -> None:
        """Read what a process that ended had still written."""
        stream = child.process.stdout
        if stream is None or stream.closed:
            return
        with contextlib.suppress(KeyError, BlockingIOError):
            while self._selector.get_key(stream):
                self._pass_on(child, stream.fileno())

    def _forget(self, child: Child) -> None:
        """Nothing of it goes on: neither the process nor what it may have started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._drain(child)
        if child.process.stdout is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.process.stdout)
            child.process.stdout.close()
        child.log.close()
        self._running.remove(child)

    def _open_log(self, name: str) -> IO[bytes]:
        """A new log for this run; the last run's is kept beside it."""
        log = self._logs / f"{name}.log"
        if log.exists():
            log.replace(self._logs / f"{name}.previous.log")
        return log.open("wb", buffering=0)


def _end_with_parent() -> None:
    """Even a kill -9 of the launcher leaves none of its processes behind, nor their ports taken (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
