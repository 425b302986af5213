"""Logistic regression by Newton's method, on rows grouped by their bins: a few hundred kinds of debtor at most."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = 50
_ENOUGH = 1e-9
_RIDGE = 1e-6


@dataclass(frozen=True)
class Kind:
    """Debtors who look the same: their weights of evidence, and what became of them."""

    weights: tuple[float, ...]
    goods: int
    bads: int


def fitted(kinds: Sequence[Kind]) -> list[float]:
    """Intercept and coefficients of the logarithm of the odds of being good. Raises ArithmeticError where no fit
    is found."""
    width = len(kinds[0].weights) + 1
    beta = [0.0] * width
    for _ in range(_STEPS):
        gradient, curvature = _derivatives(kinds, beta)
        step = _solved(curvature, gradient)
        beta = [one + other for one, other in zip(beta, step, strict=True)]
        if max(map(abs, step)) < _ENOUGH:
            return beta
    raise ArithmeticError("the regression does not settle")


def _derivatives(kinds: Sequence[Kind], beta: Sequence[float]) -> tuple[list[float], list[list[float]]]:
    width = len(beta)
    gradient = [-_RIDGE * each for each in beta]
    curvature = [[_RIDGE if row == column else 0.0 for column in range(width)] for row in range(width)]
    for kind in kinds:
        values = (1.0, *kind.weights)
        count = kind.goods + kind.bads
        good = 1 / (1 + math.exp(-sum(b * x for b, x in zip(beta, values, strict=True))))
        for row in range(width):
            gradient[row] += values[row] * (kind.goods - count * good)
            for column in range(width):
                curvature[row][column] += values[row] * values[column] * count * good * (1 - good)
    return gradient, curvature


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination with the largest pivot."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(len(rows)):
            if row != column:
                share = rows[row][column] / rows[column][column]
                rows[row] = [one - share * other for one, other in zip(rows[row], rows[column], strict=True)]
    return [row[-1] / row[index] for index, row in enumerate(rows)]
