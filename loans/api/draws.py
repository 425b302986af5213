"""Draws of a loan that is paid out in parts: the plan, and every draw after the first."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from loans import draws, later_draws, payment_mode
from loans.api.common import TAG, PersonSerializer, application_within, person_of
from loans.api.disbursement import PaymentSerializer, RefuseSerializer
from loans.models import Draw, Payment


class PlannedDrawSerializer(serializers.Serializer[Any]):
    """One part of the contract's amount."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, help_text="金额（元）")
    planned_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="最早提款日，空为提款期内随时"
    )
    condition = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="提款条件，如工程进度"
    )
    purpose_note = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="用途说明"
    )
    payee_name = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="收款人户名，空为合同收款人"
    )
    payee_account = serializers.RegexField(
        r"^\d{6,32}$",
        required=False,
        allow_blank=True,
        default="",
        error_messages={"invalid": "收款账号须为6至32位数字"},
    )
    payee_bank = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class DrawSerializer(serializers.ModelSerializer[Draw]):
    """A draw with what became of it."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    payee_name = serializers.SerializerMethodField(help_text="脱敏")
    payee_account = serializers.SerializerMethodField(help_text="脱敏")
    mode = serializers.SerializerMethodField(help_text="支付方式")
    draw_until = serializers.DateField(source="contract.draw_until", read_only=True, help_text="最晚提款日")
    application = serializers.UUIDField(source="contract.application_id", read_only=True)
    requested_by = PersonSerializer(read_only=True, allow_null=True)
    released_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Draw
        fields = [
            "id",
            "application",
            "number",
            "amount",
            "planned_on",
            "draw_until",
            "condition",
            "purpose_note",
            "mode",
            "payee_name",
            "payee_account",
            "payee_bank",
            "state",
            "state_label",
            "state_since",
            "evidence",
            "use_of_last",
            "requested_by",
            "released_by",
            "paid_at",
        ]
        read_only_fields = fields

    def get_payee_name(self, draw: Draw) -> str:
        return masking.name(draw.payee_name)

    def get_payee_account(self, draw: Draw) -> str:
        return masking.bank_card(draw.payee_account)

    def get_mode(self, draw: Draw) -> Payment.Mode:
        return payment_mode.mode_of(draw.contract.application, draw.payee_name)


class RequestDrawSerializer(serializers.Serializer[Any]):
    evidence = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="用途凭证及提款条件落实情况，必填"
    )
    use_of_last = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="前次提款的使用情况，必填"
    )


class CancelDrawsSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, help_text="原因")
    evidence = serializers.CharField(
        max_length=150, required=False, allow_blank=True, default="", help_text="客户放弃提款的依据，必填"
    )
    draws = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=60, default=list, help_text="哪几次，空为全部未提金额"
    )


_RELATED = ("contract__application__customer", "requested_by", "released_by")


class DrawsView(BankView):
    """The contract's draws in their order; none where it is paid out at once."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="提款计划与执行", responses=DrawSerializer(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = Draw.objects.filter(contract__application=application).select_related(*_RELATED)
        return Response(DrawSerializer(rows, many=True).data)


class CancelDrawsView(BankView):
    """The customer gives up the rest, or parts of it."""

    access = {"POST": "loan.request_disbursement"}
    pagination_class = None

    @extend_schema(
        tags=[TAG], summary="取消未提金额", request=CancelDrawsSerializer, responses=DrawSerializer(many=True)
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(CancelDrawsSerializer)
        rows = draws.cancel(
            application, reason=said["reason"], evidence=said["evidence"], only=said["draws"], by=person_of(request)
        )
        return Response(DrawSerializer(rows, many=True).data)


class RequestDrawView(BankView):
    """The RM asks for a draw after the first."""

    access = {"POST": "loan.request_disbursement"}

    @extend_schema(tags=[TAG], summary="申请后续提款", request=RequestDrawSerializer, responses=DrawSerializer)
    def post(self, request: Request, application_id: UUID, draw_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(RequestDrawSerializer)
        return self.one(later_draws.request(application, draw_id, by=person_of(request), **said), DrawSerializer)


class ReleaseDrawView(BankView):
    """The officer releases a draw; its outcome follows."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="核准后续提款", request=None, responses={202: PaymentSerializer})
    def post(self, request: Request, application_id: UUID, draw_id: UUID) -> Response:
        application = application_within(request, application_id)
        payment = later_draws.release(application, draw_id, by=person_of(request))
        return self.one(payment, PaymentSerializer, status=202)


class RefuseDrawView(BankView):
    """The officer gives the request for a draw back."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="退回提款申请", request=RefuseSerializer, responses=DrawSerializer)
    def post(self, request: Request, application_id: UUID, draw_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(RefuseSerializer)
        return self.one(later_draws.refuse(application, draw_id, by=person_of(request), **said), DrawSerializer)


class DrawQueueView(BankView):
    """Later draws that wait for this officer, the longest waiting first."""

    access = {"GET": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="待放款的后续提款", responses=DrawSerializer(many=True))
    def get(self, request: Request) -> Response:
        waiting = later_draws.queue(person_of(request)).select_related(*_RELATED)
        return self.page(waiting, DrawSerializer, ordering=("state_since", "id"))
