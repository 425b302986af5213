"""Paying early on the RM's phone: what it would take, the wish, and its end."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import accounts, prepayments
from loans.api.common import TAG, PersonSerializer, person_of
from loans.models import Prepayment
from loans.repayment import Prepaid, Running, total_interest


class _Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **options)


class WishSerializer(serializers.Serializer[Any]):
    """Which part on which day."""

    way = serializers.ChoiceField(choices=Prepayment.Way.choices)
    amount = _Money(required=False, min_value=0, help_text="提前还本金额（元）；全部结清时不填")
    on = serializers.DateField(help_text="还款日")


class NewPrepaymentSerializer(WishSerializer):
    asked_by = serializers.ChoiceField(choices=Prepayment.AskedBy.choices, required=False, default="RM")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PlannedLineSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    due_on = serializers.DateField()
    principal = _Money()
    interest = _Money()
    payment = _Money()
    balance = _Money()


class PrepaymentSimulationSerializer(serializers.Serializer[Any]):
    """What is paid on the day, and what becomes of the rest."""

    on = serializers.DateField()
    way = serializers.CharField()
    principal = _Money(help_text="提前还本")
    interest = _Money(help_text="截至当日利息（按实际天数）")
    fee = _Money(help_text="违约金")
    total = _Money(help_text="当日须备足")
    interest_saved = _Money(help_text="此后少付利息")
    matures_on = serializers.DateField(allow_null=True)
    lines = PlannedLineSerializer(many=True)


class PrepaymentSerializer(serializers.ModelSerializer[Prepayment]):
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    way_label = serializers.CharField(source="get_way_display", read_only=True)
    requested_by = PersonSerializer(read_only=True)

    class Meta:
        model = Prepayment
        fields = [
            "id",
            "request_no",
            "way",
            "way_label",
            "on",
            "principal",
            "interest",
            "fee",
            "state",
            "state_label",
            "asked_by",
            "requested_by",
            "requested_at",
            "closed_at",
            "note",
            "version",
        ]
        read_only_fields = fields


def _shown(before: Running, found: Prepaid) -> dict[str, Any]:
    lines = list(found.after.lines) if found.after else []
    return {
        "on": found.on,
        "way": found.way.value,
        "principal": found.principal,
        "interest": found.interest,
        "fee": found.fee,
        "total": found.total,
        "interest_saved": total_interest(before.lines) - found.interest - total_interest(lines),
        "matures_on": lines[-1].due_on if lines else None,
        "lines": lines,
    }


class SimulationView(BankView):
    """What paying early would take."""

    access = {"POST": "loan.read"}
    idempotent_post = False

    @extend_schema(tags=[TAG], summary="提前还款试算", request=WishSerializer, responses=PrepaymentSimulationSerializer)
    def post(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        said = self.read(WishSerializer)
        before, found = prepayments.simulate(account, way=said["way"], amount=said.get("amount"), on=said["on"])
        return Response(PrepaymentSimulationSerializer(_shown(before, found)).data)


class PrepaymentsView(BankView):
    """The account's wishes to pay early, and a new one."""

    access = {"GET": "loan.read", "POST": "loan.prepay"}

    @extend_schema(tags=[TAG], summary="提前还款申请列表", responses=PrepaymentSerializer(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        wishes = account.prepayments.select_related("requested_by")
        return self.page(wishes, PrepaymentSerializer, ordering=("-requested_at", "-id"))

    @extend_schema(
        tags=[TAG], summary="申请提前还款", request=NewPrepaymentSerializer, responses={201: PrepaymentSerializer}
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        said = {"amount": None} | self.read(NewPrepaymentSerializer)
        wish = prepayments.request(account, by=person_of(request), **said)
        return self.one(wish, PrepaymentSerializer, status=201)


class CancelPrepaymentView(BankView):
    """The customer thought better of it."""

    access = {"POST": "loan.prepay"}

    @extend_schema(tags=[TAG], summary="取消提前还款申请", request=None, responses=PrepaymentSerializer)
    def post(self, request: Request, account_id: UUID, prepayment_id: UUID) -> Response:
        account = accounts.find(account_id, by=person_of(request))
        return self.one(prepayments.cancel(account, prepayment_id, by=person_of(request)), PrepaymentSerializer)
