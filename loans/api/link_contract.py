"""What is signed after the approval, behind a link: the statement of cost and the contract's papers."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loans import contract_papers, customer_cost, customer_signing
from loans.api.apply import CODE_WORDS, ProgressSerializer, ShownView
from loans.api.authorization import CodeSentSerializer
from loans.api.common import device_of, ip_of
from loans.api.contract import WhichCostSerializer, pdf_response
from loans.api.link_session import TAG, LinkView, session_of
from loans.codes import RepaymentMethod
from loans.customer_signing import Circumstances, ToSign
from loans.models import CostDisclosure, LoanPaper
from loans.signing import Signature

_NO_STORE = {"Cache-Control": "no-store"}


class SignedByCodeSerializer(serializers.Serializer[Any]):
    """A code under the text with this digest."""

    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="所阅文本的摘要", error_messages={"invalid": "文本摘要格式不正确"}
    )
    code = serializers.RegexField(r"^\d{6}$", error_messages=CODE_WORDS)


# --- Cost ----------------------------------------------------------------------------------------
class OwnCostLineSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    method = serializers.CharField(help_text="收取方式")
    rate = serializers.CharField(help_text="标准")
    collected_by = serializers.CharField(help_text="收取方")
    amount = serializers.CharField(help_text="金额（元），事先不能确定的为空")


class OwnCostSerializer(serializers.Serializer[Any]):
    """The statement as the borrower reads it."""

    table_version = serializers.CharField(help_text="明示表版本")
    terms = serializers.SerializerMethodField(help_text="贷款条件，逐条")
    items = OwnCostLineSerializer(many=True, help_text="正常履约息费")
    contingent_items = OwnCostLineSerializer(many=True, help_text="或有费用")
    annualised_cost = serializers.SerializerMethodField(help_text="年化综合融资成本（%）")
    sha256 = serializers.CharField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    read_seconds = serializers.SerializerMethodField(help_text="至少阅读多少秒后可确认")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_terms(self, shown: CostDisclosure) -> list[str]:
        terms = shown.terms
        return [
            f"贷款金额：{Decimal(terms['amount']):,.2f}元",
            f"期限：{terms['term_months']}个月",
            f"年利率：{Decimal(terms['rate']).normalize():f}%（单利）",
            f"还款方式：{RepaymentMethod(terms['repayment_method']).label}，每月{terms['repayment_day']}日",
        ]

    def get_read_seconds(self, shown: CostDisclosure) -> int:
        return int(self.context["seconds"])

    def get_annualised_cost(self, shown: CostDisclosure) -> str:
        return f"{shown.annualised_cost.quantize(Decimal('0.01'))}"


class OwnCostView(ShownView):
    """The statement of cost, and its confirmation."""

    @extend_schema(tags=[TAG], summary="综合融资成本明示表（开始计算阅读时间）", responses=OwnCostSerializer)
    def get(self, request: Request) -> Response:
        shown, seconds = customer_cost.show(session_of(request))
        return Response(OwnCostSerializer(shown, context={"seconds": seconds}).data, headers=_NO_STORE)

    @extend_schema(
        tags=[TAG], summary="确认综合融资成本明示表", request=SignedByCodeSerializer, responses=ProgressSerializer
    )
    def post(self, request: Request) -> Response:
        said, session = self.read(SignedByCodeSerializer), session_of(request)
        code = customer_cost.redeem_code(session, said["sha256"], said["code"], ip=ip_of(request))
        signature = Signature(code=code, device=device_of(request), ip=ip_of(request), place="线上自助")
        customer_cost.confirm(session, said["sha256"], signature=signature)
        return self.shown(request)


class OwnCostCodeView(LinkView):
    """A code to confirm with."""

    @extend_schema(
        tags=[TAG], summary="获取明示表确认验证码", request=WhichCostSerializer, responses={202: CodeSentSerializer}
    )
    def post(self, request: Request) -> Response:
        said = self.read(WhichCostSerializer)
        wait = customer_cost.send_code(session_of(request), said["sha256"], ip=ip_of(request))
        return Response({"retry_after": wait}, status=202)


# --- Contract ------------------------------------------------------------------------------------
class OwnPaperTextSerializer(serializers.ModelSerializer[LoanPaper]):
    text = serializers.SerializerMethodField(help_text="全文")

    class Meta:
        model = LoanPaper
        fields = ["id", "number", "title", "text"]
        read_only_fields = fields

    def get_text(self, paper: LoanPaper) -> str:
        return contract_papers.text_of(paper)


class OwnContractSerializer(serializers.Serializer[Any]):
    """The papers that this person signs."""

    contract_no = serializers.CharField(source="signer.contract.contract_no")
    role_label = serializers.CharField(source="signer.get_role_display", help_text="签署身份")
    sha256 = serializers.CharField(help_text="合同摘要")
    papers = OwnPaperTextSerializer(many=True)
    is_open = serializers.BooleanField(help_text="现在可否签署")
    is_signed = serializers.SerializerMethodField(help_text="本人是否已签署")
    refused_because = serializers.CharField(source="signer.refused_because")
    read_seconds = serializers.SerializerMethodField(help_text="至少阅读多少秒后可签署")

    def get_is_signed(self, found: ToSign) -> bool:
        return bool(found.signer.state == found.signer.State.SIGNED)

    def get_read_seconds(self, found: ToSign) -> int:
        return int(self.context["seconds"])


class OwnContractView(ShownView):
    """The papers, and the signature under them."""

    @extend_schema(tags=[TAG], summary="本人须签署的合同（开始计算阅读时间）", responses=OwnContractSerializer)
    def get(self, request: Request) -> Response:
        found, seconds = customer_signing.show(session_of(request))
        return Response(OwnContractSerializer(found, context={"seconds": seconds}).data, headers=_NO_STORE)

    @extend_schema(tags=[TAG], summary="签署合同", request=SignedByCodeSerializer, responses=ProgressSerializer)
    def post(self, request: Request) -> Response:
        said = self.read(SignedByCodeSerializer)
        around = Circumstances(device=device_of(request), ip=ip_of(request))
        customer_signing.sign(session_of(request), **said, around=around)
        return self.shown(request)


class OwnContractCodeView(LinkView):
    """Another code from the signing provider."""

    @extend_schema(tags=[TAG], summary="获取合同签署验证码", request=None, responses={202: CodeSentSerializer})
    def post(self, request: Request) -> Response:
        return Response({"retry_after": customer_signing.send_code(session_of(request))}, status=202)


class OwnRefusalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=100, help_text="拒签原因", error_messages={"blank": "请填写拒签原因"})


class OwnRefusalView(ShownView):
    """The signer will not sign."""

    @extend_schema(tags=[TAG], summary="拒签合同", request=OwnRefusalSerializer, responses=ProgressSerializer)
    def post(self, request: Request) -> Response:
        customer_signing.refuse(session_of(request), **self.read(OwnRefusalSerializer))
        return self.shown(request)


class OwnPaperPdfView(LinkView):
    """One paper as PDF."""

    @extend_schema(tags=[TAG], summary="本人合同 PDF", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, paper_id: UUID) -> HttpResponse:
        paper, content = customer_signing.pdf_of(session_of(request), paper_id)
        return pdf_response(content, paper.number)
