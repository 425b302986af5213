"""What the account answers an RM about his own figures; amounts in 万元, as WeChat is a third party (domain 6.1)."""

from decimal import Decimal

from aladdin import clock
from aladdin.calendar import Period, period_bounds
from notifications.wechat.answers import contribute
from organization.access import may
from organization.models import Staff
from performance import ranking
from performance.metrics import METRICS, RANKING_LABEL
from performance.models import Score
from performance.ranking import RankingScope
from performance.rounded import said


def register() -> None:
    """Let the account answer 排名 and 今日."""
    contribute("ranking", "performance", ranks)
    contribute("today", "performance", today)


def ranks(staff: Staff) -> str:
    """This month's rank in the sub-branch and the 分行, by metric; nothing for who is not ranked."""
    if not may(staff, "performance.read"):
        return ""
    lines = [line for code in METRICS if (line := _rank_line(staff, code))]
    return "\n".join([*lines, f"（本月，{RANKING_LABEL}）"]) if lines else ""


def _rank_line(staff: Staff, code: str) -> str:
    places = []
    for scope, name in ((RankingScope.SUB_BRANCH, "支行"), (RankingScope.BRANCH, "分行")):
        within = ranking.unit_of(staff, scope)
        standing = ranking.standing(staff, metric=code, period=Period.MONTH, on=clock.today(), within=within)
        if standing is None:
            return ""
        places.append(f"{name}第{standing.place.rank}/{standing.counted}")
    return f"{METRICS[code].name}：{'，'.join(places)}"


def today(staff: Staff) -> str:
    """Today's figures that are not nought, with the month's beside them."""
    if not may(staff, "performance.read"):
        return ""
    day, month = _values(staff, Period.DAY), _values(staff, Period.MONTH)
    return "\n".join(
        f"{metric.name}：{said(day[code], metric.unit)}（本月 {said(month.get(code, Decimal(0)), metric.unit)}）"
        for code, metric in METRICS.items()
        if day.get(code)
    )


def _values(staff: Staff, period: Period) -> dict[str, Decimal]:
    first, _ = period_bounds(period, clock.today())
    rows = Score.objects.filter(staff=staff, period=period, period_start=first).values_list("metric", "value")
    return dict(rows)
