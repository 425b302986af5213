"""Electronic signing: sent by the RM, told by the provider."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aladdin.api.views import BankView
from aladdin.problems import Problem
from aladdin.signatures import SignatureRefused
from crm import nonces
from crm.api.core_banking import body_of
from loans import esigning
from loans.api.common import TAG, application_within, person_of
from loans.gateways import esigning as provider
from loans.models import SigningEnvelope


class StartSigningSerializer(serializers.Serializer[Any]):
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="客户所阅合同文本的摘要", error_messages={"invalid": "文本摘要格式不正确"}
    )


class EnvelopeSerializer(serializers.ModelSerializer[SigningEnvelope]):
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = SigningEnvelope
        fields = [
            "id",
            "reference",
            "sha256",
            "state",
            "state_label",
            "reason",
            "created_at",
            "expires_at",
            "finished_at",
        ]
        read_only_fields = fields


class SigningView(BankView):
    """The envelope: where it stands, and sending one."""

    access = {"GET": "loan.read", "POST": "loan.sign_contract"}

    @extend_schema(tags=[TAG], summary="电子签约进度", responses=EnvelopeSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        return self.one(esigning.latest(application_within(request, application_id)), EnvelopeSerializer)

    @extend_schema(
        tags=[TAG], summary="发起电子签约", request=StartSigningSerializer, responses={202: EnvelopeSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(StartSigningSerializer)
        envelope = esigning.start(application, said["sha256"], by=person_of(request))
        return self.one(envelope, EnvelopeSerializer, status=202)


class CancelSigningView(BankView):
    """Taking it back."""

    access = {"POST": "loan.sign_contract"}

    @extend_schema(tags=[TAG], summary="撤回电子签约", request=None, responses=EnvelopeSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(esigning.cancel(application, by=person_of(request)), EnvelopeSerializer)


# --- Told by the provider ------------------------------------------------------------------------
class NoticeSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=24, help_text="签约编号")
    sha256 = serializers.CharField(max_length=64, help_text="文本摘要")
    state = serializers.ChoiceField(choices=provider.STATES)
    signers = serializers.ListField(child=serializers.DictField(), help_text="各签署人及其状态")


class HeardSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    state = serializers.ChoiceField(choices=SigningEnvelope.State.choices)


class SigningNoticeDoor(APIView):
    """Signed by the signing provider; the same told again is answered the same."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = ()

    @extend_schema(
        tags=["电子签约平台"],
        summary="签约进度通知",
        parameters=[
            OpenApiParameter("X-Timestamp", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-Nonce", str, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-Signature", str, OpenApiParameter.HEADER, required=True),
        ],
        request=NoticeSerializer,
        responses=HeardSerializer,
    )
    def post(self, request: Request) -> Response:
        body = body_of(request)
        try:
            nonces.use(provider.check_signature(request.headers, body))
        except SignatureRefused as refused:
            raise Problem(refused.code, "签名无效", status=401) from refused
        try:
            told = provider.read_notice(body)
        except ValueError as error:
            raise Problem("malformed", "签约通知内容有误") from error
        envelope = esigning.take_in_by_reference(told)
        return Response({"reference": envelope.reference, "state": envelope.state})
