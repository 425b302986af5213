"""The API of webhook subscriptions: the catalogue of events, one's subscribers, and what was delivered to them."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.concurrency import check_version, expected_version
from aladdin.api.views import BankView
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.webhooks import EVENTS, endpoints
from organization.caller import caller

_TAG = ["事件订阅"]
_PAGE = [
    OpenApiParameter("cursor", str, description="翻页标记"),
    OpenApiParameter("limit", int, description="每页条数"),
]
_READ, _MANAGE = "webhook.read", "webhook.manage"


# --- Catalogue -------------------------------------------------------------------------------------
class EventTypeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    newest = serializers.IntegerField(help_text="最新报文版本")
    schemas = serializers.DictField(child=serializers.JSONField(), help_text="各版本 data 的 JSON Schema")


class CatalogueView(BankView):
    """Every event that can be subscribed to, with the schema of its data."""

    access = {"GET": _READ}
    pagination_class = None

    @extend_schema(tags=_TAG, summary="事件目录", responses=EventTypeSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = sorted(EVENTS.values(), key=lambda event: event.code)
        return Response(EventTypeSerializer(rows, many=True).data)


# --- Subscriptions ---------------------------------------------------------------------------------
class EndpointSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "name",
            "url",
            "events",
            "payload_version",
            "state",
            "failures",
            "open_until",
            "former_secret_until",
            "created_at",
        ]


class OpenedSerializer(serializers.Serializer[Any]):
    endpoint = EndpointSerializer()
    secret = serializers.CharField(help_text="签名密钥，仅显示这一次")


class SubscribeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1, max_length=100)
    payload_version = serializers.IntegerField(min_value=1, max_value=100, required=False)


class EndpointsView(BankView):
    """The subscribers."""

    access = {"GET": _READ, "POST": _MANAGE}
    ordering = ("name",)

    @extend_schema(tags=_TAG, summary="订阅列表", parameters=_PAGE, responses=EndpointSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(WebhookEndpoint.objects.all(), EndpointSerializer)

    @extend_schema(tags=_TAG, summary="新建订阅", request=SubscribeSerializer, responses={201: OpenedSerializer})
    def post(self, request: Request) -> Response:
        opened = endpoints.subscribe(by=caller(request), **self.read(SubscribeSerializer))
        return self.one(opened, OpenedSerializer, status=201)


class ChangeSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500, required=False)
    events = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, max_length=100, required=False
    )
    payload_version = serializers.IntegerField(min_value=1, max_value=100, required=False)
    state = serializers.ChoiceField(choices=["ACTIVE", "PAUSED"], required=False)


class EndpointView(BankView):
    """One subscriber."""

    access = {"GET": _READ, "PATCH": _MANAGE}

    @extend_schema(tags=_TAG, summary="订阅详情", responses=EndpointSerializer)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return self.one(endpoints.found(endpoint_id), EndpointSerializer)

    @extend_schema(tags=_TAG, summary="修改订阅", request=ChangeSerializer, responses=EndpointSerializer)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        said = self.read(ChangeSerializer)
        check_version(endpoints.locked(endpoint_id), expected_version(request))
        return self.one(endpoints.change(endpoint_id, by=caller(request), **said), EndpointSerializer)


class RotateView(BankView):
    """A new secret; the former one is good for a while besides."""

    access = {"POST": _MANAGE}

    @extend_schema(tags=_TAG, summary="更换签名密钥", request=None, responses=OpenedSerializer)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return self.one(endpoints.rotate(endpoint_id, by=caller(request)), OpenedSerializer)


# --- Deliveries ------------------------------------------------------------------------------------
class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    event_id = serializers.UUIDField(source="event.event_id")
    type = serializers.CharField(source="event.type")
    occurred_at = serializers.DateTimeField(source="event.occurred_at")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "event_id",
            "type",
            "subject",
            "occurred_at",
            "is_replay",
            "status",
            "attempts",
            "next_attempt_at",
            "outcome",
            "delivered_at",
        ]


class TryOutView(BankView):
    """The test button."""

    access = {"POST": _MANAGE}

    @extend_schema(tags=_TAG, summary="发送测试事件", request=None, responses={202: DeliverySerializer})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        return self.one(endpoints.try_out(endpoint_id, by=caller(request)), DeliverySerializer, status=202)


class ReplaySerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    types = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A period has a length."""
        if attrs["until"] <= attrs["since"]:
            raise serializers.ValidationError({"until": "截止时间须晚于起始时间"})
        return attrs


class ReplayedSerializer(serializers.Serializer[Any]):
    replayed = serializers.IntegerField(help_text="重放的事件数")


class ReplayView(BankView):
    """Tell once more what happened in a period."""

    access = {"POST": _MANAGE}

    @extend_schema(tags=_TAG, summary="按时段重放", request=ReplaySerializer, responses={202: ReplayedSerializer})
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        replayed = endpoints.replay(endpoint_id, by=caller(request), **self.read(ReplaySerializer))
        return self.one({"replayed": replayed}, ReplayedSerializer, status=202)


class DeliveryFilter(filters.FilterSet):
    type = filters.CharFilter(field_name="event__type")

    class Meta:
        model = WebhookDelivery
        fields = ["status", "subject", "is_replay"]


class DeliveriesView(BankView):
    """What was and is to be told to one subscriber, the newest first; dead letters by `status=DEAD`."""

    access = {"GET": _READ}
    filterset_class = DeliveryFilter
    ordering = ("-id",)

    @extend_schema(tags=_TAG, summary="投递记录", parameters=_PAGE, responses=DeliverySerializer(many=True))
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return self.page(endpoints.found(endpoint_id).deliveries.select_related("event"), DeliverySerializer)


class AttemptSerializer(serializers.ModelSerializer[WebhookAttempt]):
    class Meta:
        model = WebhookAttempt
        fields = ["at", "status", "error", "answer", "milliseconds"]


class AttemptsView(BankView):
    """Each call of one delivery and what was answered."""

    access = {"GET": _READ}
    pagination_class = None

    @extend_schema(tags=_TAG, summary="投递尝试", responses=AttemptSerializer(many=True))
    def get(self, request: Request, endpoint_id: UUID, number: int) -> Response:
        rows = endpoints.attempts(endpoint_id, number)
        return Response(AttemptSerializer(rows, many=True).data)
