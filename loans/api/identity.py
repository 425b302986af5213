"""Identity verification on the phone."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import identity
from loans.api.common import TAG, application_within, person_of
from loans.api.file import IdentityCheckSerializer
from loans.models import IdentityCheck
from loans.pictures import content_of


class FaceSerializer(serializers.Serializer[Any]):
    face = serializers.FileField(help_text="现场拍摄的人脸照片（JPEG 或 PNG）")


class IdentityNoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="核对了什么、如何核对")


class CheckResultSerializer(IdentityCheckSerializer):
    """An attempt, with what it did to the case."""

    state = serializers.CharField(source="application.state", read_only=True)
    attempts_left = serializers.SerializerMethodField(help_text="今日剩余核查次数")

    class Meta(IdentityCheckSerializer.Meta):
        fields = [*IdentityCheckSerializer.Meta.fields, "state", "attempts_left"]

    def get_attempts_left(self, check: IdentityCheck) -> int:
        return identity.attempts_left(check.application)


class IdentityCheckView(BankView):
    """One try at 联网核查 with face comparison."""

    access = {"POST": "loan.verify_identity"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="联网核查与人脸比对",
        request={"multipart/form-data": FaceSerializer},
        responses={201: CheckResultSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        face = content_of(self.read(FaceSerializer)["face"], field="face")
        check = identity.check_online(application, face=face, by=person_of(request))
        return self.one(check, CheckResultSerializer, status=201)


class IdentityByHandView(BankView):
    """A second person looks at card and customer."""

    access = {"POST": "loan.verify_identity_by_hand"}

    @extend_schema(
        tags=[TAG], summary="人工核验身份", request=IdentityNoteSerializer, responses={201: CheckResultSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        note = self.read(IdentityNoteSerializer)["note"]
        check = identity.check_by_hand(application, note=note, by=person_of(request))
        return self.one(check, CheckResultSerializer, status=201)
