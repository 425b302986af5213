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
from loans.obligors import Obligor
from loans.pictures import content_of


class _WhoseSerializer(serializers.Serializer[Any]):
    party = serializers.UUIDField(required=False, help_text="关联人标识；不填为借款人本人")


class FaceSerializer(_WhoseSerializer):
    face = serializers.FileField(help_text="现场拍摄的人脸照片（JPEG 或 PNG）")


class IdentityNoteSerializer(_WhoseSerializer):
    note = serializers.CharField(max_length=300, help_text="核对了什么、如何核对")


class CheckResultSerializer(IdentityCheckSerializer):
    """An attempt, with what it did to the case."""

    state = serializers.CharField(source="application.state", read_only=True)
    attempts_left = serializers.SerializerMethodField(help_text="今日剩余核查次数")

    class Meta(IdentityCheckSerializer.Meta):
        fields = [*IdentityCheckSerializer.Meta.fields, "state", "attempts_left"]

    def get_attempts_left(self, check: IdentityCheck) -> int:
        return identity.attempts_left(Obligor(check.application, check.party))


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
        said = self.read(FaceSerializer)
        face = content_of(said["face"], field="face")
        check = identity.check_online(application, face=face, by=person_of(request), party_id=said.get("party"))
        return self.one(check, CheckResultSerializer, status=201)


class IdentityByHandView(BankView):
    """A second person looks at card and customer."""

    access = {"POST": "loan.verify_identity_by_hand"}

    @extend_schema(
        tags=[TAG], summary="人工核验身份", request=IdentityNoteSerializer, responses={201: CheckResultSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(IdentityNoteSerializer)
        party_id = said.get("party")
        check = identity.check_by_hand(application, note=said["note"], by=person_of(request), party_id=party_id)
        return self.one(check, CheckResultSerializer, status=201)
