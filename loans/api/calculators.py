"""Calculators: what a loan would take and cost, what an income can bear, and what any terms come to."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import clock
from aladdin.api.views import BankView
from aladdin.problems import RuleBroken
from loans import calculation, products
from loans.api.common import TAG
from loans.api.prepayments import PlannedLineSerializer
from loans.codes import CollateralKind, RepaymentMethod
from loans.models import RepaymentRule
from loans.repayment import (
    Conventions,
    DayCount,
    FeeDue,
    Group,
    Holidays,
    InterestBetween,
    Plan,
    Remainder,
    all_in_cost,
    schedule,
    total_interest,
)


class _Money(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **options)


class _Percent(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=9, decimal_places=6, **options)


def _months(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12), max_length=12, required=False, **options
    )


class WantedSerializer(serializers.Serializer[Any]):
    """What the customer has in mind."""

    product = serializers.CharField(max_length=30, help_text="产品代码")
    amount = _Money(min_value=0)
    term_months = serializers.IntegerField(min_value=1, max_value=600)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices)
    repayment_day = serializers.IntegerField(min_value=1, max_value=31, required=False, allow_null=True)
    payment_months = _months(help_text="按季节还款的还本月份")


class MeansSerializer(serializers.Serializer[Any]):
    """What he lives on and could pledge."""

    monthly_income = _Money(min_value=0, help_text="月收入（元）")
    monthly_debt = _Money(min_value=0, required=False, default=Decimal(0), help_text="现有月还款（元）")
    collateral_kind = serializers.ChoiceField(
        choices=CollateralKind.choices, required=False, allow_blank=True, default=""
    )
    collateral_value = _Money(min_value=0, required=False, default=Decimal(0), help_text="押品价值（元）")


class BearableQuerySerializer(MeansSerializer):
    product = serializers.CharField(max_length=30, help_text="产品代码")
    term_months = serializers.IntegerField(min_value=1, max_value=600)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices)
    payment_months = _months()


class FeeOfSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    when = serializers.CharField()
    collected_by = serializers.CharField()
    amount = _Money()


class WorkedSerializer(serializers.Serializer[Any]):
    """The loan worked out."""

    annual_rate = _Percent(help_text="年利率（%）")
    burden = _Money(help_text="月还款（先息后本、一次还本为本息月均）")
    total_interest = _Money()
    cost_simple = _Percent(help_text="年化综合成本（月利率×12，%）")
    cost_effective = _Percent(help_text="年化综合成本（复利，%）")
    fees = FeeOfSerializer(many=True)
    lines = PlannedLineSerializer(many=True)


class BearableSerializer(serializers.Serializer[Any]):
    by_income = _Money(help_text="按收入与负债")
    by_collateral = _Money(allow_null=True, help_text="按押品；产品不要求为空")
    by_product = _Money(help_text="产品上限")
    most = _Money(help_text="最高可贷，低于产品起点为0")
    reasons = serializers.ListField(child=serializers.CharField())


class GroupSerializer(serializers.Serializer[Any]):
    instalments = serializers.IntegerField(min_value=1, max_value=600)
    principal_percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)


class FeeDueSerializer(serializers.Serializer[Any]):
    on = serializers.DateField()
    amount = _Money(min_value=0)


class TermsSerializer(serializers.Serializer[Any]):
    """Any terms at all, of no product."""

    amount = _Money(min_value=Decimal("0.01"))
    annual_rate = _Percent(min_value=0)
    term_months = serializers.IntegerField(min_value=1, max_value=600)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices)
    disbursed_on = serializers.DateField(required=False)
    repayment_day = serializers.IntegerField(min_value=1, max_value=31, required=False, allow_null=True)
    day_count = serializers.ChoiceField(choices=RepaymentRule.DayCounts.choices, required=False, allow_blank=True)
    holidays = serializers.ChoiceField(choices=RepaymentRule.HolidayRule.choices, required=False)
    interest_follows = serializers.BooleanField(required=False, default=False)
    remainder = serializers.ChoiceField(choices=RepaymentRule.RemainderIn.choices, required=False)
    groups = GroupSerializer(many=True, required=False)
    payment_months = _months()
    interest_between = serializers.ChoiceField(choices=RepaymentRule.Between.choices, required=False)
    fees = FeeDueSerializer(many=True, required=False)


class WorkedTermsSerializer(serializers.Serializer[Any]):
    total_interest = _Money()
    cost_simple = _Percent()
    cost_effective = _Percent()
    lines = PlannedLineSerializer(many=True)


class LoanCalculatorView(BankView):
    """A product's loan worked out."""

    access = {"POST": "loan.calculate"}
    idempotent_post = False

    @extend_schema(tags=[TAG], summary="贷款试算", request=WantedSerializer, responses=WorkedSerializer)
    def post(self, request: Request) -> Response:
        said = self.read(WantedSerializer)
        version = products.version_in_force(said.pop("product"))
        worked = calculation.work_out(version, wanted_of(said))
        return Response(WorkedSerializer(shown(worked)).data)


class BearableView(BankView):
    """How much this customer could have."""

    access = {"POST": "loan.calculate"}
    idempotent_post = False

    @extend_schema(tags=[TAG], summary="可贷额度测算", request=BearableQuerySerializer, responses=BearableSerializer)
    def post(self, request: Request) -> Response:
        said = self.read(BearableQuerySerializer)
        version = products.version_in_force(said.pop("product"))
        wanted = wanted_of(
            {"amount": version.min_amount}
            | {name: said.pop(name) for name in ("term_months", "repayment_method", "payment_months") if name in said}
        )
        found = calculation.bearable(version, calculation.Means(**said), wanted)
        return Response(BearableSerializer(asdict(found)).data)


class ScheduleCalculatorView(BankView):
    """Any terms worked out."""

    access = {"POST": "loan.calculate"}
    idempotent_post = False

    @extend_schema(
        tags=[TAG], summary="还款计划试算（任意条件）", request=TermsSerializer, responses=WorkedTermsSerializer
    )
    def post(self, request: Request) -> Response:
        said = self.read(TermsSerializer)
        on = said.get("disbursed_on") or clock.today()
        fees = [FeeDue(fee["on"], fee["amount"]) for fee in said.get("fees", ())]
        try:
            lines = schedule(
                said["repayment_method"],
                said["amount"],
                said["annual_rate"],
                said["term_months"],
                on,
                said.get("repayment_day"),
                conventions=_conventions(said),
                plan=_plan(said),
            )
            cost = all_in_cost(said["amount"], lines, on, fees)
        except ValueError as wrong:
            raise RuleBroken("terms_cannot_be_repaid", "按所填条件无法排出还款计划，请检查") from wrong
        figures = {"total_interest": total_interest(lines), "lines": lines}
        costs = {"cost_simple": cost.simple, "cost_effective": cost.effective}
        return Response(WorkedTermsSerializer(figures | costs).data)


def _conventions(said: dict[str, Any]) -> Conventions:
    return Conventions(
        day_count=DayCount(said["day_count"]) if said.get("day_count") else None,
        holidays=Holidays(said.get("holidays", "NONE")),
        interest_follows=said["interest_follows"],
        remainder=Remainder(said.get("remainder", "LAST")),
    )


def _plan(said: dict[str, Any]) -> Plan:
    return Plan(
        groups=tuple(Group(each["instalments"], each["principal_percent"]) for each in said.get("groups", ())),
        payment_months=tuple(said.get("payment_months", ())),
        interest_between=InterestBetween(said.get("interest_between", "MONTHLY")),
    )


def wanted_of(said: dict[str, Any]) -> calculation.Wanted:
    """The form's values as the capability's."""
    return calculation.Wanted(**{**said, "payment_months": tuple(said.get("payment_months", ()))})


def shown(worked: calculation.Worked) -> dict[str, Any]:
    """A worked loan as `WorkedSerializer` takes it."""
    return {
        "annual_rate": worked.terms.rate,
        "burden": worked.burden,
        "total_interest": total_interest(worked.lines),
        "cost_simple": worked.cost.simple,
        "cost_effective": worked.cost.effective,
        "fees": [asdict(fee) for fee in worked.fees],
        "lines": worked.lines,
    }
