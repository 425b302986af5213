"""Loan accounts, the versions of their schedules, and what they owe on a day."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from loans import accounts, repayments, schedules
from loans.api.applications import CustomerBriefSerializer
from loans.api.common import TAG, person_of
from loans.models import LoanAccount, Repayment, RepaymentInstalment, ScheduleVersion


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


class ScheduleVersionSerializer(serializers.ModelSerializer[ScheduleVersion]):
    """Why and from when a schedule holds."""

    cause_label = serializers.CharField(source="get_cause_display", read_only=True)

    class Meta:
        model = ScheduleVersion
        fields = [
            "version",
            "cause",
            "cause_label",
            "effective_from",
            "rate",
            "lpr",
            "principal",
            "first_number",
            "matures_on",
            "note",
            "created_at",
        ]


class RepaymentSerializer(serializers.ModelSerializer[Repayment]):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)

    class Meta:
        model = Repayment
        fields = [
            "id",
            "reference",
            "kind",
            "kind_label",
            "paid_on",
            "amount",
            "fee",
            "compound",
            "penalty",
            "interest",
            "principal",
            "reversed_on",
            "told_at",
        ]


class DaySerializer(serializers.Serializer[Any]):
    on = serializers.DateField(required=False, help_text="业务日期，缺省为今日")


class PositionSerializer(serializers.Serializer[Any]):
    """What is owed at the end of a day, in yuan."""

    on = serializers.DateField()
    balance = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="本金余额")
    due_now = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="当日应还合计")
    overdue_days = serializers.IntegerField()
    overdue_principal = serializers.DecimalField(max_digits=18, decimal_places=2)
    overdue_interest = serializers.DecimalField(max_digits=18, decimal_places=2)
    penalty = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="罚息")
    compound = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="复利")
    surplus = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="多收未抵扣")


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


class VersionSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, min_value=1, help_text="计划版本，缺省为现行版本")


class ScheduleView(BankView):
    """The repayment schedule, to the fen."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(
        tags=[TAG],
        summary="还款计划",
        parameters=[VersionSerializer],
        responses=InstalmentSerializer(many=True),
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        version = self.read(VersionSerializer, request.query_params).get("version")
        return Response(InstalmentSerializer(schedules.lines_of(account, version), many=True).data)


class ScheduleVersionsView(BankView):
    """How the schedule came to be what it is."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="还款计划版本", responses=ScheduleVersionSerializer(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        return Response(ScheduleVersionSerializer(account.schedules.order_by("version"), many=True).data)


class RepaymentsView(BankView):
    """What came back on the account."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="还款记录", responses=RepaymentSerializer(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        return self.page(account.repayments.all(), RepaymentSerializer, ordering=("-paid_on", "-id"))


class PositionView(BankView):
    """What the account owes on a day."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="某日应还与逾期", parameters=[DaySerializer], responses=PositionSerializer)
    def get(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        on = self.read(DaySerializer, request.query_params).get("on") or clock.today()
        return Response(PositionSerializer(repayments.position_of(account, on)).data)
