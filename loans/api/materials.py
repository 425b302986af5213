"""Papers of the file: upload, list, look, take out."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import checklist, materials
from loans.api.common import TAG, application_within, person_of
from loans.api.file import ChecklistEntrySerializer, MaterialSerializer
from loans.codes import MaterialType
from loans.pictures import content_of


class MaterialUploadSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=MaterialType.choices)
    file = serializers.FileField(help_text="JPEG 或 PNG，至多 20 MB")
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


class MaterialView(BankView):
    """One picture: a look (logged), or taking it out of the file."""

    access = {"GET": "loan.read", "DELETE": "loan.upload_material"}
    small = False

    @extend_schema(tags=[TAG], summary="查看影像（留痕）", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, application_id: UUID, material_id: UUID) -> HttpResponse:
        application = application_within(request, application_id)
        picture = materials.look(application, material_id, by=person_of(request), small=self.small)
        return HttpResponse(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    @extend_schema(tags=[TAG], summary="移除影像", responses={204: None})
    def delete(self, request: Request, application_id: UUID, material_id: UUID) -> Response:
        materials.remove(application_within(request, application_id), material_id, by=person_of(request))
        return Response(status=204)


class ThumbnailView(MaterialView):
    """The small picture for lists."""

    http_method_names = ("get", "head", "options")
    small = True
