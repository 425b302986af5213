"""Applications in lists."""

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.crypto import query_tokens
from crm.models import Customer
from loans.api.common import RELATED, TAG, PersonSerializer, person_of
from loans.models import (
    LoanApplication,
)
from loans.states import OWNER, State


class CustomerBriefSerializer(serializers.ModelSerializer[Customer]):
    name = serializers.CharField(source="masked_name", read_only=True, help_text="脱敏")

    class Meta:
        model = Customer
        fields = ["id", "cif_no", "name"]


class ApplicationSerializer(serializers.ModelSerializer[LoanApplication]):
    """An application in a list, and what a move answers."""

    customer = CustomerBriefSerializer(read_only=True)
    product = serializers.CharField(source="product.code", read_only=True)
    product_name = serializers.CharField(source="product.name", read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    owner = serializers.SerializerMethodField(help_text="当前应由哪个岗位办理")
    investigator = PersonSerializer(read_only=True, help_text="主办（A角）")
    co_investigator = PersonSerializer(read_only=True, allow_null=True, help_text="协办（B角）")

    class Meta:
        model = LoanApplication
        fields = [
            "id",
            "application_no",
            "customer",
            "product",
            "product_name",
            "branch",
            "branch_name",
            "state",
            "state_label",
            "state_since",
            "owner",
            "investigator",
            "co_investigator",
            "amount",
            "term_months",
            "purpose",
            "repayment_method",
            "approved_amount",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    def get_owner(self, application: LoanApplication) -> str:
        return str(OWNER[State(application.state)])


class ApplicationFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=State.choices, label="状态，可多选")
    mine = filters.BooleanFilter(method="of_mine", label="仅本人主办或协办")
    product = filters.CharFilter(field_name="product__code")
    q = filters.CharFilter(method="search", label="申请编号、客户号或客户姓名（汉字、拼音首字母）", max_length=60)

    class Meta:
        model = LoanApplication
        fields = ["customer", "branch"]

    def of_mine(self, found: QuerySet[LoanApplication], name: str, value: bool) -> QuerySet[LoanApplication]:
        person = person_of(self.request)
        own = Q(investigator=person) | Q(co_investigator=person)
        return found.filter(own) if value else found

    def search(self, found: QuerySet[LoanApplication], name: str, value: str) -> QuerySet[LoanApplication]:
        text = value.strip()
        by_number = Q(application_no=text.upper()) | Q(customer__cif_no=text)
        tokens = query_tokens(text)
        return found.filter(by_number | Q(customer__name_tokens__contains=tokens) if tokens else by_number)


_FILTERS = [
    OpenApiParameter("state", str, many=True, enum=State.values, description="状态，可多选"),
    OpenApiParameter("mine", bool, description="仅本人主办或协办"),
    OpenApiParameter("product", str, description="产品代码"),
    OpenApiParameter("customer", OpenApiTypes.UUID),
    OpenApiParameter("branch", OpenApiTypes.UUID),
    OpenApiParameter("q", str, description="申请编号、客户号或客户姓名（汉字、拼音首字母）"),
]


class ApplicationListView(BankView):
    """Applications within one's sight; a new draft is made at the same address (`loans.api.intake`)."""

    access = {"GET": "loan.read"}
    filterset_class = ApplicationFilter

    @extend_schema(tags=[TAG], summary="贷款申请列表", parameters=_FILTERS, responses=ApplicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        visible = LoanApplication.objects.visible_to(person_of(request)).select_related(*RELATED)
        return self.page(visible, ApplicationSerializer)
