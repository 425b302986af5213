"""The API of whoever runs the channels: figures, the stop switch, and sending failures again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from notifications import figures, redo, stops
from notifications.models import ChannelStop, Outlet, Redo
from organization.caller import caller

_TAG = ["通道运行"]
_PAGE = [
    OpenApiParameter("cursor", str, description="翻页标记"),
    OpenApiParameter("limit", int, description="每页条数"),
]
_READ, _MANAGE = "channel.read", "channel.manage"
_LAST = timedelta(days=1)


# --- Figures --------------------------------------------------------------------------------------
class PeriodSerializer(serializers.Serializer[Any]):
    """A period with a length, of three months at most; the last day unless told otherwise."""

    since = serializers.DateTimeField(required=False, help_text="自（含）；默认 24 小时前")
    until = serializers.DateTimeField(required=False, help_text="至（不含）；默认现在")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in what is missing."""
        until = attrs.get("until") or clock.now()
        since = attrs.get("since") or until - _LAST
        if not timedelta() < until - since <= figures.LONGEST:
            raise serializers.ValidationError({"until": "截止时间须晚于起始时间，且不超过 92 天"})
        return attrs | {"since": since, "until": until}


class LineSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="时段、种类或结果代码")
    total = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="已发送（含已送达）")
    delivered = serializers.IntegerField(help_text="已送达；App 为设备已确认")
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField()
    p50_seconds = serializers.FloatField(allow_null=True)
    p95_seconds = serializers.FloatField(allow_null=True)


class StopSerializer(serializers.ModelSerializer[ChannelStop]):
    class Meta:
        model = ChannelStop
        fields = ["id", "channel", "kind", "reason", "stopped_by", "stopped_at", "lifted_by", "lifted_at"]


class ChannelSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    whole = LineSerializer()
    by_time = LineSerializer(many=True)
    by_kind = LineSerializer(many=True)
    by_code = LineSerializer(many=True)
    queue = serializers.IntegerField(help_text="现在等待的条数")
    oldest_at = serializers.DateTimeField(allow_null=True, help_text="最早一条等待自")
    paused_until = serializers.DateTimeField(allow_null=True, help_text="额度用尽，暂停至")
    stops = StopSerializer(many=True)


class FiguresView(BankView):
    """Every channel in a period."""

    access = {"GET": _READ}
    pagination_class = None

    @extend_schema(
        tags=_TAG, summary="通道运行情况", parameters=[PeriodSerializer], responses=ChannelSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        period = self.read(PeriodSerializer, request.query_params.dict())
        return Response(ChannelSerializer(figures.channels(period["since"], period["until"]), many=True).data)


# --- The stop switch ------------------------------------------------------------------------------
class NewStopSerializer(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Outlet.choices)
    kind = serializers.CharField(max_length=60, allow_blank=True, default="", help_text="空为整个通道")
    reason = serializers.CharField(max_length=200)


class StopsView(BankView):
    """What is and was stopped, the newest first."""

    access = {"GET": _READ, "POST": _MANAGE}
    ordering = ("-stopped_at", "-id")

    @extend_schema(tags=_TAG, summary="停用记录", parameters=_PAGE, responses=StopSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(ChannelStop.objects.all(), StopSerializer)

    @extend_schema(tags=_TAG, summary="停用通道或种类", request=NewStopSerializer, responses={201: StopSerializer})
    def post(self, request: Request) -> Response:
        row = stops.stop(by=caller(request), **self.read(NewStopSerializer))
        return self.one(row, StopSerializer, status=201)


class LiftView(BankView):
    """What waits goes on."""

    access = {"POST": _MANAGE}

    @extend_schema(tags=_TAG, summary="恢复", request=None, responses=StopSerializer)
    def post(self, request: Request, stop_id: UUID) -> Response:
        return self.one(stops.lift(stop_id, by=caller(request)), StopSerializer)


# --- Sending again --------------------------------------------------------------------------------
class SelectionSerializer(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Outlet.choices)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    kind = serializers.CharField(max_length=60, allow_blank=True, default="")
    code = serializers.CharField(max_length=60, allow_blank=True, default="", help_text="结果代码，空为全部")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A period with a length, of three months at most."""
        if not timedelta() < attrs["until"] - attrs["since"] <= figures.LONGEST:
            raise serializers.ValidationError({"until": "截止时间须晚于起始时间，且不超过 92 天"})
        return attrs


class PreviewSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    by_code = serializers.DictField(child=serializers.IntegerField())


class RedoPreviewView(BankView):
    """How much would be sent again."""

    access = {"GET": _MANAGE}

    @extend_schema(tags=_TAG, summary="重发预览", parameters=[SelectionSerializer], responses=PreviewSerializer)
    def get(self, request: Request) -> Response:
        chosen = redo.Selection(**self.read(SelectionSerializer, request.query_params.dict()))
        counted = redo.preview(chosen)
        return self.one({"total": sum(counted.values()), "by_code": counted}, PreviewSerializer)


class NewRedoSerializer(SelectionSerializer):
    id = serializers.UUIDField(help_text="由调用方生成；同一编号只执行一次")
    reason = serializers.CharField(max_length=200)


class RedoSerializer(serializers.ModelSerializer[Redo]):
    class Meta:
        model = Redo
        fields = [
            "id",
            "channel",
            "kind",
            "code",
            "since",
            "until",
            "reason",
            "total",
            "done",
            "asked_by",
            "asked_at",
            "finished_at",
        ]


class RedosView(BankView):
    """What was sent again, the newest first, with its progress."""

    access = {"GET": _READ, "POST": _MANAGE}
    ordering = ("-asked_at", "-id")

    @extend_schema(tags=_TAG, summary="重发任务", parameters=_PAGE, responses=RedoSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(Redo.objects.all(), RedoSerializer)

    @extend_schema(tags=_TAG, summary="重发失败消息", request=NewRedoSerializer, responses={202: RedoSerializer})
    def post(self, request: Request) -> Response:
        said = self.read(NewRedoSerializer)
        redo_id, reason = said.pop("id"), said.pop("reason")
        row = redo.begin(redo_id, redo.Selection(**said), reason=reason, by=caller(request))
        return self.one(row, RedoSerializer, status=202)


class RedoView(BankView):
    """How far it is."""

    access = {"GET": _READ}

    @extend_schema(tags=_TAG, summary="重发进度", responses=RedoSerializer)
    def get(self, request: Request, redo_id: UUID) -> Response:
        return self.one(redo.found(redo_id), RedoSerializer)
