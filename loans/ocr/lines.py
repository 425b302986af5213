"""Lines of text as the engine saw them on a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import atan2, degrees, hypot
from typing import Any

from loans.ocr.geometry import Point


@dataclass(frozen=True)
class Line:
    """A line of text: how sure the engine is of it (0 to 1), its corners in pixels."""

    text: str
    score: float
    corners: tuple[Point, ...]

    @cached_property
    def centre(self) -> Point:
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @cached_property
    def left(self) -> float:
        return min(x for x, _ in self.corners)

    @cached_property
    def right(self) -> float:
        return max(x for x, _ in self.corners)

    @cached_property
    def top(self) -> float:
        return min(y for _, y in self.corners)

    @cached_property
    def height(self) -> float:
        """Of the letters: the shorter edge, however the line lies."""
        return min(self._edges)

    @cached_property
    def length(self) -> float:
        return max(self._edges)

    @cached_property
    def direction(self) -> float:
        """Where the longer edge points, in degrees clockwise from the horizontal, from −45 up to 135."""
        (x0, y0), (x1, y1), (x2, y2), _ = self.corners
        along, across = self._edges
        dx, dy = (x1 - x0, y1 - y0) if along >= across else (x2 - x1, y2 - y1)
        return (degrees(atan2(dy, dx)) + 45) % 180 - 45

    @cached_property
    def _edges(self) -> tuple[float, float]:
        (x0, y0), (x1, y1), (x2, y2), _ = self.corners
        return hypot(x1 - x0, y1 - y0), hypot(x2 - x1, y2 - y1)

    @cached_property
    def plain(self) -> str:
        """Without spaces, which the engine sets as it likes."""
        return "".join(self.text.split())


def line_of(said: Mapping[str, Any]) -> Line:
    """As the darkroom says it."""
    corners = tuple((float(x), float(y)) for x, y in said["corners"])
    return Line(str(said["text"]), float(said["score"]), corners)
