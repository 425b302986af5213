"""What a provider must still know after a restart: one line of JSON for each thing that happened."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of events; without a folder it keeps nothing.

    Written through to the operating system with each event, so a killed process loses none."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._path = folder / f"{name}.jsonl" if folder else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def events(self) -> Iterator[dict[str, Any]]:
        """Everything written so far, oldest first; a last line cut off by a power failure does not count."""
        if self._path is None or not self._path.exists():
            return
        whole, _, cut_off = self._path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            yield json.loads(line)
        if cut_off:
            self._path.write_bytes(whole + b"\n" if whole else b"")

    def write(self, event: dict[str, Any]) -> None:
        """Keep `event`."""
        if self._path is None:
            return
        with self._path.open("ab") as out:
            out.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")

    def clear(self) -> None:
        """Forget everything."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
