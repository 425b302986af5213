"""The doors behind a customer's link: what his page on the phone speaks to."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from loans import customer_entry, customer_links, customer_withdrawal, link_progress, products
from loans.api.authorization import CodeSentSerializer, ConsentTextSerializer
from loans.api.common import device_of, ip_of
from loans.api.customer_links import LinkStepSerializer
from loans.api.link_session import TAG, LinkView, OpenLinkView, session_of
from loans.codes import MaritalStatus, MaterialType, Occupation, Purpose, RepaymentMethod
from loans.customer_entry import Progress
from loans.models import LoanProductVersion, Material
from loans.pictures import content_of
from loans.signing import Signature
from loans.states import State

CODE_WORDS: dict[str, Any] = {"invalid": "验证码为6位数字", "blank": "请输入6位验证码"}


class _Money(serializers.DecimalField):
    """Yuan to the fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, min_value=0, required=False, **options)


# --- Opening -------------------------------------------------------------------------------------
class PhoneSerializer(serializers.Serializer[Any]):
    mobile = serializers.CharField(max_length=20, allow_blank=True, help_text="手机号")


class OpenSerializer(PhoneSerializer):
    code = serializers.RegexField(r"^\d{6}$", error_messages=CODE_WORDS)


class LinkOpenedSerializer(serializers.Serializer[Any]):
    session = serializers.CharField(help_text="会话令牌，此后置于 Authorization: Link …")
    expires_at = serializers.DateTimeField()


class CodeView(OpenLinkView):
    """A code to the phone that is entered. The answer is the same whether or not the link is for it."""

    @extend_schema(
        tags=[TAG], summary="获取验证码", auth=[], request=PhoneSerializer, responses={202: CodeSentSerializer}
    )
    def post(self, request: Request, token: str) -> Response:
        mobile = self.read(PhoneSerializer)["mobile"]
        wait = customer_links.send_code(token, mobile=mobile, ip=ip_of(request))
        return Response({"retry_after": wait}, status=202)


class SessionView(OpenLinkView):
    """The code opens the link."""

    @extend_schema(
        tags=[TAG], summary="以验证码打开链接", auth=[], request=OpenSerializer, responses={201: LinkOpenedSerializer}
    )
    def post(self, request: Request, token: str) -> Response:
        said = self.read(OpenSerializer)
        session, secret = customer_links.begin(token, **said, ip=ip_of(request), device=device_of(request))
        opened = LinkOpenedSerializer({"session": secret, "expires_at": session.expires_at}).data
        return Response(opened, status=201, headers={"Cache-Control": "no-store"})


# --- Progress ------------------------------------------------------------------------------------
class ChoiceSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the answer names the member so


class ProductTermsSerializer(serializers.Serializer[Any]):
    """Within what the customer may choose."""

    name = serializers.CharField(source="product.name")
    min_amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    max_amount = serializers.DecimalField(max_digits=18, decimal_places=2)
    min_term_months = serializers.IntegerField()
    max_term_months = serializers.IntegerField()
    purposes = serializers.SerializerMethodField()
    repayment_methods = serializers.SerializerMethodField()
    occupations = serializers.SerializerMethodField()
    marital_statuses = serializers.SerializerMethodField()

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_purposes(self, version: LoanProductVersion) -> Any:
        return _choices(Purpose(each) for each in version.purposes)

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_repayment_methods(self, version: LoanProductVersion) -> Any:
        return _choices(RepaymentMethod(each) for each in version.repayment_methods)

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_occupations(self, version: LoanProductVersion) -> Any:
        return _choices(Occupation)

    @extend_schema_field(ChoiceSerializer(many=True))
    def get_marital_statuses(self, version: LoanProductVersion) -> Any:
        return _choices(MaritalStatus)


def _choices(allowed: Any) -> list[dict[str, str]]:
    return [{"value": str(each), "label": str(each.label)} for each in allowed]


class EntriesSerializer(serializers.Serializer[Any]):
    """What the customer fills in; each may come later."""

    amount = _Money(help_text="申请金额（元）")
    term_months = serializers.IntegerField(required=False, min_value=1, max_value=600, help_text="期限（月）")
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False)
    purpose_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False)
    repayment_day = serializers.IntegerField(required=False, min_value=1, max_value=31)
    occupation = serializers.ChoiceField(choices=Occupation.choices, required=False)
    marital_status = serializers.ChoiceField(choices=MaritalStatus.choices, required=False)
    employer = serializers.CharField(max_length=100, required=False, allow_blank=True)
    monthly_income = _Money(help_text="月收入（元）")
    monthly_debt = _Money(help_text="现有月还款（元）")
    identity_expires_on = serializers.DateField(required=False, allow_null=True)
    identity_is_long_term = serializers.BooleanField(required=False)


class OwnPaperSerializer(serializers.ModelSerializer[Material]):
    type_label = serializers.CharField(source="get_type_display", read_only=True)

    class Meta:
        model = Material
        fields = ["id", "type", "type_label", "created_at"]


class WantedPaperSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    type_label = serializers.CharField(source="type.label")
    pages = serializers.IntegerField(help_text="至少张数")
    filed = serializers.IntegerField(help_text="本人已上传张数")


class ProgressSerializer(serializers.Serializer[Any]):
    """Everything that the customer's page shows."""

    purpose = serializers.CharField(source="link.purpose")
    manager = serializers.CharField(source="link.created_by.name")
    branch = serializers.CharField(source="link.branch.name")
    product = serializers.SerializerMethodField()
    is_open = serializers.SerializerMethodField(help_text="申请信息是否仍可修改")
    handed_in_at = serializers.DateTimeField(source="link.handed_in_at", allow_null=True)
    may_withdraw = serializers.SerializerMethodField(help_text="可否撤回申请")
    is_withdrawn = serializers.SerializerMethodField(help_text="申请是否已撤回")
    steps = LinkStepSerializer(many=True)
    entries = serializers.SerializerMethodField(help_text="本人已填写的内容")
    papers = serializers.SerializerMethodField(help_text="需要上传的资料")
    uploads = serializers.SerializerMethodField(help_text="本人已上传的资料")

    @extend_schema_field(ProductTermsSerializer)
    def get_product(self, progress: Progress) -> Any:
        application = progress.application
        version = application.product_version if application else products.version_in_force(progress.link.product.code)
        return ProductTermsSerializer(version).data

    def get_is_open(self, progress: Progress) -> bool:
        return link_progress.is_open(progress.link)

    def get_may_withdraw(self, progress: Progress) -> bool:
        return customer_withdrawal.is_possible(progress.link)

    def get_is_withdrawn(self, progress: Progress) -> bool:
        return progress.application is not None and progress.application.state == State.WITHDRAWN

    @extend_schema_field(EntriesSerializer)
    def get_entries(self, progress: Progress) -> Any:
        return EntriesSerializer(progress.entries).data if progress.entries else {}

    @extend_schema_field(WantedPaperSerializer(many=True))
    def get_papers(self, progress: Progress) -> Any:
        return WantedPaperSerializer(link_progress.papers_of(progress.link), many=True).data

    @extend_schema_field(OwnPaperSerializer(many=True))
    def get_uploads(self, progress: Progress) -> Any:
        own = Material.objects.filter(uploaded_through__link=progress.link, removed_at__isnull=True)
        return OwnPaperSerializer(own.order_by("created_at"), many=True).data


class ShownView(LinkView):
    """A door that answers with how far the customer has come now."""

    def shown(self, request: Request, *, status: int = 200) -> Response:
        answer = Response(ProgressSerializer(customer_entry.progress(session_of(request))).data, status=status)
        answer["Cache-Control"] = "no-store"
        return answer


class ProgressView(ShownView):
    """How far the customer has come."""

    @extend_schema(tags=[TAG], summary="办理进度与本人已填内容", responses=ProgressSerializer)
    def get(self, request: Request) -> Response:
        return self.shown(request)


# --- Steps ---------------------------------------------------------------------------------------
class ApplicantSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, help_text="姓名", error_messages={"blank": "请填写姓名"})
    identity_no = serializers.CharField(max_length=40, help_text="身份证号", error_messages={"blank": "请填写身份证号"})


class ApplicantView(ShownView):
    """The holder of the phone says who he is."""

    @extend_schema(tags=[TAG], summary="填写本人信息", request=ApplicantSerializer, responses=ProgressSerializer)
    def post(self, request: Request) -> Response:
        customer_entry.say_who(session_of(request), **self.read(ApplicantSerializer))
        return self.shown(request)


class FormView(ShownView):
    """A part of the application, saved."""

    @extend_schema(
        tags=[TAG], summary="保存申请信息（可部分保存）", request=EntriesSerializer, responses=ProgressSerializer
    )
    def post(self, request: Request) -> Response:
        customer_entry.fill_in(session_of(request), **self.read(EntriesSerializer))
        return self.shown(request)


class FacePictureSerializer(serializers.Serializer[Any]):
    face = serializers.FileField(help_text="本人正面照片（JPEG 或 PNG）")


class FaceResultSerializer(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    attempts_left = serializers.IntegerField(help_text="今日剩余次数")
    progress = ProgressSerializer()


class FaceView(ShownView):
    """One try at 联网核查 with a picture of his face."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="本人身份核验",
        request={"multipart/form-data": FacePictureSerializer},
        responses={201: FaceResultSerializer},
    )
    def post(self, request: Request) -> Response:
        session = session_of(request)
        face = content_of(self.read(FacePictureSerializer)["face"], field="face")
        check, left = customer_entry.show_face(session, face=face)
        found = {"passed": check.passed, "attempts_left": left, "progress": customer_entry.progress(session)}
        return Response(FaceResultSerializer(found).data, status=201)


class SignSerializer(serializers.Serializer[Any]):
    signature = serializers.FileField(required=False, help_text="手写签名图片；与验证码二选一")
    code = serializers.RegexField(r"^\d{6}$", required=False, error_messages=CODE_WORDS)
    text_sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="所阅授权书的摘要", error_messages={"invalid": "授权书摘要格式不正确"}
    )
    place = serializers.CharField(max_length=200, required=False, default="线上自助", help_text="签署地点")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("signature" in attrs) == ("code" in attrs):
            raise serializers.ValidationError({"signature": ["请手写签名或输入验证码，二者择一"]})
        return attrs


class OwnConsentTextSerializer(ConsentTextSerializer):
    read_seconds = serializers.IntegerField(help_text="至少阅读多少秒后可签署")


class ConsentView(ShownView):
    """The text of the consent, and the signature under it."""

    parser_classes = (MultiPartParser,)

    @extend_schema(tags=[TAG], summary="征信授权书全文（开始计算阅读时间）", responses=OwnConsentTextSerializer)
    def get(self, request: Request) -> Response:
        text, seconds = customer_entry.show_text(session_of(request))
        shown = {"version": text.version, "body": text.body, "sha256": text.sha256, "read_seconds": seconds}
        return Response(OwnConsentTextSerializer(shown).data, headers={"Cache-Control": "no-store"})

    @extend_schema(
        tags=[TAG],
        summary="签署征信授权书",
        request={"multipart/form-data": SignSerializer},
        responses={201: ProgressSerializer},
    )
    def post(self, request: Request) -> Response:
        said, session = self.read(SignSerializer), session_of(request)
        around = {"device": device_of(request), "ip": ip_of(request), "place": said["place"]}
        if "code" in said:
            code = customer_entry.redeem_code(session, said["code"], ip=ip_of(request))
            signature = Signature(code=code, **around)
        else:
            signature = Signature(picture=content_of(said["signature"], field="signature"), **around)
        customer_entry.sign(session, signature=signature, text_sha256=said["text_sha256"])
        return self.shown(request, status=201)


class SignCodeView(LinkView):
    """A code that stands for his signature."""

    @extend_schema(tags=[TAG], summary="获取签署验证码", request=None, responses={202: CodeSentSerializer})
    def post(self, request: Request) -> Response:
        wait = customer_entry.send_code(session_of(request), ip=ip_of(request))
        return Response({"retry_after": wait}, status=202)


class OwnUploadSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=MaterialType.choices)
    file = serializers.FileField(help_text="JPEG 或 PNG")


class PapersView(ShownView):
    """A picture of a paper."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        tags=[TAG],
        summary="上传资料",
        request={"multipart/form-data": OwnUploadSerializer},
        responses={201: ProgressSerializer},
    )
    def post(self, request: Request) -> Response:
        said = self.read(OwnUploadSerializer)
        file = content_of(said["file"], field="file")
        customer_entry.file_paper(session_of(request), kind=said["type"], file=file)
        return self.shown(request, status=201)


class PaperView(ShownView):
    """One of his own, taken out again."""

    @extend_schema(tags=[TAG], summary="移除本人上传的资料", responses=ProgressSerializer)
    def delete(self, request: Request, material_id: UUID) -> Response:
        customer_entry.take_out(session_of(request), material_id)
        return self.shown(request)


class HandInView(ShownView):
    """The customer is through."""

    @extend_schema(tags=[TAG], summary="提交给客户经理", request=None, responses=ProgressSerializer)
    def post(self, request: Request) -> Response:
        customer_entry.hand_in(session_of(request))
        return self.shown(request)


class LeaveView(LinkView):
    """The session ends."""

    @extend_schema(tags=[TAG], summary="退出", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        customer_links.end(session_of(request))
        return Response(status=204)
