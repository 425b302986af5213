"""Credit-bureau authorization by the customer, queries by the query officer."""

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
from aladdin.problems import CONTENT_TYPE
from loans import authorization, bureau
from loans.api.common import TAG, ReasonSerializer, application_within, device_of, ip_of, person_of
from loans.api.file import AuthorizationSerializer, ReportBriefSerializer, ReportFiguresSerializer
from loans.codes import QueryReason
from loans.grants import QueryRefused
from loans.models import LoanApplication
from loans.one_time_codes import CodeRefused, TooMany
from loans.pictures import content_of
from loans.signing import Signature


class WhoseQuery(serializers.Serializer[Any]):
    party = serializers.UUIDField(required=False, help_text="关联人标识；不填为借款人本人")


class ConsentTextSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    body = serializers.CharField(help_text="授权书全文，须完整展示给客户")
    sha256 = serializers.CharField(help_text="签署时须带回")


class SignConsentSerializer(WhoseQuery):
    signature = serializers.FileField(required=False, help_text="手写签名图片（JPEG 或 PNG）；与验证码二选一")
    code = serializers.RegexField(
        r"^\d{6}$", required=False, help_text="签署人收到的短信验证码", error_messages={"invalid": "验证码为6位数字"}
    )
    text_sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="客户所阅授权书的摘要", error_messages={"invalid": "授权书摘要格式不正确"}
    )
    place = serializers.CharField(max_length=200, help_text="签署地点")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("signature" in attrs) == ("code" in attrs):
            raise serializers.ValidationError({"signature": ["请提供手写签名或短信验证码，二者择一"]})
        return attrs


class CodeSentSerializer(serializers.Serializer[Any]):
    retry_after = serializers.IntegerField(help_text="多少秒后可再次获取")


class OrderReportSerializer(WhoseQuery):
    reason = serializers.ChoiceField(
        choices=QueryReason.choices, required=False, help_text="查询原因；不填按其角色：借款人02、保证人08"
    )


class OpenedReportSerializer(serializers.Serializer[Any]):
    report = ReportFiguresSerializer(source="row")
    content = serializers.DictField(help_text="征信报告全文")


class ConsentTextView(BankView):
    """What the customer would sign today."""

    access = {"GET": "loan.authorize_credit"}

    @extend_schema(tags=[TAG], summary="征信授权书文本", parameters=[WhoseQuery], responses=ConsentTextSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        whose = self.read(WhoseQuery, request.query_params)
        text = authorization.consent_text(application, whose.get("party"))
        return Response(ConsentTextSerializer(text).data)


class AuthorizationsView(BankView):
    """The customer signs on the phone."""

    access = {"POST": "loan.authorize_credit"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="客户签署征信授权",
        request={"multipart/form-data": SignConsentSerializer},
        responses={201: AuthorizationSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(SignConsentSerializer)
        try:
            signature = self._signature(request, application, said)
        except (CodeRefused, TooMany) as refused:
            # Answered, not raised: the transaction commits, and with it the count of the try.
            return Response(refused.body(), status=refused.status, content_type=CONTENT_TYPE)
        grant = authorization.sign(
            application,
            signature=signature,
            text_sha256=said["text_sha256"],
            by=person_of(request),
            party_id=said.get("party"),
        )
        return self.one(grant, AuthorizationSerializer, status=201)

    def _signature(self, request: Request, application: LoanApplication, said: dict[str, Any]) -> Signature:
        around = {"device": device_of(request), "ip": ip_of(request), "place": said["place"]}
        if "signature" in said:
            return Signature(picture=content_of(said["signature"], field="signature"), **around)
        by, party_id = person_of(request), said.get("party")
        code = authorization.redeem_code(application, said["code"], by=by, ip=ip_of(request), party_id=party_id)
        return Signature(code=code, **around)


class ConsentCodeView(BankView):
    """A code to the signer's own phone, which he may sign with."""

    access = {"POST": "loan.authorize_credit"}

    @extend_schema(
        tags=[TAG], summary="向签署人发送签署验证码", request=WhoseQuery, responses={202: CodeSentSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        party_id = self.read(WhoseQuery).get("party")
        wait = authorization.send_code(application, by=person_of(request), ip=ip_of(request), party_id=party_id)
        return Response({"retry_after": wait}, status=202)


class AuthorizationPaperView(BankView):
    """The sealed paper, for one look."""

    access = {"GET": "credit_authorization.read"}

    @extend_schema(
        tags=[TAG], summary="查看征信授权书（PDF，留痕）", responses={(200, "application/pdf"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, application_id: UUID, authorization_no: str) -> HttpResponse:
        application = application_within(request, application_id)
        paper = authorization.paper_of(application, authorization_no, by=person_of(request))
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="{authorization_no}.pdf"'}
        return HttpResponse(paper, content_type="application/pdf", headers=headers)


class RevokeView(BankView):
    """The customer takes an unspent consent back."""

    access = {"POST": "loan.authorize_credit"}

    @extend_schema(tags=[TAG], summary="客户撤销征信授权", request=ReasonSerializer, responses=AuthorizationSerializer)
    def post(self, request: Request, application_id: UUID, authorization_no: str) -> Response:
        application = application_within(request, application_id)
        reason = self.read(ReasonSerializer)["reason"]
        grant = authorization.revoke(application, authorization_no, reason=reason, by=person_of(request))
        return self.one(grant, AuthorizationSerializer)


class ReportsView(BankView):
    """The query officer orders a report on the customer's grant."""

    access = {"POST": "loan.query_credit"}

    @extend_schema(
        tags=[TAG], summary="查询征信", request=OrderReportSerializer, responses={202: ReportBriefSerializer}
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(OrderReportSerializer)
        reason, party_id = said.get("reason"), said.get("party")
        try:
            report = bureau.order(application, reason=reason, by=person_of(request), party_id=party_id)
        except QueryRefused as refused:
            # Answered, not raised: the transaction commits, and with it the record of the attempt.
            bureau.record_refusal(application, refused, reason=reason, by=person_of(request), party_id=party_id)
            return Response(refused.body(), status=refused.status, content_type=CONTENT_TYPE)
        return self.one(report, ReportBriefSerializer, status=202)


class ReportView(BankView):
    """The whole report, for one look."""

    access = {"GET": "loan.read_credit_report"}

    @extend_schema(tags=[TAG], summary="查看征信报告（留痕）", responses=OpenedReportSerializer)
    def get(self, request: Request, application_id: UUID, report_id: UUID) -> Response:
        application = application_within(request, application_id)
        opened = bureau.read(application, report_id, by=person_of(request), ip=ip_of(request))
        return Response(OpenedReportSerializer(opened).data)
