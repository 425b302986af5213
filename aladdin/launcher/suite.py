"""`bin/test [pytest arguments]`: every test, in parallel, on servers of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from aladdin.embedded import EmbeddedError, services
from aladdin.launcher.browser import NoBrowser, chromium
from aladdin.launcher.run import ROOT, VAR


def main(arguments: list[str] | None = None) -> int:
    """Pytest's own exit status, or 1 where its surroundings cannot be had."""
    asked = sys.argv[1:] if arguments is None else arguments
    try:
        browser = chromium()
        with services(VAR / "test", durable=False, fresh=True) as servers:
            return _pytest(asked, servers, browser)
    except (EmbeddedError, NoBrowser) as error:
        print(error, file=sys.stderr)
        return 1


def _pytest(asked: list[str], servers: dict[str, str], browser: str | None) -> int:
    choice = [] if browser else ["-m", "not browser"]
    environment = os.environ | servers | {"PYTHONUTF8": "1"}
    if browser:
        environment["ALADDIN_CHROMIUM"] = browser
    tests = subprocess.Popen([sys.executable, "-m", "pytest", *choice, *asked], cwd=ROOT, env=environment)
    while True:
        try:
            return tests.wait()
        except KeyboardInterrupt:  # pytest got the same Ctrl-C, and still has its report to write
            continue


if __name__ == "__main__":
    sys.exit(main())
