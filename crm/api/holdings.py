"""A customer's accounts and movements."""

from uuid import UUID

from django.db.models import F
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from crm.api.signed_in import signed_in
from crm.models import Account, AccountHolder, Customer, Transaction


def within(request: Request, customer_id: UUID) -> UUID:
    """The customer's id, if the person may see him; else 404, as if there were none."""
    if not Customer.objects.visible_to(signed_in(request)).filter(pk=customer_id).exists():
        raise NotFound("没有找到该客户")
    return customer_id


class AccountSerializer(serializers.ModelSerializer[Account]):
    number = serializers.CharField(source="masked_number", read_only=True, help_text="末四位")
    role = serializers.ChoiceField(choices=AccountHolder.Role.choices, read_only=True, help_text="该客户的身份")
    branch_name = serializers.CharField(source="branch.name", read_only=True)

    class Meta:
        model = Account
        fields = [
            "id",
            "number",
            "kind",
            "role",
            "fee_frequency",
            "branch",
            "branch_name",
            "balance",
            "balance_as_of",
            "opened_on",
        ]


class AccountListView(BankView):
    """What the customer owns, or may dispose of where the owner too is within the person's scope."""

    access = {"GET": "account.read"}
    ordering = ("-id",)

    @extend_schema(tags=["客户"], summary="客户账户", responses=AccountSerializer(many=True))
    def get(self, request: Request, customer_id: UUID) -> Response:
        held = (
            Account.objects.visible_to(signed_in(request))
            .filter(holders__customer=within(request, customer_id))
            .annotate(role=F("holders__role"))
            .select_related("branch")
        )
        return self.page(held, AccountSerializer)


class TransactionSerializer(serializers.ModelSerializer[Transaction]):
    account_number = serializers.CharField(source="account.masked_number", read_only=True, help_text="末四位")

    class Meta:
        model = Transaction
        fields = [
            "id",
            "reference",
            "account",
            "account_number",
            "posted_on",
            "occurred_at",
            "direction",
            "amount",
            "balance_after",
            "operation",
            "purpose",
            "counterparty_bank",
            "counterparty_account",
            "counterparty_name",
        ]


class TransactionFilter(filters.FilterSet):
    from_date = filters.DateFilter(field_name="posted_on", lookup_expr="gte", label="记账日起（含）")
    to_date = filters.DateFilter(field_name="posted_on", lookup_expr="lte", label="记账日止（含）")
    account = filters.UUIDFilter(field_name="account_id", label="账户")

    class Meta:
        model = Transaction
        fields = ["from_date", "to_date", "account", "direction"]


class TransactionListView(BankView):
    """Movements on the accounts that the customer owns, the latest first."""

    access = {"GET": "account.read"}
    filterset_class = TransactionFilter
    ordering = ("-posted_on", "-occurred_at", "-id")

    @extend_schema(tags=["客户"], summary="客户交易流水", responses=TransactionSerializer(many=True))
    def get(self, request: Request, customer_id: UUID) -> Response:
        owned = list(Account.objects.filter(customer=within(request, customer_id)).values_list("pk", flat=True))
        return self.page(Transaction.objects.filter(account__in=owned).select_related("account"), TransactionSerializer)
