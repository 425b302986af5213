"""Review on the reviewer's desk; return and rejection, which approvers use as well."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import rejection, review
from loans.api.applications import ApplicationSerializer
from loans.api.common import RELATED, TAG, application_within, person_of
from loans.codes import RiskGrade, Step
from loans.models import ReviewOpinion
from loans.reasons import ReturnReason


class GiveOpinionSerializer(serializers.Serializer[Any]):
    """The reviewer's opinion; amount, term and rate where he suggests others than applied for."""

    recommendation = serializers.ChoiceField(choices=ReviewOpinion.Recommendation.choices, help_text="审查结论")
    opinion = serializers.CharField(max_length=2000, help_text="审查意见")
    risk_points = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    risk_grade = serializers.ChoiceField(
        choices=RiskGrade.choices, required=False, default=RiskGrade.NORMAL, help_text="风险等级，可能改变审批层级"
    )
    amount = serializers.DecimalField(
        max_digits=18, decimal_places=2, min_value=0, required=False, allow_null=True, default=None
    )
    term_months = serializers.IntegerField(min_value=1, max_value=600, required=False, allow_null=True, default=None)
    rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=0, required=False, allow_null=True, default=None
    )


class ReturnSerializer(serializers.Serializer[Any]):
    reason_code = serializers.ChoiceField(choices=ReturnReason.choices, help_text="退回原因")
    items = serializers.ListField(
        child=serializers.CharField(max_length=300), max_length=30, help_text="需要补充的事项，逐项答复"
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    step = serializers.ChoiceField(
        choices=Step.choices, required=False, allow_blank=True, default="", help_text="退回至哪个办理步骤"
    )


class RejectSerializer(serializers.Serializer[Any]):
    reason_code = serializers.CharField(max_length=32, help_text="否决原因，见原因目录（环节 REJECTION）")
    note = serializers.CharField(max_length=400, help_text="说明，须告知客户")


class ReviewQueueView(BankView):
    """What this reviewer can do now, the longest waiting first."""

    access = {"GET": "loan.review"}

    @extend_schema(tags=[TAG], summary="待审查", responses=ApplicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        waiting = review.queue(person_of(request)).select_related(*RELATED)
        return self.page(waiting, ApplicationSerializer, ordering=("submitted_at", "id"))


class ClaimView(BankView):
    """The reviewer takes the case up."""

    access = {"POST": "loan.review"}

    @extend_schema(tags=[TAG], summary="开始审查", request=None, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return self.one(review.claim(application, by=person_of(request)), ApplicationSerializer)


class OpinionView(BankView):
    """The reviewer's opinion, with which the case goes to approval."""

    access = {"POST": "loan.review"}

    @extend_schema(tags=[TAG], summary="提交审查意见", request=GiveOpinionSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        opinion = review.Opinion(**self.read(GiveOpinionSerializer))
        return self.one(review.give_opinion(application, opinion, by=person_of(request)), ApplicationSerializer)


class ReturnView(BankView):
    """Back to the investigators."""

    access = {"POST": "loan.return"}

    @extend_schema(tags=[TAG], summary="退回补充", request=ReturnSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(ReturnSerializer)
        moved = rejection.return_for_correction(application, by=person_of(request), **said)
        return self.one(moved, ApplicationSerializer)


class RejectView(BankView):
    """Refused for good."""

    access = {"POST": "loan.reject"}

    @extend_schema(tags=[TAG], summary="否决", request=RejectSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(RejectSerializer)
        return self.one(rejection.reject(application, by=person_of(request), **said), ApplicationSerializer)
