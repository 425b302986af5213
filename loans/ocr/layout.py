"""Lines turned upright, in rows: however the phone was held."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from loans.ocr.geometry import Point, turned
from loans.ocr.lines import Line


@dataclass(frozen=True)
class Sheet:
    """The lines as a reader sees them, and by how many degrees the picture was turned for it."""

    lines: tuple[Line, ...]
    degrees: float

    def on_picture(self, point: Point) -> Point:
        """Where a point of the sheet lies on the picture."""
        return turned(point, -self.degrees)

    def rows(self) -> list[list[Line]]:
        """Lines side by side, each row from the left, from the top down."""
        rows: list[list[Line]] = []
        for line in sorted(self.lines, key=lambda each: each.centre[1]):
            if rows and _beside(rows[-1], line):
                rows[-1].append(line)
            else:
                rows.append([line])
        return [sorted(row, key=lambda each: each.left) for row in rows]


def upright(lines: Sequence[Line], landmarks: Sequence[str]) -> Sheet:
    """The lines the right way up. `landmarks` are patterns of words in the order in which they stand from the top
    down: they tell a sheet from one that is upside down, which the direction of lines alone cannot."""
    slope = _slope(lines)
    right, wrong = (_turned(lines, degrees) for degrees in (-slope, 180 - slope))
    return right if _in_order(right, landmarks) >= _in_order(wrong, landmarks) else wrong


def _slope(lines: Sequence[Line]) -> float:
    """In which direction lines run, in degrees: the middle one by length of those long enough to tell."""
    telling = sorted((each.direction, each.length) for each in lines if each.length > 1.8 * each.height)
    half = sum(length for _, length in telling) / 2
    for direction, length in telling:
        half -= length
        if half <= 0:
            return direction
    return 0.0


def _turned(lines: Sequence[Line], degrees: float) -> Sheet:
    return Sheet(
        tuple(Line(each.text, each.score, tuple(turned(point, degrees) for point in each.corners)) for each in lines),
        degrees,
    )


def _in_order(sheet: Sheet, landmarks: Sequence[str]) -> int:
    """How many pairs of landmarks stand in their order, less those that do not."""
    heights = []
    for pattern in landmarks:
        found = [each.centre[1] for each in sheet.lines if re.search(pattern, each.plain)]
        if found:
            heights.append(sum(found) / len(found))
    return sum(1 if upper < lower else -1 for upper, lower in combinations(heights, 2))


def _beside(row: Sequence[Line], line: Line) -> bool:
    middle = sum(each.centre[1] for each in row) / len(row)
    height = max(each.height for each in (*row, line))
    return abs(line.centre[1] - middle) < 0.5 * height
