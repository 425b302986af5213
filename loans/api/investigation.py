"""Due diligence on the phone: A reports, B confirms."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import investigation
from loans.api.common import TAG, application_within, person_of
from loans.api.file import DueDiligenceSerializer
from loans.models import DueDiligence


class _Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, min_value=0, **options)


class FindingsSerializer(serializers.Serializer[Any]):
    """What A found; instalment and debt-to-income are worked out by the server."""

    visit = serializers.ChoiceField(choices=DueDiligence.Visit.choices)
    visited_at = serializers.DateTimeField(required=False, allow_null=True)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    latitude = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False, allow_null=True
    )
    longitude = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False, allow_null=True
    )
    waiver_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    interview = serializers.CharField(max_length=4000, help_text="面谈记录")
    purpose_evidence = serializers.CharField(max_length=300, help_text="用途佐证")
    monthly_income = _Money(required=False, help_text="核实月收入（元）；有现金流量表时取其合计")
    monthly_outgo = _Money(required=False, help_text="月支出（元）；同上")
    monthly_debt = _Money(required=False, help_text="现有月还款（元）；同上")
    assets = _Money(required=False, allow_null=True)
    liabilities = _Money(required=False, allow_null=True)
    opinion = serializers.ChoiceField(choices=DueDiligence.Opinion.choices)
    opinion_text = serializers.CharField(max_length=1000)
    risk_points = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ConfirmInvestigationSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class DueDiligenceView(BankView):
    """A reports, or reports anew."""

    access = {"POST": "loan.investigate"}

    @extend_schema(
        tags=[TAG],
        summary="主办提交尽职调查",
        request=FindingsSerializer,
        responses={201: DueDiligenceSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        row = investigation.report(application, by=person_of(request), **self.read(FindingsSerializer))
        return self.one(row, DueDiligenceSerializer, status=201)


class ConfirmView(BankView):
    """B confirms."""

    access = {"POST": "loan.co_investigate"}

    @extend_schema(
        tags=[TAG], summary="协办确认尽职调查", request=ConfirmInvestigationSerializer, responses=DueDiligenceSerializer
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        row = investigation.confirm(
            application, by=person_of(request), note=self.read(ConfirmInvestigationSerializer)["note"]
        )
        return self.one(row, DueDiligenceSerializer)
