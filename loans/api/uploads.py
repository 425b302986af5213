"""Uploads in pieces: announce, send piece by piece, ask how far it has come, finish or give up."""

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import uploads
from loans.api.common import TAG, application_within, person_of
from loans.api.file import MaterialSerializer
from loans.codes import MaterialType
from loans.materials import Circumstances
from loans.models import Upload

_LARGEST_PIECE = 16 * 1024 * 1024
"""Read at most, whatever the bank's parameter says."""
_AROUND = ("taken_at", "latitude", "longitude", "expires_on")


class UploadBeginSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(required=False, help_text="可由手机生成，重复提交返回同一上传")
    type = serializers.ChoiceField(choices=MaterialType.choices)
    size = serializers.IntegerField(min_value=1, help_text="文件总字节数")
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="文件的 SHA-256，小写十六进制")
    taken_at = serializers.DateTimeField(required=False)
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False)
    expires_on = serializers.DateField(required=False, help_text="证件有效期至")


class UploadSerializer(serializers.Serializer[Any]):
    """How far it has come; when done, the papers that it became."""

    id = serializers.UUIDField(source="upload.pk")
    type = serializers.ChoiceField(source="upload.type", choices=MaterialType.choices)
    state = serializers.ChoiceField(source="upload.state", choices=Upload.State.choices)
    size = serializers.IntegerField(source="upload.size")
    received = serializers.IntegerField(source="upload.received", help_text="已收字节数：从此处续传")
    expires_at = serializers.DateTimeField(source="upload.expires_at")
    refusal = serializers.CharField(source="upload.refusal", allow_blank=True)
    refusal_detail = serializers.CharField(source="upload.refusal_detail", allow_blank=True)
    materials = MaterialSerializer(many=True)


class PieceParser(BaseParser):
    """`application/octet-stream`: the bytes as they are, no more than a piece may have."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return stream.read(_LARGEST_PIECE)


class UploadsView(BankView):
    """Announce a file."""

    access = {"POST": "loan.upload_material"}

    @extend_schema(
        tags=[TAG], summary="开始分片上传（可续传）", request=UploadBeginSerializer, responses={201: UploadSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(UploadBeginSerializer)
        around = Circumstances(**{name: said[name] for name in _AROUND if name in said})
        upload, _ = uploads.begin(
            application,
            by=person_of(request),
            kind=said["type"],
            size=said["size"],
            sha256=said["sha256"],
            around=around,
            upload_id=said.get("id"),
        )
        return self.one(uploads.described(upload), UploadSerializer, status=201)


class UploadView(BankView):
    """One upload: how far it has come, or giving it up."""

    access = {"GET": "loan.upload_material", "DELETE": "loan.upload_material"}

    @extend_schema(tags=[TAG], summary="上传进度", responses=UploadSerializer)
    def get(self, request: Request, application_id: UUID, upload_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(uploads.status(application, upload_id, by=person_of(request)), UploadSerializer)

    @extend_schema(tags=[TAG], summary="放弃上传", responses={204: None})
    def delete(self, request: Request, application_id: UUID, upload_id: UUID) -> Response:
        uploads.abandon(application_within(request, application_id), upload_id, by=person_of(request))
        return Response(status=204)


class PieceSerializer(serializers.Serializer[Any]):
    offset = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class UploadPartView(BankView):
    """One piece, at its offset."""

    access = {"PUT": "loan.upload_material"}
    parser_classes = (PieceParser,)

    @extend_schema(
        tags=[TAG],
        summary="上传一个分片",
        parameters=[OpenApiParameter("offset", int, required=True, description="分片在文件中的起始字节")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=UploadSerializer,
    )
    def put(self, request: Request, application_id: UUID, upload_id: UUID) -> Response:
        application = application_within(request, application_id)
        offset = self.read(PieceSerializer, request.query_params)["offset"]
        sent: Any = request.data
        content = sent if isinstance(sent, bytes) else b""  # an empty body is not parsed at all
        upload = uploads.put(application, upload_id, offset=offset, content=content, by=person_of(request))
        return self.one(uploads.described(upload), UploadSerializer)


class CompleteUploadView(BankView):
    """The file is whole."""

    access = {"POST": "loan.upload_material"}

    @extend_schema(tags=[TAG], summary="完成分片上传", request=None, responses=UploadSerializer)
    def post(self, request: Request, application_id: UUID, upload_id: UUID) -> Response:
        upload = uploads.complete(application_within(request, application_id), upload_id, by=person_of(request))
        return self.one(uploads.described(upload), UploadSerializer)
