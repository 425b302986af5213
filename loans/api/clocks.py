"""The clocks: one case's for whoever may see it, steps and intake for whoever answers for them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from loans import clocks, pace
from loans.api.common import TAG, BlockerSerializer, PersonSerializer, application_within, person_of


class SpanSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    state_label = serializers.CharField(source="state.label")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="空为仍在此状态")
    waiting = serializers.CharField(help_text="BANK 等银行，CUSTOMER 等客户")
    who = PersonSerializer(allow_null=True, help_text="由谁办理，空为系统或尚无人领取")
    working_seconds = serializers.IntegerField(help_text="工作时间（秒）")


class ForecastSerializer(serializers.Serializer[Any]):
    usual = serializers.DateTimeField(allow_null=True, help_text="通常办结时间（中位数）")
    slow = serializers.DateTimeField(allow_null=True, help_text="较慢时的办结时间（九成）")
    unmeasured = serializers.ListField(child=serializers.CharField(), help_text="尚无统计的环节，有则不作预测")


class CaseClockSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    state_label = serializers.CharField(source="state.label")
    holder = PersonSerializer(allow_null=True, help_text="现在谁手中，空为尚无人领取或已终结")
    holder_role = serializers.CharField(help_text="现在由哪个岗位办理")
    waiting = serializers.CharField(allow_null=True, help_text="在等银行还是客户")
    missing = BlockerSerializer(many=True, help_text="下一步尚缺什么及原因")
    spans = SpanSerializer(many=True)
    bank_seconds = serializers.IntegerField(help_text="银行用时（工作秒）")
    customer_seconds = serializers.IntegerField(help_text="客户用时（工作秒）")
    forecast = ForecastSerializer(allow_null=True)


class CaseClockView(BankView):
    """How long the case stayed in each step and with whom, who has it, and when it will be through."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="时效：各环节用时、在谁手中、预计办结", responses=CaseClockSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return Response(CaseClockSerializer(clocks.of(application)).data)


class PeriodSerializer(serializers.Serializer[Any]):
    """A period of business dates, the last thirty days unless said; and what to look at."""

    first = serializers.DateField(required=False, help_text="起（含），缺省为三十天前")
    last = serializers.DateField(required=False, help_text="止（含），缺省为今日")
    branch = serializers.UUIDField(required=False, help_text="机构（含下级）")
    product = serializers.CharField(required=False, max_length=30, help_text="产品代码")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        last = said.setdefault("last", clock.today())
        first = said.setdefault("first", last - timedelta(days=29))
        if first > last:
            raise serializers.ValidationError({"first": "起始日不能晚于截止日"})
        if (last - first).days > 1100:
            raise serializers.ValidationError({"first": "期间不超过三年"})
        return said


class IntakePeriodSerializer(PeriodSerializer):
    group = serializers.ChoiceField(choices=list(pace.GROUPS), required=False, default="bank", help_text="分组")


class IntakeSerializer(serializers.Serializer[Any]):
    group = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the figure's own name, not the field's
    cases = serializers.IntegerField()
    p50 = serializers.IntegerField(help_text="中位数（工作秒）")
    p90 = serializers.IntegerField(help_text="九成不超过（工作秒）")
    bank_p50 = serializers.IntegerField(help_text="其中银行用时的中位数")
    bank_p90 = serializers.IntegerField()
    within = serializers.IntegerField(help_text="在承诺时限内的笔数")


class IntakeReportSerializer(serializers.Serializer[Any]):
    promise_seconds = serializers.IntegerField(help_text="承诺时限（工作秒）")
    groups = IntakeSerializer(many=True)


class StepFiguresSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    state_label = serializers.CharField(source="state.label")
    waiting = serializers.CharField()
    cases = serializers.IntegerField()
    p50 = serializers.IntegerField(help_text="中位数（工作秒）")
    p90 = serializers.IntegerField(help_text="九成不超过（工作秒）")


_PERIOD = [
    OpenApiParameter("first", OpenApiTypes.DATE, description="起（含），缺省为三十天前"),
    OpenApiParameter("last", OpenApiTypes.DATE, description="止（含），缺省为今日"),
    OpenApiParameter("branch", OpenApiTypes.UUID, description="机构"),
    OpenApiParameter("product", str, description="产品代码"),
]
_GROUP = OpenApiParameter("group", str, enum=list(pace.GROUPS), description="分组，缺省为合计")


class IntakeClockView(BankView):
    """The intake's p50 and p90 against the promise, of what is within one's sight: an RM sees his own."""

    access = {"GET": "performance.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="进件时效", parameters=[*_PERIOD, _GROUP], responses=IntakeReportSerializer)
    def get(self, request: Request) -> Response:
        said = self.read(IntakePeriodSerializer, request.query_params)
        groups = pace.intakes(person_of(request), **_narrowed(said))
        return Response(IntakeReportSerializer({"promise_seconds": pace.promise(), "groups": groups}).data)


class StepClockView(BankView):
    """How long cases within one's sight stayed in each step."""

    access = {"GET": "performance.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="各环节时效", parameters=_PERIOD, responses=StepFiguresSerializer(many=True))
    def get(self, request: Request) -> Response:
        said = self.read(PeriodSerializer, request.query_params)
        figures = pace.steps(person_of(request), **_narrowed(said))
        return Response(StepFiguresSerializer(figures, many=True).data)


def _narrowed(said: dict[str, Any]) -> dict[str, Any]:
    """What is asked for in the words of the rows."""
    words = {"branch": "branch", "product": "product__code"}
    return {words.get(name, name): value for name, value in said.items()}
