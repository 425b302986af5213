"""The API of metrics, the ranking table, one's own standing, and the entries behind a figure.

The ranking is public in the bank: everyone who may read it sees names and figures of the whole table. The entries
behind a figure are seen within one's data scope only.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from aladdin.calendar import Period, period_bounds
from aladdin.problems import NotFound
from organization.models import Branch, Staff
from organization.scope import sees_branch
from performance import ranking
from performance.metrics import METRICS, RANKING_LABEL, Metric, metric_of
from performance.models import LedgerEntry, LedgerEntryQuerySet
from performance.ranking import RankingScope

_TAG = ["业绩与排名"]


def _reader(request: Request) -> Staff:
    """Who asks: the door has let nobody in who is not signed in."""
    return cast("Staff", request.user)


# --- Metrics ---------------------------------------------------------------------------------------
class MetricSerializer(serializers.Serializer[Metric]):
    code = serializers.CharField(help_text="指标代码")
    name = serializers.CharField(help_text="名称")
    unit = serializers.CharField(help_text="单位")
    direction = serializers.CharField(help_text="HIGHER_IS_BETTER：越大越好")
    counts_on = serializers.CharField(help_text="计入日期")
    version = serializers.IntegerField(source="definition.version", help_text="现行口径版本")
    effective_from = serializers.DateField(source="definition.effective_from", help_text="现行口径生效日")
    explanation = serializers.CharField(source="definition.explanation", help_text="口径说明")


class MetricsSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="排名性质")  # type: ignore[assignment]  # a field, not the option
    results = MetricSerializer(many=True)


class MetricListView(BankView):
    """What is counted, and how."""

    access = {"GET": "performance.read"}

    @extend_schema(tags=_TAG, summary="指标与口径", responses=MetricsSerializer)
    def get(self, request: Request) -> Response:
        return self.one({"label": RANKING_LABEL, "results": list(METRICS.values())}, MetricsSerializer)


# --- What is asked ---------------------------------------------------------------------------------
class _MetricField(serializers.ChoiceField):
    def __init__(self, **options: Any) -> None:
        messages: dict[str, Any] = {
            "required": "请指明指标",
            "invalid_choice": f"没有这个指标，可选：{'、'.join(METRICS)}",
        }
        super().__init__(choices=list(METRICS), error_messages=messages, **options)


class _PeriodSerializer(serializers.Serializer[Any]):
    """The period, by its kind and a day in it; this month unless told."""

    period = serializers.ChoiceField(
        choices=[period.value for period in Period],
        default=Period.MONTH.value,
        error_messages={"invalid_choice": "周期须为 DAY、MONTH、QUARTER 或 YEAR"},
    )
    on = serializers.DateField(
        default=clock.today,
        error_messages={"invalid": "日期无效，格式为 YYYY-MM-DD"},
        help_text="周期内任一日",
    )


class RankingQuerySerializer(_PeriodSerializer):
    metric = _MetricField()
    scope = serializers.ChoiceField(
        choices=[scope.value for scope in RankingScope],
        default=RankingScope.SUB_BRANCH.value,
        error_messages={"invalid_choice": "范围须为 SUB_BRANCH、BRANCH 或 BANK"},
    )
    branch = serializers.UUIDField(
        required=False, error_messages={"invalid": "机构标识无效"}, help_text="指定机构，优先于 scope"
    )


_INTEGER_FAULTS = ("invalid", "min_value", "max_value", "max_string_length")


class BoardQuerySerializer(RankingQuerySerializer):
    limit = serializers.IntegerField(
        default=100,
        min_value=1,
        max_value=500,
        error_messages=dict.fromkeys(_INTEGER_FAULTS, "须为 1 到 500 的整数"),
    )
    skip = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=100_000,
        error_messages=dict.fromkeys(_INTEGER_FAULTS, "须为 0 到 100000 的整数"),
        help_text="略过前若干行",
    )


@dataclass(frozen=True)
class _Asked:
    """Which ranking is asked for."""

    metric: Metric
    period: str
    on: date
    within: Branch

    def key(self) -> dict[str, Any]:
        return {"metric": self.metric.code, "period": self.period, "on": self.on, "within": self.within}

    def heading(self) -> dict[str, Any]:
        first, last = period_bounds(self.period, self.on)
        return {
            "label": RANKING_LABEL,
            "metric": self.metric,
            "period": self.period,
            "period_start": first,
            "period_end": last,
            "branch": self.within,
            "as_of": clock.now(),
        }


def _asked(staff: Staff, said: dict[str, Any]) -> _Asked:
    """Raises NotFound for a branch that is neither above the person nor within his scope."""
    if (branch_id := said.get("branch")) is None:
        within = ranking.unit_of(staff, RankingScope(said["scope"]))
    else:
        within = _branch_within_right(staff, branch_id)
    return _Asked(metric_of(said["metric"]), said["period"], said["on"], within)


def _branch_within_right(staff: Staff, branch_id: UUID) -> Branch:
    branch = Branch.objects.visible_to(staff).filter(pk=branch_id).first()
    if branch is None or not (branch.contains(staff.branch) or sees_branch(staff, branch)):
        raise NotFound
    found: Branch = branch
    return found


# --- Ranking ---------------------------------------------------------------------------------------
class RankedBranchSerializer(serializers.ModelSerializer[Branch]):
    class Meta:
        model = Branch
        fields = ["id", "code", "name", "kind"]


class RankedMetricSerializer(serializers.Serializer[Metric]):
    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()


class PlaceSerializer(serializers.Serializer[ranking.Place]):
    rank = serializers.IntegerField(help_text="名次（并列者相同，1、2、2、4）")
    tied = serializers.IntegerField(help_text="同名次人数，含本人；大于1即并列")
    staff_id = serializers.UUIDField()
    employee_no = serializers.CharField(help_text="工号")
    name = serializers.CharField(help_text="姓名")
    branch_id = serializers.UUIDField()
    branch_name = serializers.CharField(help_text="机构")
    value = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="数值")
    entries = serializers.IntegerField(help_text="分录数")
    reached_at = serializers.DateTimeField(allow_null=True, help_text="达到该数值的时间")


class NeighbourSerializer(serializers.Serializer[ranking.Neighbour]):
    rank = serializers.IntegerField()
    tied = serializers.IntegerField(help_text="该名次人数")
    value = serializers.DecimalField(max_digits=18, decimal_places=2)
    distance = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="与本人的差距，恒为正")


class StandingSerializer(serializers.Serializer[ranking.Standing]):
    place = PlaceSerializer()
    counted = serializers.IntegerField(help_text="参加排名人数")
    ahead = NeighbourSerializer(allow_null=True, help_text="前一名；第一名时为空")
    behind = NeighbourSerializer(allow_null=True, help_text="后一名；最后一名时为空")


class _HeadingSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="排名性质")  # type: ignore[assignment]  # a field, not the option
    metric = RankedMetricSerializer()
    period = serializers.CharField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    branch = RankedBranchSerializer()
    as_of = serializers.DateTimeField(help_text="数据截至时间（实时预估，未经日终核定）")


class BoardSerializer(_HeadingSerializer):
    counted = serializers.IntegerField(help_text="参加排名人数")
    own = StandingSerializer(allow_null=True, help_text="本人名次；不在此榜时为空")
    places = PlaceSerializer(many=True)


class OwnStandingSerializer(_HeadingSerializer):
    standing = StandingSerializer()


class RankingView(BankView):
    """The table: sub-branch, 分行 or bank, for any metric and period."""

    access = {"GET": "performance.read"}

    @extend_schema(tags=_TAG, summary="排名榜", parameters=[BoardQuerySerializer], responses=BoardSerializer)
    def get(self, request: Request) -> Response:
        said = self.read(BoardQuerySerializer, request.query_params)
        asked = _asked(_reader(request), said)
        answer = asked.heading() | {
            "counted": ranking.counted(asked.within),
            "own": ranking.standing(_reader(request), **asked.key()),
            "places": ranking.board(**asked.key(), limit=said["limit"], skip=said["skip"]),
        }
        return self.one(answer, BoardSerializer)


class StandingView(BankView):
    """Where I stand, and how far it is to the next."""

    access = {"GET": "performance.read"}

    @extend_schema(tags=_TAG, summary="本人名次", parameters=[RankingQuerySerializer], responses=OwnStandingSerializer)
    def get(self, request: Request) -> Response:
        asked = _asked(_reader(request), self.read(RankingQuerySerializer, request.query_params))
        standing = ranking.standing(_reader(request), **asked.key())
        if standing is None:
            raise NotFound("您不在此排名之列", code="not_ranked")
        return self.one(asked.heading() | {"standing": standing}, OwnStandingSerializer)


# --- Entries ---------------------------------------------------------------------------------------
class EntrySerializer(serializers.ModelSerializer[LedgerEntry]):
    staff_name = serializers.CharField(source="staff.name", read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)

    class Meta:
        model = LedgerEntry
        fields = [
            "id",
            "metric",
            "staff",
            "staff_name",
            "branch",
            "branch_name",
            "amount",
            "share",
            "business_date",
            "occurred_at",
            "source",
            "customer_id",
            "reversal_of",
            "reason",
            "recorded_at",
        ]


class EntriesQuerySerializer(_PeriodSerializer):
    metric = _MetricField(required=False)
    staff = serializers.UUIDField(
        required=False, error_messages={"invalid": "员工标识无效"}, help_text="员工，须在数据权限之内"
    )


class EntryListView(BankView):
    """The entries behind a figure, the last recorded first."""

    access = {"GET": "performance.read"}
    ordering = ("-id",)

    @extend_schema(
        tags=_TAG,
        summary="业绩分录",
        parameters=[EntriesQuerySerializer, OpenApiParameter("cursor", str)],
        responses=EntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        said = self.read(EntriesQuerySerializer, request.query_params)
        entries = LedgerEntry.objects.visible_to(_reader(request)).filter(
            business_date__range=period_bounds(said["period"], said["on"])
        )
        if metric := said.get("metric"):
            entries = entries.filter(metric=metric)
        if staff_id := said.get("staff"):
            entries = _of(entries, staff_id, _reader(request))
        return self.page(entries.select_related("staff", "branch"), EntrySerializer)


def _of(entries: LedgerEntryQuerySet, staff_id: UUID, viewer: Staff) -> LedgerEntryQuerySet:
    """One person's entries. Raises NotFound where the viewer may see neither the person nor any entry of his."""
    found = entries.filter(staff=staff_id)
    if not Staff.objects.visible_to(viewer).filter(pk=staff_id).exists() and not found.exists():
        raise NotFound
    return found
