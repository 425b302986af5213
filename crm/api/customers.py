"""Customers as a phone sees them: in lists, one by one, with accounts and movements; everything masked."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock, masking
from aladdin.api.concurrency import expected_version
from aladdin.api.views import BankView
from aladdin.problems import NotFound, Problem
from crm import customers, ownership, reveal, search
from crm.api.signed_in import signed_in
from crm.identifiers import age_on
from crm.models import Account, Customer, Ownership, Reveal
from organization.models import Staff

LONGEST_QUERY = 60


# --- What is read -------------------------------------------------------------------------------
def read_with(found: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with what every list shows besides: branch, deposit balance, and in whose care they are."""
    owned = Account.objects.deposits().filter(customer=OuterRef("pk")).order_by().values("customer")
    total = owned.annotate(total=Sum("balance")).values("total")
    in_force = Ownership.objects.on(clock.today()).select_related("staff").order_by("-role", "staff_id")
    return (
        found.select_related("branch")
        .annotate(balance=Coalesce(Subquery(total), Value(Decimal("0.00")), output_field=DecimalField()))
        .prefetch_related(Prefetch("ownerships", in_force))
    )


def customer_within(request: Request, customer_id: UUID) -> Customer:
    """The customer, if the person may see him; else 404, as if there were none."""
    found = read_with(Customer.objects.visible_to(signed_in(request)).filter(pk=customer_id)).first()
    if found is None:
        raise NotFound("没有找到该客户")
    return found


class OwnerSerializer(serializers.ModelSerializer[Ownership]):
    name = serializers.CharField(source="staff.name", read_only=True)

    class Meta:
        model = Ownership
        fields = ["staff", "name", "role", "share", "effective_from"]


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer in a list."""

    name = serializers.CharField(source="masked_name", read_only=True, help_text="脱敏")
    identity_no = serializers.SerializerMethodField(help_text="脱敏")
    mobile = serializers.SerializerMethodField(help_text="脱敏")
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    managing_rm = serializers.SerializerMethodField(help_text="管户客户经理")
    balance = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, help_text="存款余额合计（元）")

    class Meta:
        model = Customer
        fields = [
            "id",
            "cif_no",
            "kind",
            "name",
            "identity_no",
            "mobile",
            "branch",
            "branch_name",
            "managing_rm",
            "balance",
            "opened_on",
            "version",
        ]

    def get_identity_no(self, customer: Customer) -> str:
        return masking.identity_number_in_list(customer.identity_no)

    def get_mobile(self, customer: Customer) -> str:
        return masking.mobile(customer.mobile)

    @extend_schema_field(OwnerSerializer)
    def get_managing_rm(self, customer: Customer) -> dict[str, Any] | None:
        managing = managing_of(customer)
        return {"staff": managing.staff_id, "name": managing.staff.name} if managing else None


class CustomerDetailSerializer(CustomerSerializer):
    """A customer's page. Age instead of the birthday: with the masked number it would give the whole number."""

    address = serializers.SerializerMethodField(help_text="脱敏，至区县")
    age = serializers.SerializerMethodField()
    owners = OwnerSerializer(source="ownerships", many=True, read_only=True, help_text="管户与共管")

    class Meta(CustomerSerializer.Meta):
        fields = [*CustomerSerializer.Meta.fields, "address", "age", "sex", "source", "owners"]

    def get_identity_no(self, customer: Customer) -> str:
        managing = managing_of(customer)
        if managing and managing.staff_id == self.context["request"].user.pk:
            return masking.identity_number_for_owner(customer.identity_no)
        return super().get_identity_no(customer)

    def get_address(self, customer: Customer) -> str:
        return masking.address(customer.address) if customer.address else ""

    def get_age(self, customer: Customer) -> int | None:
        return age_on(customer.birth_on, clock.today()) if customer.birth_on else None


def managing_of(customer: Customer) -> Ownership | None:
    """The managing RM; of the ownerships only those in force are there (`read_with`)."""
    return next((owner for owner in customer.ownerships.all() if owner.role == Ownership.Role.MANAGING), None)


# --- What is written ----------------------------------------------------------------------------
class NewCustomerSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(required=False, help_text="可由手机生成（UUIDv7），离线录入时防止重复")
    kind = serializers.ChoiceField(choices=Customer.Kind.choices)
    name = serializers.CharField(max_length=100)
    identity_no = serializers.CharField(max_length=40, help_text="身份证号或统一社会信用代码")
    mobile = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class EditSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    mobile = serializers.CharField(max_length=20, required=False, allow_blank=True)
    address = serializers.CharField(max_length=200, required=False, allow_blank=True)


class RevealSerializer(serializers.Serializer[Any]):
    field = serializers.ChoiceField(choices=Reveal.Field.choices)
    reason = serializers.CharField(min_length=4, max_length=200, help_text="查看事由，将被记录")


class RevealedSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    value = serializers.CharField()


class AssignedSerializer(serializers.Serializer[Any]):
    staff = serializers.UUIDField()
    role = serializers.ChoiceField(choices=Ownership.Role.choices, default=Ownership.Role.MANAGING)
    share = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=Decimal(0), max_value=Decimal(1), default=Decimal(1)
    )


class AssignmentSerializer(serializers.Serializer[Any]):
    owners = serializers.ListField(child=AssignedSerializer(), allow_empty=False, max_length=10)


# --- Addresses ----------------------------------------------------------------------------------
class CustomerFilter(filters.FilterSet):
    branch = filters.UUIDFilter(field_name="branch_id")
    managing_rm = filters.UUIDFilter(method="managed_by", label="管户客户经理")

    class Meta:
        model = Customer
        fields = ["kind", "branch", "managing_rm"]

    def managed_by(self, found: QuerySet[Customer], name: str, staff_id: UUID) -> QuerySet[Customer]:
        rows = Ownership.objects.on(clock.today()).filter(staff=staff_id, role=Ownership.Role.MANAGING)
        return found.filter(pk__in=rows.values("customer"))


_QUERY = OpenApiParameter("q", str, description="姓名（部分）、拼音首字母、证件号、手机号、账号或客户号")


class CustomerListView(BankView):
    """One's customers; entering a new one."""

    access = {"GET": "customer.read", "POST": "customer.create"}
    filterset_class = CustomerFilter
    ordering = ("-id",)

    @extend_schema(
        tags=["客户"], summary="客户列表与搜索", parameters=[_QUERY], responses=CustomerSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        text = request.query_params.get("q", "")
        if len(text) > LONGEST_QUERY:
            raise Problem("invalid", "搜索内容过长", errors={"q": [f"至多{LONGEST_QUERY}个字符"]})
        return self.page(read_with(search.find(text, by=signed_in(request))), CustomerSerializer)

    @extend_schema(
        tags=["客户"],
        summary="新建客户",
        request=NewCustomerSerializer,
        responses={201: CustomerDetailSerializer, 200: CustomerDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        said = self.read(NewCustomerSerializer)
        customer_id = said.pop("id", None)
        customer, new = customers.enter(**said, customer_id=customer_id, by=signed_in(request))
        answer = self.one(customer_within(request, customer.pk), CustomerDetailSerializer, status=201 if new else 200)
        answer["Location"] = reverse("customer", args=[customer.pk])
        return answer


class CustomerView(BankView):
    """One customer."""

    access = {"GET": "customer.read", "PATCH": "customer.edit"}

    @extend_schema(tags=["客户"], summary="客户", responses=CustomerDetailSerializer)
    def get(self, request: Request, customer_id: UUID) -> Response:
        return self.one(customer_within(request, customer_id), CustomerDetailSerializer)

    @extend_schema(tags=["客户"], summary="修改客户", request=EditSerializer, responses=CustomerDetailSerializer)
    def patch(self, request: Request, customer_id: UUID) -> Response:
        said = self.read(EditSerializer)
        customers.edit(customer_id, **said, version=expected_version(request), by=signed_in(request))
        return self.one(customer_within(request, customer_id), CustomerDetailSerializer)


class RevealView(BankView):
    """A clear value, with its reason. Not kept for repetition: the kept answer would hold the value in clear."""

    access = {"POST": "customer.reveal"}
    idempotent_post = False

    @extend_schema(tags=["客户"], summary="查看明文", request=RevealSerializer, responses=RevealedSerializer)
    def post(self, request: Request, customer_id: UUID) -> Response:
        said = self.read(RevealSerializer)
        field = Reveal.Field(said["field"])
        value = reveal.reveal(customer_id, field=field, reason=said["reason"], by=signed_in(request))
        answer = Response({"field": field, "value": value})
        answer["Cache-Control"] = "no-store"
        return answer


class OwnershipView(BankView):
    """Putting a customer in somebody's care."""

    access = {"POST": "ownership.assign"}

    @extend_schema(
        tags=["客户"],
        summary="指定管户与共管",
        request=AssignmentSerializer,
        responses=CustomerDetailSerializer,
        operation_id="customer_ownership_assign",
    )
    def post(self, request: Request, customer_id: UUID) -> Response:
        said = self.read(AssignmentSerializer)["owners"]
        staff = Staff.objects.visible_to(signed_in(request)).in_bulk([owner["staff"] for owner in said])
        if unknown := [str(owner["staff"]) for owner in said if owner["staff"] not in staff]:
            raise Problem("invalid", "没有找到该员工", errors={"owners": [f"没有找到员工 {one}" for one in unknown]})
        owners = [
            ownership.Owner(staff[owner["staff"]], Ownership.Role(owner["role"]), owner["share"]) for owner in said
        ]
        ownership.assign(customer_within(request, customer_id), owners=owners, by=signed_in(request))
        return self.one(customer_within(request, customer_id), CustomerDetailSerializer)
