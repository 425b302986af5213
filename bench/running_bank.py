"""A bank that runs for the length of a benchmark: servers of its own, filled as asked, thrown away afterwards."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django

from aladdin.embedded import services
from aladdin.launcher import run
from aladdin.launcher.addresses import LOOPBACK, Addresses
from aladdin.launcher.children import Children, StopSignals


@dataclass(frozen=True)
class RunningBank:
    """Where it answers. This process has its settings too, and may look into its database."""

    url: str
    sandbox: str


@contextlib.contextmanager
def running_bank(*, web_processes: int = 1) -> Iterator[RunningBank]:
    """The demo bank on durable servers (what is acknowledged is on disk), with web, worker and sandbox processes."""
    addresses = Addresses(LOOPBACK, free_port(), free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="aladdin-bench-") as folder, StopSignals().listening() as stop:
        home = Path(folder)
        with services(home, durable=True, fresh=True) as servers:
            environment = run.environment_of(home, addresses) | servers | {"WEB_CONCURRENCY": str(web_processes)}
            os.environ.update(environment)
            with run.tended(Children(home / "log", environment, stop, verbose=False)) as children:
                run.prepare(children, home, demo=True)
                run.start(children, addresses)
                children.watch(lambda: run.is_ready(addresses), seconds=run.READY_SECONDS)
                django.setup()
                yield RunningBank(addresses.web, addresses.sandbox)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
