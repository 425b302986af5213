"""Due diligence on the phone: interviews, the cash-flow worksheet, contradictions and their answers."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import bureau
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.diligence import contradictions, interviews, worksheets
from loans.diligence.codes import InterviewMode, Platform, Section, Source, Topic
from loans.diligence.interviews import Answered, Held
from loans.diligence.worksheets import Entry
from loans.models import CashFlowLine, CashFlowSheet, Interview, InterviewAnswer


class _Degrees(serializers.DecimalField):
    def __init__(self, most: int) -> None:
        super().__init__(
            max_digits=9, decimal_places=6, min_value=-most, max_value=most, required=False, allow_null=True
        )


class _Yuan(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, min_value=Decimal(0), **options)


# --- Interviews ----------------------------------------------------------------------------------
class AnsweredSerializer(serializers.Serializer[Any]):
    topic = serializers.ChoiceField(choices=Topic.choices)
    question = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    answer = serializers.CharField(max_length=2000)


class InterviewSaidSerializer(serializers.Serializer[Any]):
    """An interview that was held."""

    mode = serializers.ChoiceField(choices=InterviewMode.choices)
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    latitude = _Degrees(90)
    longitude = _Degrees(180)
    platform = serializers.ChoiceField(
        choices=Platform.choices, required=False, allow_blank=True, default="", help_text="视频面谈须在本行平台"
    )
    recording_reference = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", help_text="录音录像编号"
    )
    with_colleague = serializers.BooleanField(default=False, help_text="另一名调查人员同时在场")
    party = serializers.UUIDField(required=False, allow_null=True, help_text="关联人，空为借款人")
    answers = AnsweredSerializer(many=True, min_length=1, max_length=20)  # type: ignore[call-arg]  # of its list


class InterviewAnswerSerializer(serializers.ModelSerializer[InterviewAnswer]):
    topic_label = serializers.CharField(source="get_topic_display", read_only=True)
    answer = serializers.CharField(read_only=True)

    class Meta:
        model = InterviewAnswer
        fields = ["topic", "topic_label", "question", "answer"]


class InterviewSerializer(serializers.ModelSerializer[Interview]):
    interviewer = PersonSerializer(read_only=True)
    accompanied_by = PersonSerializer(read_only=True, allow_null=True)
    mode_label = serializers.CharField(source="get_mode_display", read_only=True)
    answers = InterviewAnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Interview
        exclude = ["application"]


class InterviewsSerializer(serializers.Serializer[Any]):
    topics_open = serializers.ListField(child=serializers.CharField(), help_text="尚未询问的主题")
    interviews = InterviewSerializer(many=True)


_WITH_KEYS = ("answers__interview__party", "answers__interview__application__customer")


class InterviewsView(BankView):
    """What was asked and answered, and what is still to be asked."""

    access = {"GET": "loan.read", "POST": "loan.investigate"}

    @extend_schema(
        operation_id="loan_applications_interviews_list",
        tags=[TAG],
        summary="面谈记录与尚未询问的主题",
        responses=InterviewsSerializer,
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = application.interviews.select_related("interviewer", "accompanied_by", "party")
        shown = {
            "topics_open": interviews.topics_open(application),
            "interviews": rows.prefetch_related(*_WITH_KEYS),
        }
        return Response(InterviewsSerializer(shown).data)

    @extend_schema(
        tags=[TAG], summary="记录面谈", request=InterviewSaidSerializer, responses={201: InterviewSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(InterviewSaidSerializer)
        answers = [Answered(**each) for each in said.pop("answers")]
        told = Held(answers=answers, party_id=said.pop("party", None), **said)
        row = interviews.record(application, told, by=person_of(request))
        return self.one(row, InterviewSerializer, status=201)


# --- The worksheet -------------------------------------------------------------------------------
class CashFlowEntrySerializer(serializers.Serializer[Any]):
    section = serializers.ChoiceField(choices=Section.choices)
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment]  # the column, not the attribute
    description = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    amount = _Yuan(help_text="收入、支出、负债为每月金额，资产为价值（元）")
    balance = _Yuan(required=False, allow_null=True, help_text="负债余额（元）")
    material = serializers.UUIDField(required=False, allow_null=True, help_text="佐证影像")
    evidence = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", help_text="佐证说明")


class CashFlowSaidSerializer(serializers.Serializer[Any]):
    """A worksheet as it stands now: all of its lines."""

    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    lines = CashFlowEntrySerializer(many=True, min_length=1, max_length=100)  # type: ignore[call-arg]  # of its list


class CashFlowLineSerializer(serializers.ModelSerializer[CashFlowLine]):
    source_label = serializers.CharField(source="get_source_display", read_only=True)
    description = serializers.CharField(read_only=True)
    entered_by = PersonSerializer(read_only=True)

    class Meta:
        model = CashFlowLine
        exclude = ["sheet", "description_sealed"]


class AbilitySerializer(serializers.Serializer[Any]):
    """Whether the income bears the loan."""

    instalment = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="本笔月还款（元）")
    debt_to_income = serializers.DecimalField(max_digits=7, decimal_places=2, help_text="偿债收入比（%）")
    coverage = serializers.DecimalField(
        max_digits=7, decimal_places=2, allow_null=True, help_text="偿债覆盖率 DSCR（%）"
    )
    surplus = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="月结余（元）")
    net_worth = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="净资产（元）")
    liabilities_to_assets = serializers.DecimalField(
        max_digits=7, decimal_places=2, allow_null=True, help_text="资产负债率（%）"
    )
    reserve_months = serializers.DecimalField(
        max_digits=7, decimal_places=2, allow_null=True, help_text="流动资产可支撑月数"
    )


class CashFlowSheetSerializer(serializers.ModelSerializer[CashFlowSheet]):
    entered_by = PersonSerializer(read_only=True)
    lines = CashFlowLineSerializer(many=True, read_only=True)
    ability = serializers.SerializerMethodField()

    class Meta:
        model = CashFlowSheet
        exclude = ["application"]

    @extend_schema_field(AbilitySerializer(allow_null=True))
    def get_ability(self, sheet: CashFlowSheet) -> Any:
        """With the instalment of the loan as it is asked for; null before amount, term and method are there."""
        found = worksheets.ability_of(sheet)
        if found is None:
            return None
        instalment, ability = found
        return AbilitySerializer({"instalment": instalment, **vars(ability)}).data


class CashFlowSheetsView(BankView):
    """The versions of the worksheet, the newest first."""

    access = {"GET": "loan.read", "POST": "loan.investigate"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_cash_flow_sheets_list",
        tags=[TAG],
        summary="现金流量表各版本",
        responses=CashFlowSheetSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = application.cash_flow_sheets.select_related("entered_by", "application__customer")
        rows = rows.prefetch_related("lines__entered_by", "lines__sheet__application__customer")
        return Response(CashFlowSheetSerializer(rows, many=True).data)

    @extend_schema(
        tags=[TAG],
        summary="填写现金流量表（新版本）",
        request=CashFlowSaidSerializer,
        responses={201: CashFlowSheetSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(CashFlowSaidSerializer)
        lines = [Entry(material_id=each.pop("material", None), **each) for each in said["lines"]]
        sheet = worksheets.enter(application, lines, note=said["note"], by=person_of(request))
        return self.one(sheet, CashFlowSheetSerializer, status=201)


# --- Contradictions ------------------------------------------------------------------------------
class SideSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="label")
    value = serializers.CharField()


class FindingAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField()
    material = serializers.UUIDField(source="material_id", allow_null=True)
    answered_by = PersonSerializer()
    answered_at = serializers.DateTimeField()


class FindingSerializer(serializers.Serializer[Any]):
    """A contradiction with both of its values and the answer to it."""

    code = serializers.CharField(source="finding.code")
    severity = serializers.CharField(source="finding.severity", help_text="NOTE、SERIOUS")
    severity_label = serializers.CharField(source="finding.severity.label")
    detail = serializers.CharField(source="finding.detail")
    left = SideSerializer(source="finding.left")
    right = SideSerializer(source="finding.right")
    field = serializers.CharField(source="finding.field")
    fingerprint = serializers.CharField(source="finding.fingerprint", help_text="答复时带回")
    is_open = serializers.BooleanField(help_text="须在报审前答复")
    answer = FindingAnswerSerializer(allow_null=True)


class AnswerFindingSerializer(serializers.Serializer[Any]):
    fingerprint = serializers.CharField(max_length=43)
    answer = serializers.CharField(max_length=500, min_length=5)
    material = serializers.UUIDField(required=False, allow_null=True)


class FindingsView(BankView):
    """Contradictions that stand now; those that tell figures of the credit report to who may see them."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="交叉验证发现的矛盾", responses=FindingSerializer(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        may_see = bureau.may_see_figures(application, person_of(request))
        shown = [each for each in contradictions.of(application) if may_see or not each.finding.from_bureau]
        return Response(FindingSerializer(shown, many=True).data)


class FindingAnswerView(BankView):
    """The investigator's answer to one."""

    access = {"POST": "loan.investigate"}

    @extend_schema(
        tags=[TAG],
        summary="答复矛盾",
        request=AnswerFindingSerializer,
        responses={201: FindingAnswerSerializer},
    )
    def post(self, request: Request, application_id: UUID, finding: str) -> Response:
        application = application_within(request, application_id)
        said = self.read(AnswerFindingSerializer)
        row = contradictions.answer(
            application,
            finding,
            fingerprint=said["fingerprint"],
            text=said["answer"],
            material_id=said.get("material"),
            by=person_of(request),
        )
        return self.one(row, FindingAnswerSerializer, status=201)
