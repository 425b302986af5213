"""Intake on the phone: draft, edit, accept, submit, answer, withdraw, cancel."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.concurrency import expected_version
from aladdin.api.views import BankView
from loans import intake, withdrawal
from loans.api.applications import ApplicationListView, ApplicationSerializer
from loans.api.common import TAG, ReasonSerializer, application_within, person_of
from loans.api.file import FileSerializer, whole_file
from loans.codes import MaritalStatus, Occupation, Purpose, RepaymentMethod, ToldBy


class _Money(serializers.DecimalField):
    """Yuan to the fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **options)


class ApplicationEditSerializer(serializers.Serializer[Any]):
    """What the RM fills in; each may come later."""

    amount = _Money(required=False, min_value=0, help_text="申请金额（元）")
    term_months = serializers.IntegerField(required=False, min_value=1, max_value=600)
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False)
    purpose_note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    repayment_method = serializers.ChoiceField(choices=RepaymentMethod.choices, required=False)
    repayment_day = serializers.IntegerField(required=False, min_value=1, max_value=31)
    payment_months = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12),
        required=False,
        max_length=12,
        help_text="按季节还款的还本月份",
    )
    occupation = serializers.ChoiceField(choices=Occupation.choices, required=False)
    marital_status = serializers.ChoiceField(choices=MaritalStatus.choices, required=False)
    employer = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text="工作单位或经营主体")
    residence_area = serializers.RegexField(
        r"^\d{6}$", required=False, allow_blank=True, help_text="常住地行政区划代码（6位）"
    )
    monthly_income = _Money(required=False, min_value=0, help_text="月收入（元）")
    monthly_debt = _Money(required=False, min_value=0, help_text="现有月还款（元）")
    identity_expires_on = serializers.DateField(required=False, allow_null=True, help_text="身份证有效期至")
    identity_is_long_term = serializers.BooleanField(required=False, help_text="身份证长期有效")
    payee_name = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text="受托支付收款人")
    payee_account = serializers.RegexField(
        r"^\d{6,32}$", required=False, allow_blank=True, error_messages={"invalid": "收款账号须为6至32位数字"}
    )
    payee_bank = serializers.CharField(max_length=60, required=False, allow_blank=True)
    co_investigator = serializers.UUIDField(required=False, help_text="协办（B角）员工标识")


class NewApplicationSerializer(ApplicationEditSerializer):
    """A new draft."""

    id = serializers.UUIDField(required=False, help_text="可由手机生成（UUIDv7），离线录入时防止重复")
    customer = serializers.UUIDField()
    product = serializers.CharField(max_length=30, help_text="产品代码")


class ReturnAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=500)


def _as_arguments(said: dict[str, Any]) -> dict[str, Any]:
    """The form's names as the capability's."""
    names = {"co_investigator": "co_investigator_id", "customer": "customer_id", "id": "application_id"}
    return {names.get(name, name): value for name, value in said.items()}


class ApplicationsView(ApplicationListView):
    """Applications, and a new one."""

    access = {"GET": "loan.read", "POST": "loan.create"}

    @extend_schema(
        tags=[TAG], summary="新建贷款申请", request=NewApplicationSerializer, responses={201: ApplicationSerializer}
    )
    def post(self, request: Request) -> Response:
        said = _as_arguments(self.read(NewApplicationSerializer))
        application, is_new = intake.create(by=person_of(request), **said)
        return self.one(application, ApplicationSerializer, status=201 if is_new else 200)


class ApplicationView(BankView):
    """The whole file of one application."""

    access = {"GET": "loan.read", "PATCH": "loan.edit"}

    @extend_schema(tags=[TAG], summary="贷款申请全貌", responses=FileSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        return self.one(whole_file(application_within(request, application_id)), FileSerializer)

    @extend_schema(
        tags=[TAG], summary="修改贷款申请", request=ApplicationEditSerializer, responses=ApplicationSerializer
    )
    def patch(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = _as_arguments(self.read(ApplicationEditSerializer))
        edited = intake.edit(application, by=person_of(request), version=expected_version(request), **said)
        return self.one(edited, ApplicationSerializer)


class AcceptView(BankView):
    """Take the case up."""

    access = {"POST": "loan.accept"}

    @extend_schema(tags=[TAG], summary="受理", request=None, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(intake.accept(application, by=person_of(request)), ApplicationSerializer)


class SubmitView(BankView):
    """Hand the file in, for the first time or after a return."""

    access = {"POST": "loan.submit"}

    @extend_schema(tags=[TAG], summary="报审（退回后重新报审亦用此）", request=None, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(intake.submit(application, by=person_of(request)), ApplicationSerializer)


class AnswerView(BankView):
    """Answer one thing that the case was returned for."""

    access = {"POST": "loan.edit"}

    @extend_schema(tags=[TAG], summary="答复退回事项", request=ReturnAnswerSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID, item_id: int) -> Response:
        application = application_within(request, application_id)
        text = self.read(ReturnAnswerSerializer)["answer"]
        answered = intake.answer(application, item_id, text=text, by=person_of(request))
        return self.one(answered, ApplicationSerializer)


class CancelSerializer(ReasonSerializer):
    """Why, in words and by a code of the catalogue."""

    reason_code = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="原因代码，见原因目录"
    )


class WithdrawSerializer(CancelSerializer):
    """Why, and what shows that the customer wants it."""

    told_by = serializers.ChoiceField(
        choices=ToldBy.choices, required=False, default=ToldBy.IN_PERSON, help_text="客户如何告知"
    )
    evidence = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="客户撤回的依据，受理后必填"
    )


class WithdrawView(BankView):
    """The customer takes it back."""

    access = {"POST": "loan.withdraw"}

    @extend_schema(tags=[TAG], summary="客户撤回", request=WithdrawSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(WithdrawSerializer)
        return self.one(withdrawal.withdraw(application, by=person_of(request), **said), ApplicationSerializer)


class CancelView(BankView):
    """The bank drops it."""

    access = {"POST": "loan.cancel"}

    @extend_schema(tags=[TAG], summary="行内撤销", request=CancelSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(CancelSerializer)
        return self.one(intake.cancel(application, by=person_of(request), **said), ApplicationSerializer)
