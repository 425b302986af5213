"""The doors of the core banking system: signed calls, no signed-in person."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aladdin import clock
from aladdin.api import parsing
from aladdin.problems import Problem
from aladdin.signatures import SignatureRefused, verify
from crm import events, nonces
from crm.api.feeds import FeedFileSerializer
from crm.feeds import load
from crm.feeds.fields import EARLIEST
from crm.feeds.transactions import ACCOUNT_NO, REFERENCE
from crm.models import CoreEvent, Transaction

_NAME = "X-File-Name"
_SIGNED = [
    OpenApiParameter("X-Timestamp", int, OpenApiParameter.HEADER, required=True, description="Unix 秒，误差300秒内"),
    OpenApiParameter("X-Nonce", str, OpenApiParameter.HEADER, required=True, description="一次性随机串"),
    OpenApiParameter(
        "X-Signature", str, OpenApiParameter.HEADER, required=True, description="HMAC-SHA256(时间.随机串.请求体)"
    ),
]
_REFUSALS = {
    "signature_missing": "缺少签名",
    "signature_wrong": "签名不正确",
    "signature_expired": "签名已过期",
    "nonce_replayed": "该请求已处理过，请换新的随机串",
}


class SignedView(APIView):
    """A call is let in by its signature, once; the body is read as it was sent."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        try:
            nonces.use(verify(settings.CORE_BANKING["SIGNING_KEY"], request.headers, body_of(request)))
        except SignatureRefused as refused:
            raise Problem(refused.code, _REFUSALS[refused.code], status=401) from refused


def body_of(request: Request) -> bytes:
    """The bytes as they were sent, which were signed. Raises `too_large` (413)."""
    plain: HttpRequest = request._request
    try:
        return plain.body
    except RequestDataTooBig as error:
        raise Problem("too_large", "内容过大，请压缩后发送或改用命令加载", status=413) from error


class FeedDoor(SignedView):
    """Nightly files."""

    @extend_schema(
        tags=["核心系统"],
        summary="报送文件",
        description="请求体为文件原文（csv 或 gz），格式见 docs/feeds.md。",
        parameters=[*_SIGNED, OpenApiParameter(_NAME, str, OpenApiParameter.HEADER, description="文件名")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            201: OpenApiResponse(FeedFileSerializer, description="已加载"),
            200: OpenApiResponse(FeedFileSerializer, description="该文件此前已加载"),
        },
    )
    def post(self, request: Request) -> Response:
        loaded = load(body_of(request), name=request.headers.get(_NAME, ""))
        return Response(FeedFileSerializer(loaded.file).data, status=200 if loaded.again else 201)


def _whole(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """DRF searches where a whole match is meant."""
    return re.compile(rf"\A(?:{pattern.pattern})\Z", re.ASCII)


class EventSerializer(serializers.Serializer[Any]):
    event_id = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in events.KINDS])
    reference = serializers.RegexField(_whole(REFERENCE), help_text="核心流水号")
    account_no = serializers.RegexField(_whole(ACCOUNT_NO))
    occurred_at = serializers.DateTimeField()
    posted_on = serializers.DateField(required=False, help_text="缺省为发生时间所在业务日")
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="大于0，单位元")
    balance_after = serializers.DecimalField(max_digits=18, decimal_places=2)
    operation = serializers.ChoiceField(choices=Transaction.Operation.choices, required=False, allow_blank=True)
    purpose = serializers.ChoiceField(choices=Transaction.Purpose.choices, required=False, allow_blank=True)
    counterparty_bank = serializers.CharField(max_length=60, required=False, allow_blank=True)
    counterparty_account = serializers.CharField(max_length=40, required=False, allow_blank=True)
    counterparty_name = serializers.CharField(max_length=100, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        latest = clock.today() + timedelta(days=1)
        occurred_on = clock.business_date(attrs["occurred_at"])
        wrong: dict[str, str] = {}
        if attrs["amount"] <= 0:
            wrong["amount"] = "金额须大于0"
        if not EARLIEST <= occurred_on <= latest:
            wrong["occurred_at"] = "发生时间不在允许范围内"
        if not EARLIEST <= attrs.get("posted_on", EARLIEST) <= latest:
            wrong["posted_on"] = "记账日不在允许范围内"
        if wrong:
            raise serializers.ValidationError(wrong)
        return {"posted_on": occurred_on} | attrs


class TakenInSerializer(serializers.Serializer[Any]):
    event_id = serializers.CharField()
    outcome = serializers.ChoiceField(choices=CoreEvent.Outcome.choices)


class EventDoor(SignedView):
    """Movements as they happen."""

    @extend_schema(
        tags=["核心系统"],
        summary="实时事件",
        parameters=_SIGNED,
        request=EventSerializer,
        responses=TakenInSerializer,
    )
    def post(self, request: Request) -> Response:
        said = EventSerializer(data=_json(body_of(request)))
        said.is_valid(raise_exception=True)
        told = events.Told(**said.validated_data)
        return Response({"event_id": told.event_id, "outcome": events.take_in(told)})


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = parsing.loads(body)
    except parsing.NotStrictJSON as error:
        raise Problem("malformed", str(error)) from error
    if not isinstance(value, dict):
        raise Problem("malformed", "请求体须为 JSON 对象")
    return value
