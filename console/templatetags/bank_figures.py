"""Figures as a Chinese reader expects them."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django import template

from aladdin import clock

register = template.Library()


@register.filter
def wan(amount: Decimal) -> str:
    """Yuan in 万元 with two decimals: 1234567 → 123.46."""
    return f"{(Decimal(amount) / 10_000).quantize(Decimal('0.01'), ROUND_HALF_UP):,f}"


@register.filter
def figure(value: Decimal, unit: str) -> str:
    """A value of a metric: amounts in 万, counts without needless decimals."""
    return wan(value) if unit == "元" else f"{Decimal(value).normalize():,f}"


@register.filter
def unit_shown(unit: str) -> str:
    """The unit that `figure` shows in."""
    return "万元" if unit == "元" else unit


@register.filter
def since(moment: datetime) -> str:
    """How long ago, roughly: 刚刚, 5分钟, 3小时, 2天."""
    minutes = int((clock.now() - moment).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}分钟" if minutes > 0 else "刚刚"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // 1440}天"


@register.filter
def moment(at: datetime) -> str:
    """Today's moments as 14:05, earlier ones with their day: 11-24 14:05."""
    local = at.astimezone(clock.SHANGHAI)
    return f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%m-%d %H:%M}"


@register.filter
def seconds(value: float | None) -> str:
    """A duration that is read, not reckoned with: 0.3秒, 42秒, 5.0分, 3.2小时; — where there is none."""
    if value is None:
        return "—"
    if value < 90:
        return f"{value:.1f}秒" if value < 10 else f"{value:.0f}秒"
    return f"{value / 60:.1f}分" if value < 5400 else f"{value / 3600:.1f}小时"
