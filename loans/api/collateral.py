"""Collateral of a case as its readers see it, and its registration."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from loans import registration
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.forms import collateral
from loans.models import Collateral


class CollateralSerializer(serializers.ModelSerializer[Collateral]):
    """What secures the loan, with what may be lent on it; owners by their masked names."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    location = serializers.SerializerMethodField(help_text="脱敏")
    owner_name = serializers.SerializerMethodField(help_text="脱敏")
    registered_by = PersonSerializer(read_only=True, allow_null=True)
    lendable = serializers.SerializerMethodField(help_text="可贷金额（元）")

    class Meta:
        model = Collateral
        fields = [
            "id",
            "kind",
            "kind_label",
            "description",
            "location",
            "owner_relation",
            "owner_name",
            "certificate_no",
            "area_sqm",
            "appraised_value",
            "appraised_on",
            "appraiser",
            "prior_claims",
            "lendable",
            "is_co_owned",
            "co_owners_consented_on",
            "registration_no",
            "registered_at",
            "registration_office",
            "registered_by",
        ]

    def get_location(self, row: Collateral) -> str:
        return masking.address(row.location) if row.location else ""

    def get_owner_name(self, row: Collateral) -> str:
        return masking.name(row.owner_name) if row.owner_name else ""

    def get_lendable(self, row: Collateral) -> str:
        return str(collateral.lendable(row.application.product_version, row))


class NewRegistrationSerializer(serializers.Serializer[Any]):
    """The certificate of the registry."""

    registration_no = serializers.CharField(max_length=60, help_text="登记证明编号（不动产登记证明、动产登记编号等）")
    office = serializers.CharField(max_length=60, help_text="登记机构")
    registered_at = serializers.DateTimeField(help_text="登记时间")


class CollateralsView(BankView):
    """What secures the loan."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_collaterals_list",
        tags=[TAG],
        summary="抵质押物",
        responses=CollateralSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = Collateral.objects.visible_to(person_of(request)).filter(application=application)
        rows = rows.select_related("application__product_version", "application__customer", "registered_by")
        return Response(CollateralSerializer(rows, many=True, context={"request": request}).data)


class RegistrationView(BankView):
    """The registration of one of them."""

    access = {"POST": "loan.register_collateral"}

    @extend_schema(
        tags=[TAG], summary="登记抵质押", request=NewRegistrationSerializer, responses={201: CollateralSerializer}
    )
    def post(self, request: Request, application_id: UUID, collateral_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(NewRegistrationSerializer)
        row = registration.register(application, collateral_id, by=person_of(request), **said)
        return self.one(row, CollateralSerializer, status=201)
