"""Decision support for who reviews and approves: rules, score, and always the reasons."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans.api.common import TAG, application_within
from loans.decision import support
from loans.decision.catalogue import CATALOGUE
from loans.decision.evaluation import Result
from loans.decision.scoring import Contribution, Improvement
from loans.decision.support import Support
from loans.models import ApplicationScore, DecisionRun


class FactSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    value = serializers.CharField(help_text="如人所读")


class RuleResultSerializer(serializers.Serializer[Result]):
    """What one rule says of one person of the case."""

    code = serializers.CharField(source="rule.rule.code")
    name = serializers.CharField(source="rule.rule.name")
    version = serializers.IntegerField(source="rule.version")
    about = serializers.CharField(source="obligor.title", help_text="针对何人")
    outcome = serializers.CharField(help_text="PASS、WARN、REFER、BLOCK")
    outcome_label = serializers.CharField(source="outcome.label")
    is_unknown = serializers.BooleanField(help_text="资料不足，按“无法判断时”处理")
    explanation = serializers.CharField()
    facts = serializers.SerializerMethodField()
    legal_basis = serializers.CharField(source="rule.legal_basis")
    refer_to_level = serializers.IntegerField(source="rule.refer_to_level", allow_null=True)

    @extend_schema_field(FactSerializer(many=True))
    def get_facts(self, result: Result) -> list[dict[str, str]]:
        said = result.facts.items()
        return [{"code": code, "name": CATALOGUE[code].label, "value": value} for code, value in said]


class ReasonSerializer(serializers.Serializer[Contribution]):
    """What one attribute brought, what its best would have brought, and why."""

    attribute = serializers.CharField(source="attribute.fact")
    name = serializers.SerializerMethodField()
    value = serializers.SerializerMethodField(method_name="say_value", help_text="如人所读")
    points = serializers.IntegerField(source="found.points")
    most = serializers.IntegerField(source="attribute.most", help_text="该项满分")
    lost = serializers.IntegerField(help_text="失分")
    text = serializers.CharField(source="found.text")

    def get_name(self, each: Contribution) -> str:
        return CATALOGUE[each.attribute.fact].label

    def say_value(self, each: Contribution) -> str:
        return CATALOGUE[each.attribute.fact].say(each.value)


class ImprovementSerializer(serializers.Serializer[Improvement]):
    """What would change the score."""

    attribute = serializers.CharField(source="attribute.fact")
    text = serializers.CharField(source="attribute.improvement")
    reach = serializers.CharField(source="reach.text", help_text="达到何值")
    gain = serializers.IntegerField(help_text="可增加的分数")


class ScoreSerializer(serializers.Serializer[Support]):
    """Never a number alone: points, band, and the reasons, what cost most first."""

    scorecard = serializers.CharField(source="version.scorecard.code")
    name = serializers.CharField(source="version.scorecard.name")
    version = serializers.IntegerField(source="version.version")
    points = serializers.IntegerField(source="score.points")
    base = serializers.IntegerField(source="card.base")
    most = serializers.IntegerField(source="card.most", help_text="最高可能分")
    band = serializers.CharField(source="score.band.code")
    band_label = serializers.CharField(source="score.band.label")
    meaning = serializers.CharField(source="score.band.meaning")
    reasons = ReasonSerializer(source="score.contributions", many=True)
    improvements = ImprovementSerializer(source="score.improvements", many=True)


class RecordedScoreSerializer(serializers.ModelSerializer[ApplicationScore]):
    scorecard = serializers.CharField(source="version.scorecard.code")
    version = serializers.IntegerField(source="version.version")

    class Meta:
        model = ApplicationScore
        fields = ["scorecard", "version", "points", "band"]


class RunSerializer(serializers.ModelSerializer[DecisionRun]):
    """What was put on record at an earlier step."""

    stage_label = serializers.CharField(source="get_stage_display")
    outcome_label = serializers.CharField(source="get_outcome_display")
    scores = serializers.SerializerMethodField()

    class Meta:
        model = DecisionRun
        fields = ["id", "stage", "stage_label", "outcome", "outcome_label", "at", "scores"]

    @extend_schema_field(RecordedScoreSerializer(many=True))
    def get_scores(self, run: DecisionRun) -> Any:
        """A challenger's score is for those who compare cards, not for who decides."""
        return RecordedScoreSerializer([each for each in run.scores.all() if not each.is_shadow], many=True).data


class SupportSerializer(serializers.Serializer[Support]):
    at = serializers.DateTimeField()
    stage = serializers.CharField()
    stage_label = serializers.CharField(source="stage.label")
    outcome = serializers.CharField()
    outcome_label = serializers.CharField(source="outcome.label")
    needed_level = serializers.IntegerField(help_text="规则要求的最低审批层级，0 为无要求")
    rules = RuleResultSerializer(source="results", many=True)
    score = ScoreSerializer(source="*")
    note = serializers.CharField()
    history = RunSerializer(many=True, help_text="各环节留存的评估")


class DecisionSupportView(BankView):
    """What rules and scorecard say now, with the reasons; it decides nothing."""

    access = {"GET": "decision.read"}

    @extend_schema(tags=[TAG], summary="决策支持：规则与评分及其理由", responses=SupportSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return Response(SupportSerializer(support.support_of(application)).data)
