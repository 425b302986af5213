"""Papers of the file: upload, list, look, take out, and those that were used before."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import checklist, duplicates, materials, viewing
from loans.api.common import TAG, application_within, device_of, ip_of, person_of
from loans.api.file import ChecklistEntrySerializer, MaterialSerializer
from loans.codes import MaterialType
from loans.duplicates import Duplicate
from loans.models import PictureMatch, ViewPurpose
from loans.pictures import content_of


class MaterialUploadSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=MaterialType.choices)
    file = serializers.FileField(help_text="JPEG 或 PNG，至多 30 MB；更大或断点续传请用分片上传")
    taken_at = serializers.DateTimeField(required=False)
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False)
    expires_on = serializers.DateField(required=False, help_text="证件有效期至")


class MaterialsSerializer(serializers.Serializer[Any]):
    checklist = ChecklistEntrySerializer(many=True)
    materials = MaterialSerializer(many=True)


class MaterialsView(BankView):
    """The papers that are there, and the list of those that are asked for."""

    access = {"GET": "loan.read", "POST": "loan.upload_material"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="loan_applications_materials_list",
        tags=[TAG],
        summary="影像资料与清单",
        responses=MaterialsSerializer,
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        shown = {"checklist": checklist.entries(application), "materials": application.materials.standing()}
        return Response(MaterialsSerializer(shown).data)

    @extend_schema(
        tags=[TAG],
        summary="上传影像资料",
        request={"multipart/form-data": MaterialUploadSerializer},
        responses={201: MaterialSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(MaterialUploadSerializer)
        kind, file = said.pop("type"), content_of(said.pop("file"), field="file")
        material = materials.add(application, kind=kind, file=file, by=person_of(request), **said)
        return self.one(material, MaterialSerializer, status=201)


class LookSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=ViewPurpose.choices, required=False)


class MaterialView(BankView):
    """One picture: a look (watermarked and logged), or taking it out of the file."""

    access = {"GET": "loan.read", "DELETE": "loan.upload_material"}
    small = False

    @extend_schema(
        tags=[TAG],
        summary="查看影像（加水印、留痕）",
        parameters=[
            OpenApiParameter("purpose", str, enum=ViewPurpose.values, description="查看用途，印在水印中；不填按岗位")
        ],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, application_id: UUID, material_id: UUID) -> HttpResponse:
        application = application_within(request, application_id)
        said = self.read(LookSerializer, request.query_params).get("purpose")
        looker = viewing.Looker(
            staff=person_of(request),
            purpose=ViewPurpose(said) if said else None,
            ip=ip_of(request),
            device=device_of(request),
        )
        picture = viewing.look(application, material_id, by=looker, small=self.small)
        return HttpResponse(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @extend_schema(tags=[TAG], summary="移除影像", responses={204: None})
    def delete(self, request: Request, application_id: UUID, material_id: UUID) -> Response:
        materials.remove(application_within(request, application_id), material_id, by=person_of(request))
        return Response(status=204)


class ThumbnailView(MaterialView):
    """The small picture for lists."""

    http_method_names = ("get", "head", "options")
    small = True


# --- Used before ---------------------------------------------------------------------------------
class DuplicateSerializer(serializers.Serializer[Any]):
    """A picture of this case that was used in another before; where, only for who may see that case."""

    id = serializers.UUIDField(source="match.pk")
    material = serializers.UUIDField(source="match.material_id")
    is_identical = serializers.BooleanField(source="match.is_identical", help_text="文件完全相同")
    distance = serializers.IntegerField(source="match.distance", help_text="感知摘要相差的位数")
    is_same_customer = serializers.BooleanField()
    filed_at = serializers.DateTimeField(source="match.other.created_at", help_text="此前上传的时间")
    application = serializers.UUIDField(source="elsewhere.pk", allow_null=True, default=None)
    application_no = serializers.CharField(source="elsewhere.application_no", allow_null=True, default=None)
    other_material = serializers.SerializerMethodField()
    verdict = serializers.ChoiceField(
        source="match.verdict", choices=PictureMatch.Verdict.choices, allow_blank=True, help_text="空为待处理"
    )
    note = serializers.CharField(source="match.note", allow_blank=True)
    settled_at = serializers.DateTimeField(source="match.settled_at", allow_null=True)

    def get_other_material(self, duplicate: Duplicate) -> UUID | None:
        return duplicate.match.other_id if duplicate.elsewhere is not None else None


class DuplicatesView(BankView):
    """Papers of the case that were used before."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_duplicates_list",
        tags=[TAG],
        summary="重复影像",
        responses=DuplicateSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        found = duplicates.of(application_within(request, application_id), by=person_of(request))
        return Response(DuplicateSerializer(found, many=True).data)


class SettleDuplicateSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=PictureMatch.Verdict.choices)
    note = serializers.CharField(max_length=300)


class SettledSerializer(serializers.ModelSerializer[PictureMatch]):
    class Meta:
        model = PictureMatch
        fields = ["id", "material", "verdict", "note", "settled_by", "settled_at"]


class SettleDuplicateView(BankView):
    """The reviewer says what it was."""

    access = {"POST": "loan.settle_duplicate"}

    @extend_schema(tags=[TAG], summary="处理重复影像", request=SettleDuplicateSerializer, responses=SettledSerializer)
    def post(self, request: Request, application_id: UUID, match_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(SettleDuplicateSerializer)
        return self.one(duplicates.settle(application, match_id, **said, by=person_of(request)), SettledSerializer)
