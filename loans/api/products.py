"""Loan products on the shelf."""

from decimal import Decimal

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import products
from loans.api.common import TAG
from loans.models import LoanProductVersion, ProductFee, RequiredMaterial


class FeeSerializer(serializers.ModelSerializer[ProductFee]):
    class Meta:
        model = ProductFee
        fields = ["name", "basis", "value", "when", "collected_by"]


class RequiredMaterialSerializer(serializers.ModelSerializer[RequiredMaterial]):
    type_label = serializers.CharField(source="get_type_display", read_only=True)

    class Meta:
        model = RequiredMaterial
        fields = ["type", "type_label", "stage", "condition", "amount_above", "pages"]


class ProductSerializer(serializers.ModelSerializer[LoanProductVersion]):
    """A product as it may be applied for today."""

    code = serializers.CharField(source="product.code", read_only=True)
    name = serializers.CharField(source="product.name", read_only=True)
    kind = serializers.CharField(source="product.kind", read_only=True)
    guarantee = serializers.CharField(source="product.guarantee", read_only=True)
    annual_rate = serializers.SerializerMethodField(help_text="今日执行年利率（%）")
    fees = FeeSerializer(many=True, read_only=True)
    required_materials = RequiredMaterialSerializer(many=True, read_only=True)

    class Meta:
        model = LoanProductVersion
        fields = [
            "code",
            "name",
            "kind",
            "guarantee",
            "version",
            "effective_from",
            "min_amount",
            "max_amount",
            "min_term_months",
            "max_term_months",
            "min_age",
            "max_age",
            "repayment_methods",
            "purposes",
            "steps",
            "annual_rate",
            "self_payment_up_to",
            "electronic_signing_up_to",
            "max_draws",
            "draw_within_months",
            "fees",
            "required_materials",
        ]

    def get_annual_rate(self, version: LoanProductVersion) -> Decimal:
        return products.price(version)


class ProductListView(BankView):
    """What may be applied for today."""

    access = {"GET": "loan_product.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="贷款产品", responses=ProductSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ProductSerializer(products.on_shelf(), many=True).data)


class ProductView(BankView):
    """One product."""

    access = {"GET": "loan_product.read"}

    @extend_schema(tags=[TAG], summary="贷款产品详情", responses=ProductSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(ProductSerializer(products.shown(code)).data)
