"""The branch manager's page, and the same page's parts as they are now."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from aladdin import clock, parameters
from console import reach, results, work
from console.entry import page
from notifications import streams
from organization.caller import caller
from organization.models import Branch
from performance.metrics import METRICS, RANKING_LABEL

#: So that one application in each state does not look like a full house.
LEAST_OF_A_WHOLE_BAR = 5
PERIODS = {"DAY": "今日", "MONTH": "本月", "QUARTER": "本季", "YEAR": "本年"}


@never_cache
@require_GET
@page("console.read")
def home(request: HttpRequest) -> HttpResponse:
    """The whole page: complete without a script, and with the place from which its board is followed on."""
    branch = reach.branch_shown(caller(request))
    # Read before the figures: what happens in between is told again rather than missed.
    board = streams.board_stream(streams.key_of_branch(branch.pk))
    return render(request, "console/home.html", _content(request, branch) | {"board": board})


@never_cache
@require_GET
@page("console.read")
def parts(request: HttpRequest) -> HttpResponse:
    """Everything on the page that moves, in one answer."""
    branch = reach.branch_shown(caller(request))
    return render(request, "console/parts/all.html", _content(request, branch))


def _content(request: HttpRequest, branch: Branch) -> dict[str, Any]:
    today = clock.today()
    return {
        "branch": branch,
        "now": clock.now(),
        "figures": results.figures(branch, today),
        "trend": results.trend(branch, today),
        **_ranking(request, branch),
        **_work(request, branch),
    }


def _ranking(request: HttpRequest, branch: Branch) -> dict[str, Any]:
    metric = request.GET.get("metric", "")
    period = request.GET.get("period", "")
    metric = metric if metric in METRICS else "LOAN_DISBURSED"
    period = period if period in PERIODS else "MONTH"
    today = clock.today()
    return {
        "lines": results.ranking(branch, metric=metric, period=period, on=today),
        "metric": METRICS[metric],
        "metrics": METRICS.values(),
        "period": period,
        "periods": PERIODS,
        "period_in_words": results.period_in_words(period, today),
        "ranking_label": RANKING_LABEL,
        "shows_branch": branch.numchild > 0,
    }


def _work(request: HttpRequest, branch: Branch) -> dict[str, Any]:
    stuck_before = clock.now() - timedelta(hours=parameters.integer("console.stuck_after_hours"))
    applications = reach.applications(caller(request), branch)
    steps = work.pipeline(applications, stuck_before=stuck_before)
    return {
        "steps": steps,
        "longest_bar": max([LEAST_OF_A_WHOLE_BAR, *(step.count for step in steps)]),
        "on_their_way": sum(step.count for step in steps),
        "amount_on_its_way": sum(step.amount for step in steps),
        "late": work.late(reach.late_checks(caller(request), branch), applications, stuck_before=stuck_before),
        "events": work.events(applications),
    }
