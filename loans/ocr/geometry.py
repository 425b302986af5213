"""Plane geometry of photographed cards: points, turning, and the perspective that takes one quadrangle to another.

Points are (x, y) in pixels, y downwards. Written out, since it is a few lines and web processes load no numpy.
"""

import math
from collections.abc import Sequence

Point = tuple[float, float]


def turned(point: Point, degrees: float, about: Point = (0.0, 0.0)) -> Point:
    """The point after a turn about another; positive is clockwise as people see it."""
    angle = math.radians(degrees)
    x, y = point[0] - about[0], point[1] - about[1]
    cos, sin = math.cos(angle), math.sin(angle)
    return about[0] + x * cos - y * sin, about[1] + x * sin + y * cos


def perspective(source: Sequence[Point], target: Sequence[Point]) -> tuple[float, ...]:
    """The eight coefficients that take four points `source` onto four points `target`.

    In the order of Pillow's `Image.transform(…, PERSPECTIVE)`, which asks where in the picture (target) each
    pixel of the result (source) comes from. Raises ValueError where three points lie on a line."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return tuple(_solved(rows))


def taken(point: Point, coefficients: Sequence[float]) -> Point:
    """Where `perspective` takes a point."""
    a, b, c, d, e, f, g, h = coefficients
    x, y = point
    depth = g * x + h * y + 1
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def affine(source: Sequence[Point], target: Sequence[Point]) -> tuple[float, ...]:
    """The six coefficients of the plane map that fits three or more pairs of points best (least squares).

    Raises ValueError where the points do not span a plane."""
    matrix = [[sum(p[i] * p[j] for p in _homogeneous(source)) for j in range(3)] for i in range(3)]
    found: list[float] = []
    for axis in (0, 1):
        right = [sum(p[i] * t[axis] for p, t in zip(_homogeneous(source), target, strict=True)) for i in range(3)]
        found += _solved([[*row, value] for row, value in zip(matrix, right, strict=True)])
    return tuple(found)


def moved(point: Point, coefficients: Sequence[float]) -> Point:
    """Where `affine` takes a point."""
    a, b, c, d, e, f = coefficients
    x, y = point
    return a * x + b * y + c, d * x + e * y + f


def _homogeneous(points: Sequence[Point]) -> list[tuple[float, float, float]]:
    return [(x, y, 1.0) for x, y in points]


def _solved(rows: list[list[float]]) -> list[float]:
    """Gauss and Jordan, with pivots, on the augmented matrix."""
    size = len(rows)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < 1e-9:
            raise ValueError("the points do not span a plane")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [value / lead for value in rows[column]]
        for row in range(size):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [value - factor * own for value, own in zip(rows[row], rows[column], strict=True)]
    return [row[-1] for row in rows]
