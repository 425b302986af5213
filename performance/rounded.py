"""Figures as third parties may see them: yuan in 万元 to one place, so that no customer's amount stands there."""

from decimal import ROUND_HALF_UP, Decimal

_TEN_THOUSAND = Decimal(10_000)
_TENTH = Decimal("0.1")


def said(value: Decimal, unit: str) -> str:
    """The figure with its unit.

    >>> said(Decimal("123456.78"), "元"), said(Decimal("1.50"), "户")
    ('12.3 万元', '1.5 户')
    """
    if unit != "元":
        return f"{value.normalize():f} {unit}"
    return f"{(value / _TEN_THOUSAND).quantize(_TENTH, ROUND_HALF_UP):,} 万元"
