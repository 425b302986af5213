"""Disbursement: the RM asks, the officer releases or gives back, core banking tells the result."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from aladdin.problems import Conflict, Problem
from crm.api.core_banking import SignedView, body_of
from loans import disbursement
from loans.api.applications import ApplicationSerializer
from loans.api.common import RELATED, TAG, application_within, person_of
from loans.api.file import PaymentBriefSerializer
from loans.gateways.core_banking import NoticeUnreadable, Outcome, read_result_notice
from loans.models import Payment
from loans.reasons import RefusalReason


class RequestMoneySerializer(serializers.Serializer[Any]):
    conditions_met = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="批复条件的落实情况，有条件时必填"
    )


class RefuseSerializer(serializers.Serializer[Any]):
    reason_code = serializers.ChoiceField(choices=RefusalReason.choices, help_text="退回原因")
    note = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")


class PaymentSerializer(PaymentBriefSerializer):
    """A payment as the officer sees it."""

    payee_name = serializers.SerializerMethodField(help_text="脱敏")
    payee_account = serializers.SerializerMethodField(help_text="脱敏")

    class Meta(PaymentBriefSerializer.Meta):
        fields = [*PaymentBriefSerializer.Meta.fields, "payee_name", "payee_account", "payee_bank", "released_by"]
        read_only_fields = fields

    def get_payee_name(self, payment: Payment) -> str:
        return masking.name(payment.payee_name)

    def get_payee_account(self, payment: Payment) -> str:
        return masking.bank_card(payment.payee_account)


class DisbursementQueueView(BankView):
    """Cases that wait for this officer, the longest waiting first."""

    access = {"GET": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="待放款", responses=ApplicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        waiting = disbursement.queue(person_of(request)).select_related(*RELATED)
        return self.page(waiting, ApplicationSerializer, ordering=("state_since", "id"))


class RequestMoneyView(BankView):
    """The RM asks for the money."""

    access = {"POST": "loan.request_disbursement"}

    @extend_schema(tags=[TAG], summary="申请放款", request=RequestMoneySerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(RequestMoneySerializer)
        moved = disbursement.request(application, by=person_of(request), **said)
        return self.one(moved, ApplicationSerializer)


class ReleaseView(BankView):
    """The officer releases the money; its outcome follows."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="核准放款", request=None, responses={202: PaymentSerializer})
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        payment = disbursement.release(application, by=person_of(request))
        return self.one(payment, PaymentSerializer, status=202)


class RefuseView(BankView):
    """The officer gives the request back."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="退回放款申请", request=RefuseSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(RefuseSerializer)
        return self.one(disbursement.refuse(application, by=person_of(request), **said), ApplicationSerializer)


class PaymentsView(BankView):
    """The payments of an application, and what became of each."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="放款支付记录", responses=PaymentSerializer(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        rows = application_within(request, application_id).payments.select_related("application__customer")
        return Response(PaymentSerializer(rows, many=True).data)


# --- Told by core banking ------------------------------------------------------------------------
class ResultSerializer(serializers.Serializer[Any]):
    client_ref = serializers.CharField(max_length=40, help_text="支付请求号")
    status = serializers.ChoiceField(choices=[Outcome.SUCCESS, Outcome.FAILED], help_text="结果")
    serial_no = serializers.CharField(max_length=40, required=False, help_text="核心流水号，成功时必填")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="失败原因")


class TakenSerializer(serializers.Serializer[Any]):
    client_ref = serializers.CharField()
    state = serializers.ChoiceField(choices=Payment.State.choices)


class PaymentResultDoor(SignedView):
    """Signed by the core banking system; the same result again is answered the same."""

    @extend_schema(
        tags=["核心系统"],
        summary="支付结果通知",
        parameters=[
            OpenApiParameter("X-Timestamp", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-Nonce", str, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("X-Signature", str, OpenApiParameter.HEADER, required=True),
        ],
        request=ResultSerializer,
        responses=TakenSerializer,
    )
    def post(self, request: Request) -> Response:
        try:
            told = read_result_notice(request.headers, body_of(request))
        except NoticeUnreadable as error:
            raise Problem("malformed", "支付结果通知内容有误") from error
        try:
            payment = disbursement.settle_by_reference(told.client_ref, told.result)
        except disbursement.PaymentContradicted as error:
            raise Conflict("payment_already_settled", "该支付已有相反的最终结果，请人工核对") from error
        return Response({"client_ref": payment.client_ref, "state": payment.state})
