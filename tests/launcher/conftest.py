import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the servers' user can enter, unlike pytest's own below a private one."""
    made = Path(tempfile.mkdtemp(prefix="aladdin-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def wait_until() -> Wait:
    """Wait for a condition of the world outside; fails after 30 seconds."""

    def wait(is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < end, "waited for 30 seconds"
            time.sleep(0.02)  # between two looks, not instead of one

    return wait
