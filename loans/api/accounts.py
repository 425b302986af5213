"""Loan accounts and their schedules."""

from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import accounts
from loans.api.applications import CustomerBriefSerializer
from loans.api.common import TAG, person_of
from loans.models import LoanAccount, RepaymentInstalment


class LoanAccountSerializer(serializers.ModelSerializer[LoanAccount]):
    customer = CustomerBriefSerializer(read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = LoanAccount
        fields = [
            "id",
            "account_no",
            "application",
            "customer",
            "branch",
            "branch_name",
            "principal",
            "balance",
            "rate",
            "term_months",
            "repayment_method",
            "disbursed_on",
            "matures_on",
            "status",
            "status_label",
            "risk_class",
            "settled_on",
            "version",
        ]
        read_only_fields = fields


class InstalmentSerializer(serializers.ModelSerializer[RepaymentInstalment]):
    class Meta:
        model = RepaymentInstalment
        fields = ["number", "due_on", "principal", "interest", "principal_paid", "interest_paid", "paid_on"]


class LoanAccountFilter(filters.FilterSet):
    class Meta:
        model = LoanAccount
        fields = ["status", "risk_class", "branch", "customer", "application", "account_no"]


class LoanAccountListView(BankView):
    """Loan accounts within one's scope, the newest first."""

    access = {"GET": "loan.read"}
    filterset_class = LoanAccountFilter

    @extend_schema(tags=[TAG], summary="借据列表", responses=LoanAccountSerializer(many=True))
    def get(self, request: Request) -> Response:
        visible = LoanAccount.objects.visible_to(person_of(request)).select_related("customer", "branch")
        return self.page(visible, LoanAccountSerializer, ordering=("-disbursed_on", "-id"))


class LoanAccountView(BankView):
    """One loan account."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="借据", responses=LoanAccountSerializer)
    def get(self, request: Request, account_id: UUID) -> Response:
        return self.one(accounts.find(account_id, by=person_of(request)), LoanAccountSerializer)


class ScheduleView(BankView):
    """The repayment schedule, to the fen."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="还款计划", responses=InstalmentSerializer(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        lines = accounts.find(account_id, by=person_of(request)).instalments.order_by("number")
        return Response(InstalmentSerializer(lines, many=True).data)
