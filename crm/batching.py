"""Working through any number of rows in portions that memory and the database take well."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH = 10_000
T = TypeVar("T")


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The rows in portions of `size`, the last one smaller."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
