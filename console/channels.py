"""The page of whoever runs the channels of notices: figures, the stop switch, failures sent again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from aladdin import clock
from aladdin.problems import Problem
from console.entry import page
from notifications import figures, redo, stops
from notifications.models import ChannelStop, Outlet, Redo
from organization.access import may
from organization.caller import caller

DAYS = {"1": "24小时", "7": "7天", "30": "30天"}
_LATEST = 10


class StopForm(forms.Form):
    """What to stop, and why."""

    channel = forms.ChoiceField(choices=Outlet.choices)
    kind = forms.CharField(max_length=60, required=False)
    reason = forms.CharField(max_length=200)


class SelectionForm(forms.Form):
    """Which failures."""

    channel = forms.ChoiceField(label="通道", choices=Outlet.choices)
    kind = forms.CharField(label="种类", max_length=60, required=False)
    code = forms.CharField(label="结果代码", max_length=60, required=False)
    since = forms.DateTimeField(label="自")
    until = forms.DateTimeField(label="至")

    def clean(self) -> dict[str, Any]:
        """A period with a length, of three months at most."""
        said = super().clean() or {}
        if {"since", "until"} <= said.keys() and not timedelta() < said["until"] - said["since"] <= figures.LONGEST:
            raise forms.ValidationError("截止时间须晚于起始时间，且不超过 92 天")
        return said

    def selection(self) -> redo.Selection:
        """As the redo takes it."""
        return redo.Selection(**self.cleaned_data)


class RedoForm(SelectionForm):
    """Which failures, why, and the number under which it is done once."""

    id = forms.UUIDField()
    reason = forms.CharField(max_length=200)

    def selection(self) -> redo.Selection:
        named = {name: self.cleaned_data[name] for name in redo.Selection.__dataclass_fields__}
        return redo.Selection(**named)


# --- The page -------------------------------------------------------------------------------------
@never_cache
@require_GET
@page("channel.read")
def home(request: HttpRequest) -> HttpResponse:
    """Every channel at a glance, one of them in detail."""
    days = request.GET.get("days", "1")
    days = days if days in DAYS else "1"
    until = clock.now()
    channels = figures.channels(until - timedelta(days=int(days)), until)
    chosen = next((each for each in channels if each.code == request.GET.get("channel")), channels[0])
    content = {
        "channels": channels,
        "chosen": chosen,
        "busiest": max([1, *(line.total for line in chosen.by_time)]),
        "days": days,
        "periods": DAYS,
        "now": until,
        "may_manage": may(caller(request), "channel.manage"),
        "kinds": stops.kinds_of(chosen.code) if chosen.code in Outlet.values else [],
        "redos": Redo.objects.select_related("asked_by").order_by("-asked_at")[:_LATEST],
        "past_stops": _past_stops(),
        **_selection(request, chosen.code, until, int(days)),
    }
    return render(request, "console/channels/home.html", content)


def _past_stops() -> Any:
    rows = ChannelStop.objects.filter(lifted_at__isnull=False).select_related("stopped_by", "lifted_by")
    return rows.order_by("-lifted_at")[:_LATEST]


def _selection(request: HttpRequest, channel: str, until: Any, days: int) -> dict[str, Any]:
    """The form of what to send again, and what would be, where that was asked for."""
    if channel not in Outlet.values:
        return {}
    if "since" not in request.GET:
        local = until.astimezone(clock.SHANGHAI).replace(second=0, microsecond=0)
        first = {"channel": channel, "since": local - timedelta(days=days), "until": local + timedelta(minutes=1)}
        return {"selection": SelectionForm(initial=first)}
    form = SelectionForm(request.GET)
    if not form.is_valid():
        return {"selection": form}
    counted = redo.preview(form.selection())
    return {"selection": form, "preview": counted, "preview_total": sum(counted.values()), "redo_id": uuid4()}


# --- What is done ---------------------------------------------------------------------------------
@require_POST
@page("channel.manage")
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a channel or a kind."""
    form = StopForm(request.POST)
    channel = request.POST.get("channel", "")
    return _done(
        request, form, channel, lambda: stops.stop(by=caller(request), **form.cleaned_data), "已停用，消息将等待恢复"
    )


@require_POST
@page("channel.manage")
def lift(request: HttpRequest) -> HttpResponse:
    """Lift a stop."""

    class Lifting(forms.Form):
        stop = forms.UUIDField()

    form = Lifting(request.POST)
    channel = request.POST.get("channel", "")
    work: Callable[[], object] = lambda: stops.lift(form.cleaned_data["stop"], by=caller(request))  # noqa: E731
    return _done(request, form, channel, work, "已恢复，等待的消息继续发送")


@require_POST
@page("channel.manage")
def send_again(request: HttpRequest) -> HttpResponse:
    """Send the failures of a range again."""
    form = RedoForm(request.POST)

    def work() -> object:
        redo_id: UUID = form.cleaned_data["id"]
        return redo.begin(redo_id, form.selection(), reason=form.cleaned_data["reason"], by=caller(request))

    return _done(request, form, request.POST.get("channel", ""), work, "已开始重发")


def _done(request: HttpRequest, form: forms.Form, channel: str, work: Callable[[], object], told: str) -> HttpResponse:
    """Do it, tell how it went, and show the channel."""
    try:
        if form.is_valid():
            work()
            messages.success(request, told)
        else:
            messages.error(request, "填写有误，请检查后重试")
    except Problem as refusal:
        messages.error(request, refusal.detail)
    shown = {"channel": channel} if channel in Outlet.values else {}
    return redirect(f"{reverse('console:channels')}?{urlencode(shown)}")
