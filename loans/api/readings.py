"""Cards and licences read on the phone: send the picture, look, correct, confirm."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from loans.api.common import TAG, BlockerSerializer, application_within, person_of
from loans.models import DocumentReading
from loans.ocr import quality, readings
from loans.ocr.documents import DOCUMENTS
from loans.ocr.readings import FAILURES, Finding
from loans.pictures import content_of

_MASKS = {"name": masking.name, "representative": masking.name, "address": masking.address}


class ReadingAskSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=DocumentReading.Kind.choices)
    file = serializers.FileField(required=False, help_text="证件照片（JPEG 或 PNG）；不填则须指定 material")
    material = serializers.UUIDField(required=False, help_text="已上传的影像资料")
    party = serializers.UUIDField(required=False, help_text="关联人标识；不填为借款人本人")


class ReadFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # hides the framework's own
    value = serializers.CharField(
        allow_blank=True, help_text="日期为 YYYY-MM-DD；长期为 LONG_TERM；非主办人或确认后脱敏"
    )
    confidence = serializers.FloatField(min_value=0, max_value=1)


class RemarkSerializer(BlockerSerializer):
    is_warning = serializers.BooleanField()


class ReadingSerializer(serializers.Serializer[Any]):
    """One reading with its fields and what is to be looked at."""

    id = serializers.UUIDField(source="reading.pk")
    kind = serializers.ChoiceField(choices=DocumentReading.Kind.choices)
    kind_label = serializers.CharField(source="reading.get_kind_display")
    state = serializers.ChoiceField(choices=DocumentReading.State.choices, source="reading.state")
    party = serializers.UUIDField(source="reading.party_id", allow_null=True)
    material = serializers.UUIDField(source="reading.material_id", allow_null=True)
    failure = serializers.CharField(source="reading.failure", allow_blank=True)
    failure_detail = serializers.SerializerMethodField()
    has_portrait = serializers.SerializerMethodField()
    fields_read = serializers.SerializerMethodField()
    remarks = RemarkSerializer(many=True)
    engine = serializers.CharField(source="reading.engine", allow_blank=True)
    milliseconds = serializers.IntegerField(source="reading.milliseconds", allow_null=True)
    created_at = serializers.DateTimeField(source="reading.created_at")
    confirmed_at = serializers.DateTimeField(source="reading.confirmed_at", allow_null=True)

    def get_failure_detail(self, finding: Finding) -> str:
        return FAILURES.get(finding.reading.failure, "")

    def get_has_portrait(self, finding: Finding) -> bool:
        return bool(finding.reading.portrait_file)

    @extend_schema_field(ReadFieldSerializer(many=True))
    def get_fields_read(self, finding: Finding) -> Any:
        labels = DOCUMENTS[finding.kind].labels
        is_open = self._may_see_clear(finding)
        shown = [
            {
                "name": name,
                "label": labels[name],
                "value": value if is_open else _masked(finding.kind, name, value),
                "confidence": finding.confidence[name],
            }
            for name, value in finding.values.items()
        ]
        return ReadFieldSerializer(shown, many=True).data

    def _may_see_clear(self, finding: Finding) -> bool:
        """The lead, who holds the card and compares, until he has confirmed."""
        person, reading = person_of(self.context["request"]), finding.reading
        return reading.state == reading.State.READ and person.pk == reading.application.investigator_id


def _masked(kind: str, name: str, value: str) -> str:
    if not value:
        return ""
    if name == "number":
        return masking.bank_card(value) if kind == "BANK_CARD" else masking.identity_number_in_list(value)
    if kind == "LICENCE":
        return masking.name(value) if name == "representative" else value
    mask = _MASKS.get(name)
    if name == "born":
        return f"{value[:4]}-**-**"
    return mask(value) if mask is not None else value


class ConfirmReadingSerializer(serializers.Serializer[Any]):
    corrected = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True),
        required=False,
        help_text="只填需要更正的字段：字段名 → 证件上的值",
    )


class ReadingsView(BankView):
    """The readings of the case, and a picture to be read."""

    access = {"GET": "loan.read", "POST": "loan.read_document"}
    parser_classes = (MultiPartParser,)
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_readings_list",
        tags=[TAG],
        summary="证件识别结果",
        responses=ReadingSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = application.readings.select_related("application__customer", "party").prefetch_related("fields")
        found = [readings.finding_of(row) for row in rows]
        return Response(ReadingSerializer(found, many=True, context={"request": request}).data)

    @extend_schema(
        tags=[TAG],
        summary="提交证件识别（异步，随后查询结果）",
        request={"multipart/form-data": ReadingAskSerializer},
        responses={202: ReadingSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(ReadingAskSerializer)
        file = content_of(said["file"], field="file") if "file" in said else None
        reading = readings.ask(
            application,
            kind=said["kind"],
            by=person_of(request),
            file=file,
            material_id=said.get("material"),
            party_id=said.get("party"),
        )
        return self.one(readings.finding_of(reading), ReadingSerializer, status=202)


class ReadingView(BankView):
    """One reading."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="查看证件识别结果", responses=ReadingSerializer)
    def get(self, request: Request, application_id: UUID, reading_id: UUID) -> Response:
        reading = readings.one(application_within(request, application_id), reading_id)
        return self.one(readings.finding_of(reading), ReadingSerializer)


class ConfirmReadingView(BankView):
    """The RM confirms what was read, or corrects it."""

    access = {"POST": "loan.read_document"}

    @extend_schema(
        tags=[TAG], summary="确认或更正识别结果", request=ConfirmReadingSerializer, responses=ReadingSerializer
    )
    def post(self, request: Request, application_id: UUID, reading_id: UUID) -> Response:
        application = application_within(request, application_id)
        corrected = self.read(ConfirmReadingSerializer).get("corrected", {})
        reading = readings.confirm(application, reading_id, corrected=corrected, by=person_of(request))
        return self.one(readings.finding_of(reading), ReadingSerializer)


class PortraitView(BankView):
    """The portrait of the card; the look is logged."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="查看证件头像（留痕）", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, application_id: UUID, reading_id: UUID) -> HttpResponse:
        application = application_within(request, application_id)
        picture = readings.look_at_portrait(application, reading_id, by=person_of(request))
        return HttpResponse(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


class QualityAskSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(choices=DocumentReading.Kind.choices, required=False)


class OcrQualitySerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # hides the framework's own
    confirmed = serializers.IntegerField(help_text="已确认的识别次数")
    corrected = serializers.IntegerField(help_text="被更正的次数")
    unread = serializers.IntegerField(help_text="未识别而补录的次数")
    accuracy = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="准确率（%）")
    confidence_of_right = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    confidence_of_wrong = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    distance = serializers.DecimalField(max_digits=8, decimal_places=4, allow_null=True, help_text="更正处平均编辑距离")


class QualityView(BankView):
    """How well the engine reads; figures only."""

    access = {"GET": "ocr_quality.read"}
    pagination_class = None

    @extend_schema(
        operation_id="ocr_quality_list",
        tags=[TAG],
        summary="证件识别质量",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATETIME),
            OpenApiParameter("until", OpenApiTypes.DATETIME),
            OpenApiParameter("kind", str, enum=DocumentReading.Kind.values),
        ],
        responses=OcrQualitySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = self.read(QualityAskSerializer, request.query_params)
        return Response(OcrQualitySerializer(quality.report(**asked), many=True).data)
