"""Run the servers by hand: start, stop, or print their addresses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aladdin.embedded import EmbeddedError, Services, held


def main(arguments: list[str] | None = None) -> int:
    """`start` leaves the servers running; `env` prints their addresses for `eval` or `source`."""
    parser = argparse.ArgumentParser(prog="python -m aladdin.embedded", description=__doc__)
    parser.add_argument("verb", choices=("start", "stop", "env"))
    parser.add_argument("--data", type=Path, required=True, help="folder for data, logs, passwords")
    parser.add_argument("--fast", action="store_true", help="for tests: quick, not crash-safe")
    options = parser.parse_args(arguments)
    try:
        return _obey(options)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def _obey(options: argparse.Namespace) -> int:
    ours = Services(options.data)
    if options.verb == "env":
        if not ours.is_running():
            raise EmbeddedError(f"no servers run in {ours.data}")
    else:
        with held(ours.data):
            ours.start(durable=not options.fast) if options.verb == "start" else ours.stop()
    if options.verb != "stop":
        for name, url in ours.environment().items():
            print(f"export {name}='{url}'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
