"""Changes of the authority matrix: draft, simulate, publish."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import matrix
from loans.api.common import TAG, PersonSerializer, person_of
from loans.codes import ApprovalLevel, Guarantee, LoanKind
from loans.models import AuthorityChange, AuthorityDraft, AuthoritySimulation, SimulatedDecision


class LineSerializer(serializers.Serializer[Any]):
    act = serializers.ChoiceField(choices=AuthorityChange.Act.choices, help_text="授予或调整、终止")
    staff = serializers.CharField(max_length=12, help_text="审批人工号")
    level = serializers.ChoiceField(choices=ApprovalLevel.choices, help_text="审批层级")
    kind = serializers.ChoiceField(choices=LoanKind.choices, required=False, allow_blank=True, default="")
    guarantee = serializers.ChoiceField(choices=Guarantee.choices, required=False, allow_blank=True, default="")
    max_amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, min_value=1, required=False, allow_null=True, default=None,
        help_text="单户上限（元），终止时不填",
    )  # fmt: skip


class LinesSerializer(serializers.Serializer[Any]):
    changes = LineSerializer(many=True, allow_empty=False)


class DraftRequestSerializer(LinesSerializer):
    title = serializers.CharField(max_length=60, help_text="名称")
    effective_from = serializers.DateField(help_text="生效日，最早次日")


class AuthorityChangeSerializer(serializers.ModelSerializer[AuthorityChange]):
    staff = PersonSerializer(read_only=True)

    class Meta:
        model = AuthorityChange
        fields = ["act", "staff", "level", "kind", "guarantee", "max_amount"]
        read_only_fields = fields


class SimulationSerializer(serializers.ModelSerializer[AuthoritySimulation]):
    by = PersonSerializer(read_only=True)

    class Meta:
        model = AuthoritySimulation
        fields = ["id", "first_day", "last_day", "looked_at", "changed", "by", "at"]
        read_only_fields = fields


class AuthorityDraftSerializer(serializers.ModelSerializer[AuthorityDraft]):
    made_by = PersonSerializer(read_only=True)
    published_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = AuthorityDraft
        fields = ["code", "title", "effective_from", "state", "made_by", "made_at", "published_by", "published_at"]
        read_only_fields = fields


class WholeAuthorityDraftSerializer(AuthorityDraftSerializer):
    changes = AuthorityChangeSerializer(many=True, read_only=True)
    simulation = serializers.SerializerMethodField(help_text="对现有明细的最近一次模拟，空为尚未模拟")

    class Meta(AuthorityDraftSerializer.Meta):
        fields = [*AuthorityDraftSerializer.Meta.fields, "changes", "simulation"]
        read_only_fields = fields

    def get_simulation(self, row: AuthorityDraft) -> dict[str, Any] | None:
        found = matrix.latest(row)
        return dict(SimulationSerializer(found).data) if found else None


class SimulatedDecisionSerializer(serializers.ModelSerializer[SimulatedDecision]):
    application_no = serializers.CharField(source="decision.application.application_no", read_only=True)
    level = serializers.IntegerField(source="decision.level", read_only=True)
    decided = serializers.CharField(source="decision.decision", read_only=True, help_text="当时的决定")
    decided_at = serializers.DateTimeField(source="decision.at", read_only=True)
    by = PersonSerializer(source="decision.by", read_only=True)

    class Meta:
        model = SimulatedDecision
        fields = [
            "id", "application_no", "level", "decided", "decided_at", "by", "outcome", "exposure", "limit_before",
            "limit_after",
        ]  # fmt: skip
        read_only_fields = fields


def _draft(request: Request, code: str) -> AuthorityDraft:
    rows = AuthorityDraft.objects.visible_to(person_of(request)).select_related("made_by", "published_by")
    found: AuthorityDraft | None = rows.filter(code=code).first()
    if found is None:
        raise NotFound("没有找到该授权调整")
    return found


class DraftsView(BankView):
    """Drafts of the matrix, the newest first; and a new one."""

    access = {"GET": "authority.draft", "POST": "authority.draft"}

    @extend_schema(tags=[TAG], summary="授权调整列表", responses=AuthorityDraftSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = AuthorityDraft.objects.visible_to(person_of(request)).select_related("made_by", "published_by")
        return self.page(rows, AuthorityDraftSerializer, ordering=("-made_at", "-id"))

    @extend_schema(
        tags=[TAG],
        summary="拟订授权调整",
        request=DraftRequestSerializer,
        responses={201: WholeAuthorityDraftSerializer},
    )
    def post(self, request: Request) -> Response:
        said = self.read(DraftRequestSerializer)
        lines = matrix.read_lines(said.pop("changes"))
        return self.one(
            matrix.draft(lines=lines, by=person_of(request), **said), WholeAuthorityDraftSerializer, status=201
        )


class DraftView(BankView):
    """One draft with its lines and what its simulation found."""

    access = {"GET": "authority.draft"}

    @extend_schema(tags=[TAG], summary="授权调整", responses=WholeAuthorityDraftSerializer)
    def get(self, request: Request, code: str) -> Response:
        return self.one(_draft(request, code), WholeAuthorityDraftSerializer)


class RedraftView(BankView):
    """The lines set anew."""

    access = {"POST": "authority.draft"}

    @extend_schema(
        tags=[TAG], summary="修改授权调整明细", request=LinesSerializer, responses=WholeAuthorityDraftSerializer
    )
    def post(self, request: Request, code: str) -> Response:
        row = _draft(request, code)
        lines = matrix.read_lines(self.read(LinesSerializer)["changes"])
        return self.one(matrix.redraft(row, lines, by=person_of(request)), WholeAuthorityDraftSerializer)


class DiscardView(BankView):
    """Given up."""

    access = {"POST": "authority.draft"}

    @extend_schema(tags=[TAG], summary="作废授权调整", request=None, responses=AuthorityDraftSerializer)
    def post(self, request: Request, code: str) -> Response:
        return self.one(matrix.discard(_draft(request, code), by=person_of(request)), AuthorityDraftSerializer)


class SimulateView(BankView):
    """Put to the decisions of the past; and which of them would have gone elsewhere."""

    access = {"GET": "authority.draft", "POST": "authority.draft"}

    @extend_schema(tags=[TAG], summary="模拟结果：流向改变的历史审批", responses=SimulatedDecisionSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        rows = SimulatedDecision.objects.filter(simulation=matrix.latest(_draft(request, code)))
        related = rows.select_related("decision__application", "decision__by")
        return self.page(related, SimulatedDecisionSerializer, ordering=("id",))

    @extend_schema(tags=[TAG], summary="以历史审批模拟授权调整", request=None, responses=SimulationSerializer)
    def post(self, request: Request, code: str) -> Response:
        return self.one(matrix.simulate(_draft(request, code), by=person_of(request)), SimulationSerializer)


class PublishView(BankView):
    """Published by another than the maker."""

    access = {"POST": "authority.publish"}

    @extend_schema(tags=[TAG], summary="发布授权调整", request=None, responses=WholeAuthorityDraftSerializer)
    def post(self, request: Request, code: str) -> Response:
        return self.one(matrix.publish(_draft(request, code), by=person_of(request)), WholeAuthorityDraftSerializer)
