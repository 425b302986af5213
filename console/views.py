"""The branch manager's page and the parts of it that renew themselves."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aladdin import clock
from console import morning
from console.entry import page
from organization.models import Staff
from performance.metrics import METRICS, RANKING_LABEL

PERIODS = {"DAY": "今日", "MONTH": "本月", "QUARTER": "本季", "YEAR": "本年"}


@require_GET
@page("console.read")
def home(request: HttpRequest) -> HttpResponse:
    """The whole page; its parts come with it, so that it is complete without a script."""
    context = _figures(request) | _ranking(request) | _pipeline(request) | _late(request) | _events(request)
    return render(request, "console/home.html", context | {"board": f"branch:{_person(request).branch_id}"})


@require_GET
@page("console.read")
def figures(request: HttpRequest) -> HttpResponse:
    return render(request, "console/parts/figures.html", _figures(request))


@require_GET
@page("console.read")
def ranking(request: HttpRequest) -> HttpResponse:
    return render(request, "console/parts/ranking.html", _ranking(request))


@require_GET
@page("console.read")
def pipeline(request: HttpRequest) -> HttpResponse:
    return render(request, "console/parts/pipeline.html", _pipeline(request))


@require_GET
@page("console.read")
def late(request: HttpRequest) -> HttpResponse:
    return render(request, "console/parts/late.html", _late(request))


@require_GET
@page("console.read")
def events(request: HttpRequest) -> HttpResponse:
    return render(request, "console/parts/events.html", _events(request))


@require_GET
@page("console.read")
def trend(request: HttpRequest) -> HttpResponse:
    return JsonResponse(morning.trend(_person(request).branch, clock.today()))


def _person(request: HttpRequest) -> Staff:
    assert isinstance(request.user, Staff), "the page is for those signed in"  # noqa: S101  narrows the type
    return request.user


def _figures(request: HttpRequest) -> dict[str, Any]:
    return {"figures": morning.figures(_person(request).branch, clock.today()), "now": clock.now()}


def _ranking(request: HttpRequest) -> dict[str, Any]:
    metric = request.GET.get("metric", "")
    period = request.GET.get("period", "")
    metric = metric if metric in METRICS else "LOAN_DISBURSED"
    period = period if period in PERIODS else "MONTH"
    today = clock.today()
    return {
        "lines": morning.ranking(_person(request).branch, metric=metric, period=period, on=today),
        "metric": METRICS[metric],
        "metrics": METRICS.values(),
        "period": period,
        "periods": PERIODS,
        "period_label": morning.period_label(period, today),
        "ranking_label": RANKING_LABEL,
        "shows_branch": any(True for _ in _person(request).branch.get_children()[:1]),
    }


def _pipeline(request: HttpRequest) -> dict[str, Any]:
    steps = morning.pipeline(_person(request).branch, clock.now())
    return {
        "steps": steps,
        "most": max((step.count for step in steps), default=0),
        "on_their_way": sum(step.count for step in steps),
        "amount_on_its_way": sum((step.amount for step in steps), Decimal(0)),
    }


def _late(request: HttpRequest) -> dict[str, Any]:
    return {"late": morning.late(_person(request).branch, clock.today(), clock.now())}


def _events(request: HttpRequest) -> dict[str, Any]:
    return {"events": [asdict(event) for event in morning.events(_person(request).branch)]}
