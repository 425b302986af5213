"""The day's figures of a branch, said by its robots in its group chats: sums in 万元, of nobody in particular."""

from datetime import date

from aladdin import clock
from aladdin.calendar import Period
from notifications import robots
from organization.models import Branch
from performance.metrics import METRICS, RANKING_LABEL
from performance.rounded import said
from performance.totals import totals


def tell_branches() -> int:
    """Let every branch with a robot say today's and this month's figures; how many messages are new.

    Told twice on one day it is said once."""
    today = clock.today()
    return sum(_tell(branch, today) for branch in robots.branches_with_robots())


def _tell(branch: Branch, today: date) -> int:
    title = f"{branch.name} {today.month}月{today.day}日业绩"
    messages = robots.say(branch=branch, title=title, text=text_of(branch, today), reference=f"daily/{today}")
    return len(messages)


def text_of(branch: Branch, on: date) -> str:
    """A line for each metric: the day's sum and the month's."""
    day = totals(within=branch, period=Period.DAY, on=on)
    month = totals(within=branch, period=Period.MONTH, on=on)
    lines = [
        f"{metric.name}：今日 {said(day[code].value, metric.unit)}，本月 {said(month[code].value, metric.unit)}"
        for code, metric in METRICS.items()
    ]
    return "\n".join([*lines, f"（{RANKING_LABEL}）"])
