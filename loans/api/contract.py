"""Statement of cost and contract on the RM's phone."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from aladdin.problems import CONTENT_TYPE
from loans import contract, contract_papers, contract_signing, cost_paper, disclosure
from loans.api.authorization import CodeSentSerializer
from loans.api.common import TAG, application_within, device_of, ip_of, person_of
from loans.api.draws import PlannedDrawSerializer
from loans.api.file import DisclosureSerializer
from loans.codes import RepaymentMethod
from loans.draw_plan import Planned
from loans.models import Contract, ContractSigner, LoanApplication, LoanPaper
from loans.one_time_codes import CodeRefused, TooMany
from loans.pictures import content_of
from loans.signing import Signature
from loans.terms import Choice

_SHA256 = r"^[0-9a-f]{64}$"


class ChoiceSerializer(serializers.Serializer[Any]):
    """What the customer wants of what was approved; what is left out is as approved or applied for."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, required=False)
    term_months = serializers.IntegerField(min_value=1, max_value=600, required=False)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False)
    repayment_day = serializers.IntegerField(min_value=1, max_value=31, required=False)
    payment_months = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12),
        required=False,
        max_length=12,
        help_text="按季节还款的还本月份",
    )


class DrawUpSerializer(ChoiceSerializer):
    """The contract's terms, which must be those of the confirmed statement, and who gets the money."""

    payee_name = serializers.CharField(
        max_length=100, required=False, default="", help_text="收款人户名；借款人本人即自主支付"
    )
    payee_account = serializers.RegexField(
        r"^\d{6,32}$", required=False, default="", error_messages={"invalid": "收款账号须为6至32位数字"}
    )
    payee_bank = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    draws = serializers.ListField(
        child=PlannedDrawSerializer(),
        required=False,
        default=list,
        min_length=2,
        max_length=60,
        help_text="提款计划；不填为一次提款",
    )


class SignedSerializer(serializers.Serializer[Any]):
    """The customer's signature under the text with this digest."""

    signature = serializers.FileField(help_text="客户手写签名图片（JPEG 或 PNG）")
    sha256 = serializers.RegexField(
        _SHA256, help_text="客户所阅文本的摘要", error_messages={"invalid": "文本摘要格式不正确"}
    )
    place = serializers.CharField(max_length=200, required=False, default="", help_text="签署地点")


class WhichCostSerializer(serializers.Serializer[Any]):
    sha256 = serializers.RegexField(
        _SHA256, help_text="客户所阅明示表的摘要", error_messages={"invalid": "文本摘要格式不正确"}
    )


class ConfirmCostSerializer(SignedSerializer):
    """On site with the customer's signature, or online with the code sent to him. The server measures the reading."""

    signature = serializers.FileField(required=False, help_text="现场：客户手写签名图片；与验证码二选一")
    code = serializers.RegexField(
        r"^\d{6}$",
        required=False,
        help_text="线上：客户收到的短信验证码",
        error_messages={"invalid": "验证码为6位数字"},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("signature" in attrs) == ("code" in attrs):
            raise serializers.ValidationError({"signature": ["请提供手写签名或短信验证码，二者择一"]})
        return attrs


class SignContractSerializer(SignedSerializer):
    """One person signs before the RM."""

    party = serializers.UUIDField(
        source="party_id", required=False, allow_null=True, default=None, help_text="签署的关联人，空为借款人"
    )
    recording_reference = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="双录编号"
    )


class PaperSerializer(serializers.ModelSerializer[LoanPaper]):
    """One of the contract's papers; its words stand in the contract's text, its PDF at its own address."""

    document_label = serializers.CharField(source="get_document_display", read_only=True)
    verification_url = serializers.SerializerMethodField(help_text="公开核验地址")

    class Meta:
        model = LoanPaper
        fields = [
            "id",
            "document",
            "document_label",
            "number",
            "title",
            "party",
            "dated",
            "sha256",
            "file_sha256",
            "sealed_at",
            "verification_url",
        ]
        read_only_fields = fields

    def get_verification_url(self, paper: LoanPaper) -> str:
        return contract_papers.verification_url(paper.code)


class SignerSerializer(serializers.ModelSerializer[ContractSigner]):
    """Who has to sign, and whether he has."""

    role_label = serializers.CharField(source="get_role_display", read_only=True)
    name = serializers.SerializerMethodField(help_text="脱敏")

    class Meta:
        model = ContractSigner
        fields = [
            "id",
            "party",
            "role",
            "role_label",
            "name",
            "state",
            "signed_at",
            "signing_method",
            "refused_because",
        ]
        read_only_fields = fields

    def get_name(self, signer: ContractSigner) -> str:
        return (signer.party or signer.contract.application.customer).masked_name()


class ContractSerializer(serializers.ModelSerializer[Contract]):
    """The contract with its text, personal data masked but for the RM in charge."""

    text = serializers.SerializerMethodField(help_text="合同全文")
    payee_name = serializers.SerializerMethodField(help_text="脱敏")
    payee_account = serializers.SerializerMethodField(help_text="脱敏")
    may_be_electronic = serializers.SerializerMethodField(help_text="可否电子签约")
    papers = PaperSerializer(many=True, read_only=True)
    signers = SignerSerializer(many=True, read_only=True)

    class Meta:
        model = Contract
        fields = [
            "id",
            "contract_no",
            "template_code",
            "template_version",
            "sha256",
            "amount",
            "term_months",
            "rate",
            "repayment_method",
            "repayment_day",
            "payment_months",
            "payee_name",
            "payee_account",
            "payee_bank",
            "draw_until",
            "signing",
            "recording_reference",
            "signed_at",
            "created_at",
            "version",
            "may_be_electronic",
            "papers",
            "signers",
            "text",
        ]
        read_only_fields = fields

    def get_text(self, row: Contract) -> str:
        return contract.text_for(row, person_of(self.context["request"]))

    def get_may_be_electronic(self, row: Contract) -> bool:
        return contract_signing.may_be_electronic(row)

    def get_payee_name(self, row: Contract) -> str:
        return masking.name(row.payee_name)

    def get_payee_account(self, row: Contract) -> str:
        return masking.bank_card(row.payee_account)


def _signature(request: Request, said: dict[str, Any]) -> Signature:
    picture = content_of(said.pop("signature"), field="signature")
    place = said.pop("place")
    return Signature(picture=picture, device=device_of(request), ip=ip_of(request), place=place)


class CostView(BankView):
    """The statement that was confirmed, or shown last."""

    access = {"GET": "loan.read", "POST": "loan.disclose_cost"}

    @extend_schema(tags=[TAG], summary="综合融资成本明示表", responses=DisclosureSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        return self.one(disclosure.latest(application_within(request, application_id)), DisclosureSerializer)

    @extend_schema(
        tags=[TAG],
        summary="向客户展示综合融资成本明示表（留痕）",
        request=ChoiceSerializer,
        responses={201: DisclosureSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        choice = Choice(**self.read(ChoiceSerializer))
        return self.one(disclosure.show(application, choice, by=person_of(request)), DisclosureSerializer, status=201)


class ConfirmCostView(BankView):
    """The customer has read it and signs."""

    access = {"POST": "loan.disclose_cost"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="客户确认综合融资成本明示表",
        request={"multipart/form-data": ConfirmCostSerializer},
        responses=DisclosureSerializer,
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(ConfirmCostSerializer)
        try:
            signature = self._signed(request, application, said)
        except (CodeRefused, TooMany) as refused:
            # Answered, not raised: the transaction commits, and with it the count of the try.
            return Response(refused.body(), status=refused.status, content_type=CONTENT_TYPE)
        reading = disclosure.Reading(sha256=said["sha256"], signature=signature)
        return self.one(disclosure.confirm(application, reading, by=person_of(request)), DisclosureSerializer)

    def _signed(self, request: Request, application: LoanApplication, said: dict[str, Any]) -> Signature:
        if "signature" in said:
            return _signature(request, said)
        by, ip = person_of(request), ip_of(request)
        code = disclosure.redeem_code(application, said["sha256"], said["code"], by=by, ip=ip)
        return Signature(code=code, device=device_of(request), ip=ip, place=said["place"])


class CostCodeView(BankView):
    """A code to the customer's own phone, which he confirms with online."""

    access = {"POST": "loan.disclose_cost"}

    @extend_schema(
        tags=[TAG],
        summary="向客户发送明示表确认验证码",
        request=WhichCostSerializer,
        responses={202: CodeSentSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(WhichCostSerializer)
        wait = disclosure.send_code(application, said["sha256"], by=person_of(request), ip=ip_of(request))
        return Response({"retry_after": wait}, status=202)


class CostPdfView(BankView):
    """The statement as PDF: to be read before it is confirmed, sealed by the bank afterwards."""

    access = {"GET": "loan_contract.read"}

    @extend_schema(
        tags=[TAG], summary="综合融资成本明示表 PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, application_id: UUID) -> HttpResponse:
        shown = disclosure.latest(application_within(request, application_id))
        return pdf_response(cost_paper.read(shown, by=person_of(request)), f"MS-{shown.sha256[:16]}")


class ContractView(BankView):
    """The contract, and drawing it up."""

    access = {"GET": "loan.read", "POST": "loan.sign_contract"}

    @extend_schema(tags=[TAG], summary="借款合同", responses=ContractSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        return self.one(contract.of(application_within(request, application_id)), ContractSerializer)

    @extend_schema(tags=[TAG], summary="制作借款合同", request=DrawUpSerializer, responses={201: ContractSerializer})
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(DrawUpSerializer)
        payee = contract.Payee(**{name: said.pop(f"payee_{name}") for name in ("name", "account", "bank")})
        planned = [Planned(**each) for each in said.pop("draws")]
        drawn = contract.draw_up(application, Choice(**said), payee, by=person_of(request), draws=planned)
        return self.one(drawn, ContractSerializer, status=201)


class SignContractView(BankView):
    """The customer signs."""

    access = {"POST": "loan.sign_contract"}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="当面签订借款合同（逐人）",
        request={"multipart/form-data": SignContractSerializer},
        responses=ContractSerializer,
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(SignContractSerializer)
        signing = contract_signing.Signing(signature=_signature(request, said), **said)
        return self.one(contract_signing.sign(application, signing, by=person_of(request)), ContractSerializer)


class PaperPdfView(BankView):
    """One paper as PDF: to be read before it is signed, sealed by the bank afterwards."""

    access = {"GET": "loan_contract.read"}

    @extend_schema(
        tags=[TAG],
        summary="合同文本 PDF",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, application_id: UUID, paper_id: UUID) -> HttpResponse:
        paper = contract.paper_of(application_within(request, application_id), paper_id)
        return pdf_response(contract_papers.read(paper, by=person_of(request)), paper.number)


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF to be shown, never kept by what lies between."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
