"""The door at which core banking tells repayments and their reversals: signed calls, no signed-in person."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api import parsing
from aladdin.problems import Problem
from crm.api.core_banking import SignedView, body_of
from loans import repayments
from loans.models import Prepayment, Repayment
from loans.repayment import Item

_PARTS = ("fee", "compound", "penalty", "interest", "principal")
_KINDS = (Repayment.Kind.REPAYMENT.value, Repayment.Kind.PREPAYMENT.value, "REVERSAL")
_SIGNED = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True)
    for name in ("X-Timestamp", "X-Nonce", "X-Signature")
]


def _money(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, required=False, **options)


class RepaymentEventSerializer(serializers.Serializer[Any]):
    """One repayment, early payment or reversal. Either all parts that are not nought are given, or none."""

    reference = serializers.RegexField(r"\A[A-Za-z0-9_/.:-]{1,40}\Z", help_text="核心流水号")
    account_no = serializers.RegexField(r"\A[A-Z]{2}\d{8,22}\Z", help_text="借据号")
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in _KINDS])
    paid_on = serializers.DateField()
    amount = _money(help_text="合计（元）；冲正时不填")
    fee = _money()
    compound = _money()
    penalty = _money()
    interest = _money()
    principal = _money(help_text="提前还款时必填")
    way = serializers.ChoiceField(
        choices=Prepayment.Way.choices,
        required=False,
        allow_blank=True,
        help_text="提前还款方式；我行有申请的以申请为准",
    )
    reverses = serializers.RegexField(
        r"\A[A-Za-z0-9_/.:-]{1,40}\Z", required=False, help_text="冲正时：原还款的核心流水号"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wrong: dict[str, str] = {}
        if attrs["paid_on"] > clock.today():
            wrong["paid_on"] = "还款日不能晚于今日"
        if attrs["kind"] == "REVERSAL":
            if "reverses" not in attrs:
                wrong["reverses"] = "请填写原还款的核心流水号"
        else:
            wrong |= _amounts(attrs)
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


def _amounts(attrs: dict[str, Any]) -> dict[str, str]:
    given = [attrs[name] for name in _PARTS if name in attrs]
    if not attrs.get("amount"):
        return {"amount": "金额须大于0"}
    if given and sum(given, Decimal(0)) != attrs["amount"]:
        return {"amount": "金额须等于各分项之和"}
    if attrs["kind"] == Repayment.Kind.PREPAYMENT and not attrs.get("principal"):
        return {"principal": "提前还款须填写本金"}
    return {}


class RepaymentTakenSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["APPLIED", "DUPLICATE"])


class RepaymentDoor(SignedView):
    """Repayments as they happen; each counts once however often it is told."""

    @extend_schema(
        tags=["核心系统"],
        summary="还款与冲正通知",
        parameters=_SIGNED,
        request=RepaymentEventSerializer,
        responses=RepaymentTakenSerializer,
    )
    def post(self, request: Request) -> Response:
        said = RepaymentEventSerializer(data=_object_in(body_of(request)))
        said.is_valid(raise_exception=True)
        is_new = _apply(said.validated_data)
        outcome = "APPLIED" if is_new else "DUPLICATE"
        return Response({"reference": said.validated_data["reference"], "outcome": outcome})


def _apply(told: dict[str, Any]) -> bool:
    if told["kind"] == "REVERSAL":
        return repayments.take_back(
            told["account_no"], told["reverses"], reversal_reference=told["reference"], on=told["paid_on"]
        )
    parts = {Item[name.upper()]: told[name] for name in _PARTS if name in told}
    return repayments.take_in(
        repayments.Told(
            reference=told["reference"],
            account_no=told["account_no"],
            kind=told["kind"],
            paid_on=told["paid_on"],
            amount=told["amount"],
            parts=parts or None,
            way=told.get("way", ""),
        )
    )


def _object_in(body: bytes) -> dict[str, Any]:
    try:
        value = parsing.loads(body)
    except parsing.NotStrictJSON as error:
        raise Problem("malformed", str(error)) from error
    if not isinstance(value, dict):
        raise Problem("malformed", "请求体须为 JSON 对象")
    return value
