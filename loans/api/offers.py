"""Offers before the application, why nothing came of them, and how often."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from loans import lost_business, prospects, reason_catalogue
from loans.api.applications import ApplicationSerializer
from loans.api.calculators import MeansSerializer, WantedSerializer, wanted_of
from loans.api.common import TAG, PersonSerializer, person_of
from loans.calculation import Means
from loans.codes import Purpose
from loans.models import ClosingReason, LoanOffer


class NewOfferSerializer(WantedSerializer):
    """An offer for a customer, or for a name and a mobile."""

    customer = serializers.UUIDField(required=False, help_text="客户；陌生客户填写姓名与手机号")
    name = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    mobile = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False, allow_blank=True, default="")
    means = MeansSerializer(required=False, help_text="收入、负债与押品，填写则测算最高可贷")


class ReasonRowSerializer(serializers.ModelSerializer[ClosingReason]):
    class Meta:
        model = ClosingReason
        fields = ["code", "label", "party", "stages"]


class OfferSerializer(serializers.ModelSerializer[LoanOffer]):
    """An offer; the person masked."""

    name = serializers.CharField(source="masked_name", read_only=True, help_text="脱敏")
    mobile = serializers.CharField(source="masked_mobile", read_only=True, help_text="脱敏")
    product = serializers.CharField(source="product.code", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)
    product_version = serializers.IntegerField(source="product_version.version", read_only=True)
    owner = PersonSerializer(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    reason = ReasonRowSerializer(read_only=True, allow_null=True)

    class Meta:
        model = LoanOffer
        fields = [
            "id",
            "offer_no",
            "state",
            "state_label",
            "customer",
            "name",
            "mobile",
            "owner",
            "product",
            "product_name",
            "product_version",
            "amount",
            "term_months",
            "purpose",
            "repayment_method",
            "rate",
            "lpr",
            "burden",
            "total_interest",
            "cost_simple",
            "cost_effective",
            "most",
            "made_on",
            "valid_until",
            "application",
            "reason",
            "reason_note",
            "competitor",
            "competitor_rate",
            "closed_on",
            "shared_at",
            "version",
        ]
        read_only_fields = fields


class WholeOfferSerializer(OfferSerializer):
    """With the schedule that was worked out."""

    class Meta(OfferSerializer.Meta):
        fields = [*OfferSerializer.Meta.fields, "repayment_day", "payment_months", "lines", "fees"]
        read_only_fields = fields


class TakeUpSerializer(serializers.Serializer[Any]):
    identity_no = serializers.CharField(
        max_length=18, required=False, allow_blank=True, default="", help_text="陌生客户须填写身份证号码"
    )
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class LossSerializer(serializers.Serializer[Any]):
    """Why nothing comes of it."""

    reason_code = serializers.CharField(max_length=32, help_text="原因代码，见原因目录（环节 OFFER）")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    competitor = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    competitor_rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=0, required=False, allow_null=True, default=None
    )


class SharedSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="分享给客户的页面地址")
    valid_until = serializers.DateField()


class OfferFilter(filters.FilterSet):
    class Meta:
        model = LoanOffer
        fields = ["state", "customer", "branch", "owner"]


class OffersView(BankView):
    """Offers within one's sight, and a new one."""

    access = {"GET": "loan_offer.read", "POST": "loan.offer"}
    filterset_class = OfferFilter

    @extend_schema(
        tags=[TAG],
        summary="报价列表",
        parameters=[OpenApiParameter("q", str, description="报价编号、完整手机号或姓名（汉字、拼音首字母）")],
        responses=OfferSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        text = str(request.query_params.get("q", ""))[:60]
        found = prospects.search(text, by=person_of(request))
        rows = found.select_related("product", "product_version", "owner", "reason", "customer")
        return self.page(rows, OfferSerializer)

    @extend_schema(tags=[TAG], summary="新建报价", request=NewOfferSerializer, responses={201: WholeOfferSerializer})
    def post(self, request: Request) -> Response:
        said = self.read(NewOfferSerializer)
        means = said.pop("means", None)
        person = prospects.Person(
            customer_id=said.pop("customer", None), name=said.pop("name"), mobile=said.pop("mobile")
        )
        product, purpose = said.pop("product"), said.pop("purpose")
        offer = prospects.make(
            person,
            wanted_of(said),
            None if means is None else Means(**means),
            product=product,
            purpose=purpose,
            by=person_of(request),
        )
        return self.one(offer, WholeOfferSerializer, status=201)


class OfferView(BankView):
    """One offer."""

    access = {"GET": "loan_offer.read"}

    @extend_schema(tags=[TAG], summary="报价", responses=WholeOfferSerializer)
    def get(self, request: Request, offer_id: UUID) -> Response:
        return self.one(prospects.find(offer_id, by=person_of(request)), WholeOfferSerializer)


class TakeUpView(BankView):
    """The customer takes it up."""

    access = {"POST": "loan.offer"}

    @extend_schema(
        tags=[TAG], summary="报价转贷款申请", request=TakeUpSerializer, responses={201: ApplicationSerializer}
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        offer = prospects.find(offer_id, by=person_of(request))
        application = prospects.take_up(offer, by=person_of(request), **self.read(TakeUpSerializer))
        return self.one(application, ApplicationSerializer, status=201)


class LoseView(BankView):
    """Nothing comes of it."""

    access = {"POST": "loan.offer"}

    @extend_schema(
        tags=[TAG], summary="报价未成（客户放弃或银行未准）", request=LossSerializer, responses=OfferSerializer
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        offer = prospects.find(offer_id, by=person_of(request))
        loss = prospects.Loss(**self.read(LossSerializer))
        return self.one(prospects.lose(offer, loss, by=person_of(request)), OfferSerializer)


class ShareView(BankView):
    """A page for the customer."""

    access = {"POST": "loan.offer"}

    @extend_schema(tags=[TAG], summary="分享报价", request=None, responses=SharedSerializer)
    def post(self, request: Request, offer_id: UUID) -> Response:
        offer = prospects.find(offer_id, by=person_of(request))
        url = prospects.share(offer, by=person_of(request))
        return Response(SharedSerializer({"url": url, "valid_until": offer.valid_until}).data)


class ReasonsView(BankView):
    """The catalogue of reasons."""

    access = {"GET": "closing_reason.read"}
    pagination_class = None

    @extend_schema(
        tags=[TAG],
        summary="未成原因目录",
        parameters=[OpenApiParameter("stage", str, enum=ClosingReason.Stage.values, description="环节")],
        responses=ReasonRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        stage = str(request.query_params.get("stage", ""))
        return Response(ReasonRowSerializer(reason_catalogue.offered(stage), many=True).data)


class StatisticsQuerySerializer(serializers.Serializer[Any]):
    since = serializers.DateField(required=False, help_text="缺省为30天前")
    until = serializers.DateField(required=False, help_text="含当日，缺省为今日")
    branch = serializers.UUIDField(required=False, help_text="机构（含下级）")
    product = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)


class LostRowSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    party = serializers.CharField(help_text="客户放弃、银行未准或系统关闭")
    branch = serializers.CharField()
    product = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=20, decimal_places=2)
    competitor_rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, allow_null=True, help_text="竞争利率平均（%）"
    )


class LostBusinessView(BankView):
    """Why nothing came of offers and applications, counted."""

    access = {"GET": "lending_statistics.read"}
    pagination_class = None

    @extend_schema(
        tags=[TAG],
        summary="未成原因统计",
        parameters=[StatisticsQuerySerializer],
        responses=LostRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        said = self.read(StatisticsQuerySerializer, request.query_params)
        until = said.get("until") or clock.today()
        query = lost_business.Query(
            since=said.get("since") or until - timedelta(days=30),
            until=until,
            branch=said.get("branch"),
            product=said["product"],
        )
        return Response(LostRowSerializer(lost_business.by_reason(query, by=person_of(request)), many=True).data)
