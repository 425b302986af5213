"""Identity verification on the phone."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import identity, identity_by_hand
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.api.file import IdentityCheckSerializer
from loans.models import IdentityCheck
from loans.obligors import Obligor
from loans.pictures import content_of


class _WhoseSerializer(serializers.Serializer[Any]):
    party = serializers.UUIDField(required=False, help_text="关联人标识；不填为借款人本人")


class FaceSerializer(_WhoseSerializer):
    face = serializers.FileField(required=False, help_text="现场拍摄的人脸照片（JPEG 或 PNG）")
    face_declined = serializers.BooleanField(
        required=False, default=False, help_text="客户选择不进行人脸比对：只做联网核查，随后人工核验"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("face" in attrs) == attrs["face_declined"]:
            raise serializers.ValidationError({"face": ["请上传现场人脸照片，或说明客户选择不进行人脸比对"]})
        return attrs


class IdentityNoteSerializer(_WhoseSerializer):
    note = serializers.CharField(max_length=300, help_text="核对了什么、如何核对")
    second_document = serializers.UUIDField(required=False, help_text="辅助身份证明影像；联网核查无照片时必填")


class CheckResultSerializer(IdentityCheckSerializer):
    """An attempt, with what it did to the case."""

    state = serializers.CharField(source="application.state", read_only=True)
    attempts_left = serializers.SerializerMethodField(help_text="今日剩余核查次数")
    advice = serializers.SerializerMethodField(help_text="下一步怎么做")

    class Meta(IdentityCheckSerializer.Meta):
        fields = [*IdentityCheckSerializer.Meta.fields, "state", "attempts_left", "advice"]

    def get_attempts_left(self, check: IdentityCheck) -> int:
        return identity.attempts_left(Obligor(check.application, check.party))

    def get_advice(self, check: IdentityCheck) -> str:
        return identity.advice(check)


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
        face = content_of(said["face"], field="face") if "face" in said else None
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
        check = identity_by_hand.check_by_hand(
            application,
            note=said["note"],
            by=person_of(request),
            party_id=said.get("party"),
            second_document_id=said.get("second_document"),
        )
        return self.one(check, CheckResultSerializer, status=201)


class WaitingSerializer(serializers.Serializer[Any]):
    """Somebody at whom a second person has to look."""

    application = serializers.UUIDField(source="application.pk")
    application_no = serializers.CharField(source="application.application_no")
    product = serializers.CharField(source="application.product.name")
    customer = serializers.CharField(source="application.customer.masked_name", help_text="借款人，脱敏")
    investigator = PersonSerializer(source="application.investigator")
    party = serializers.UUIDField(source="obligor.party.pk", allow_null=True, default=None)
    who = serializers.CharField(source="obligor.title", help_text="待核验人")
    reason = serializers.CharField(help_text="为何须人工核验")
    since = serializers.DateTimeField(source="last.at")


class IdentityQueueView(BankView):
    """Whom the person may verify by hand."""

    access = {"GET": "loan.verify_identity_by_hand"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_queues_identity_list",
        tags=[TAG],
        summary="待人工核验身份",
        responses=WaitingSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        return Response(WaitingSerializer(identity_by_hand.waiting(person_of(request)), many=True).data)
