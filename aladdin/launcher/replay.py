"""`bin/replay`: a bank of its own beside the demo bank, filled with a real bank's years through the doors.

The servers run as `bin/run` runs them, on free ports; one more process, `manage.py replay`, plays the people and the
core banking system. `bin/run --bank replay` opens the result afterwards.
"""

from __future__ import annotations

import argparse
import io
import os
import socket
import subprocess
import sys

from aladdin.embedded import services
from aladdin.launcher import run
from aladdin.launcher.addresses import LOOPBACK, Addresses
from aladdin.launcher.children import Children, StopAsked, StopSignals

STORY_SECONDS_TO_STOP = 10


def main(arguments: list[str] | None = None) -> int:
    """0 where every figure equals the source's control total, 1 where one differs or something is wrong."""
    options = _options(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    os.umask(0o077)
    with StopSignals().listening() as stop:
        try:
            return _replay(options, stop)
        except StopAsked:
            print("已停止；再次运行会从中断处继续。Stopped; run it again to go on from here.")
            return 1
        except run.REFUSALS as error:
            print(f"\n{error}", file=sys.stderr)
            return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/replay",
        description="Replay the source bank of demo/data: feeds through the core-banking door, loans through the "
        "public API, then compare every figure with the source's control totals.",
    )
    parser.add_argument("--fresh", action="store_true", help="delete the replay's data and begin anew")
    parser.add_argument("--loans", type=int, default=0, metavar="N", help="only the first N loans (totals then differ)")
    return parser.parse_args(arguments)


def _replay(options: argparse.Namespace, stop: StopSignals) -> int:
    home = run.VAR / "replay"
    addresses = Addresses(LOOPBACK, _free_port(), _free_port(), _free_port())
    with services(home, durable=True, fresh=options.fresh) as servers:
        environment = run.environment_of(home, addresses) | servers | {"REPLAY_CLOCK": "1"}
        with run.tended(Children(home / "log", environment, stop, verbose=False)) as children:
            run.prepare(children, home, demo=False)
            run.start(children, addresses)
            children.watch(lambda: run.is_ready(addresses), seconds=run.READY_SECONDS)
            return _tell_story(options, addresses, environment, children)


def _tell_story(
    options: argparse.Namespace, addresses: Addresses, environment: dict[str, str], children: Children
) -> int:
    """The story keeps the terminal, for its progress bars; the servers are watched meanwhile."""
    command = [*run.MANAGE, "replay", "--url", addresses.web, "--sandbox", addresses.sandbox]
    if options.loans:
        command += ["--loans", str(options.loans)]
    story = subprocess.Popen([str(part) for part in command], env=environment)
    try:
        children.watch(lambda: story.poll() is not None)
    finally:
        if story.poll() is None:
            story.terminate()
            story.wait(STORY_SECONDS_TO_STOP)
    return int(story.returncode != 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
