"""The API of the product shelf: what may be offered to customers now."""

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from products.machine import ShelfState
from products.models import ProductType, Risk, ShelfProduct

_TAG = ["产品货架"]
NO_PROMISE = "业绩比较基准不是预期收益率，不代表产品的未来表现和实际收益，不构成收益承诺。"


class ShelfProductSerializer(serializers.ModelSerializer[ShelfProduct]):
    type_name = serializers.CharField(source="get_type_display", read_only=True)
    risk_name = serializers.CharField(source="get_risk_display", read_only=True)
    state_name = serializers.CharField(source="get_state_display", read_only=True)
    rate_note = serializers.SerializerMethodField(help_text="须与利率或业绩比较基准一同展示")

    class Meta:
        model = ShelfProduct
        fields = [
            "id",
            "code",
            "name",
            "type",
            "type_name",
            "risk",
            "risk_name",
            "state",
            "state_name",
            "min_amount",
            "term_text",
            "rate_text",
            "rate_note",
            "on_shelf_at",
            "version",
        ]

    def get_rate_note(self, product: ShelfProduct) -> str:
        return "" if product.promises_its_return else NO_PROMISE


def _choice(choices: type[ProductType] | type[Risk] | type[ShelfState], said: str) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(choices=choices.choices, error_messages={"invalid_choice": said})


class ShelfProductFilter(filters.FilterSet):
    type = _choice(ProductType, "没有这种产品类型")
    risk = _choice(Risk, "风险等级须为 R1 至 R5")
    state = _choice(ShelfState, "没有这种状态")
    name = filters.CharFilter(lookup_expr="contains")

    class Meta:
        model = ShelfProduct
        fields = ["type", "risk", "state", "name"]


class ShelfProductListView(BankView):
    """The shelf, in the order of product codes."""

    access = {"GET": "product.read"}
    filterset_class = ShelfProductFilter
    ordering = ("code",)

    @extend_schema(tags=_TAG, summary="货架产品", responses=ShelfProductSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(ShelfProduct.objects.visible_to(request.user), ShelfProductSerializer)


class ShelfProductView(BankView):
    """One product."""

    access = {"GET": "product.read"}

    @extend_schema(tags=_TAG, summary="产品详情", responses=ShelfProductSerializer)
    def get(self, request: Request, product_id: str) -> Response:
        product = ShelfProduct.objects.visible_to(request.user).filter(pk=product_id).first()
        if product is None:
            raise NotFound
        return self.one(product, ShelfProductSerializer)
