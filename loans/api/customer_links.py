"""The RM's links for customers: making one, watching what happens behind it, taking it back."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import customer_links, link_progress
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.models import CustomerLink


class LinkStepSerializer(serializers.Serializer[Any]):
    """One step behind the link."""

    step = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the answer names the member so
    is_done = serializers.BooleanField()
    lacks = serializers.ListField(child=serializers.CharField(), help_text="尚缺什么")


class CustomerLinkSerializer(serializers.ModelSerializer[CustomerLink]):
    """A link, without its secret."""

    purpose_label = serializers.CharField(source="get_purpose_display", read_only=True)
    product = serializers.CharField(source="product.code", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)
    created_by = PersonSerializer(read_only=True)
    mobile = serializers.SerializerMethodField(help_text="绑定手机，脱敏")
    is_live = serializers.BooleanField(read_only=True, help_text="是否仍可打开")
    steps = serializers.SerializerMethodField(help_text="客户办理进度")
    uploads = serializers.SerializerMethodField(help_text="客户自助上传的影像标识")

    class Meta:
        model = CustomerLink
        fields = [
            "id",
            "purpose",
            "purpose_label",
            "product",
            "product_name",
            "customer",
            "application",
            "party",
            "created_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "is_live",
            "mobile",
            "bound_at",
            "times_opened",
            "handed_in_at",
            "steps",
            "uploads",
        ]
        read_only_fields = fields

    def get_mobile(self, link: CustomerLink) -> str:
        return masking.mobile(link.mobile) if link.mobile else ""

    @extend_schema_field(LinkStepSerializer(many=True))
    def get_steps(self, link: CustomerLink) -> Any:
        return LinkStepSerializer(link_progress.steps_of(link), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_uploads(self, link: CustomerLink) -> Any:
        return [each.material_id for each in link.uploads.all()]


class MadeLinkSerializer(serializers.Serializer[Any]):
    """A new link: address and QR code are shown this once."""

    link = CustomerLinkSerializer(source="row")
    url = serializers.CharField(help_text="客户打开的地址，仅此一次返回")
    qr_svg = serializers.CharField(help_text="二维码（SVG）")
    qr_png = serializers.CharField(help_text="二维码（PNG，data: 地址）")


class NewLinkSerializer(serializers.Serializer[Any]):
    """An application to begin, or a consent to be signed in one that there is."""

    product = serializers.CharField(max_length=30, required=False, help_text="产品代码；新申请必填")
    customer = serializers.UUIDField(required=False, help_text="已建档客户；不填则谁扫码谁填写本人信息")
    application = serializers.UUIDField(required=False, help_text="已有申请，仅签署")
    party = serializers.UUIDField(required=False, help_text="由哪位关联人签署；不填为借款人")
    contract = serializers.BooleanField(
        required=False, default=False, help_text="已有申请：确认融资成本并签署合同（否则签署征信授权）"
    )
    send_text = serializers.BooleanField(required=False, default=False, help_text="同时以短信发给客户登记的手机")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("product" in attrs) == ("application" in attrs):
            raise serializers.ValidationError({"product": ["请选择产品或已有申请，二者择一"]})
        return attrs


class LinkFilter(filters.FilterSet):
    live = filters.BooleanFilter(method="of_live", label="仅仍可打开的")
    mine = filters.BooleanFilter(method="of_mine", label="仅本人生成的")

    class Meta:
        model = CustomerLink
        fields = ["customer", "application"]

    def of_live(self, found: QuerySet[CustomerLink], name: str, value: bool) -> QuerySet[CustomerLink]:
        return found.live() if value else found  # type: ignore[attr-defined]  # it is our query set

    def of_mine(self, found: QuerySet[CustomerLink], name: str, value: bool) -> QuerySet[CustomerLink]:
        return found.filter(created_by=person_of(self.request)) if value else found


_FILTERS = [
    OpenApiParameter("live", bool, description="仅仍可打开的"),
    OpenApiParameter("mine", bool, description="仅本人生成的"),
]
_WITH = ("product", "created_by", "customer", "party", "application__product_version", "application__customer")


class LinksView(BankView):
    """Links within one's sight, and a new one. The answer holds the secret, so that it is not kept to be given
    again: a call that is repeated makes another link."""

    access = {"GET": "loan_link.read", "POST": "loan_link.make"}
    filterset_class = LinkFilter
    idempotent_post = False

    @extend_schema(tags=[TAG], summary="客户自助链接", parameters=_FILTERS, responses=CustomerLinkSerializer(many=True))
    def get(self, request: Request) -> Response:
        visible = CustomerLink.objects.visible_to(person_of(request))
        return self.page(visible.select_related(*_WITH).prefetch_related("uploads"), CustomerLinkSerializer)

    @extend_schema(
        tags=[TAG], summary="生成客户自助链接与二维码", request=NewLinkSerializer, responses={201: MadeLinkSerializer}
    )
    def post(self, request: Request) -> Response:
        said, by = self.read(NewLinkSerializer), person_of(request)
        if "application" in said:
            application = application_within(request, said["application"])
            made = customer_links.make_to_sign(
                application,
                by=by,
                party_id=said.get("party"),
                send_text=said["send_text"],
                contract=said["contract"],
            )
        else:
            made = customer_links.make(
                by=by, product=said["product"], customer_id=said.get("customer"), send_text=said["send_text"]
            )
        response = self.one(made, MadeLinkSerializer, status=201)
        response["Cache-Control"] = "no-store"
        return response


def _link_within(request: Request, link_id: UUID) -> CustomerLink:
    links = CustomerLink.objects.visible_to(person_of(request)).select_related(*_WITH).prefetch_related("uploads")
    found = links.filter(pk=link_id).first()
    if found is None:
        raise NotFound("没有找到该链接")
    return found


class LinkDetailView(BankView):
    """One link and how far the customer has come."""

    access = {"GET": "loan_link.read"}

    @extend_schema(tags=[TAG], summary="客户自助链接进度", responses=CustomerLinkSerializer)
    def get(self, request: Request, link_id: UUID) -> Response:
        return self.one(_link_within(request, link_id), CustomerLinkSerializer)


class RevokeLinkView(BankView):
    """The RM takes it back."""

    access = {"POST": "loan_link.make"}

    @extend_schema(tags=[TAG], summary="撤销客户自助链接", request=None, responses=CustomerLinkSerializer)
    def post(self, request: Request, link_id: UUID) -> Response:
        customer_links.revoke(link_id, by=person_of(request))
        return self.one(_link_within(request, link_id), CustomerLinkSerializer)
