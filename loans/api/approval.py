"""Approval on the approver's desk."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.schema import ProblemSerializer
from aladdin.api.views import BankView
from loans import approval, batch, chain, exposure
from loans.api.applications import ApplicationSerializer
from loans.api.common import RELATED, TAG, application_within, person_of


class GrantSerializer(serializers.Serializer[Any]):
    """What is granted; above one's authority it counts as a recommendation to the next level."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, help_text="批复金额（元）")
    term_months = serializers.IntegerField(min_value=1, max_value=600, help_text="批复期限（月）")
    rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=0, required=False, allow_null=True, default=None,
        help_text="批复年利率（%），缺省为产品当日定价",
    )  # fmt: skip
    max_draws = serializers.IntegerField(
        min_value=1, max_value=60, required=False, default=1, help_text="允许提款次数，1 为一次提款"
    )
    conditions = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="放款前须落实的条件，一行一条"
    )
    opinion = serializers.CharField(max_length=400, required=False, allow_blank=True, default="", help_text="审批意见")


class EscalateSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=400, help_text="上报原因")


class ApprovalQueueView(BankView):
    """Cases at a level where this person holds authority, the longest waiting first."""

    access = {"GET": "loan.approve"}

    @extend_schema(tags=[TAG], summary="待审批", responses=ApplicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        waiting = approval.queue(person_of(request)).select_related(*RELATED)
        return self.page(waiting, ApplicationSerializer, ordering=("submitted_at", "id"))


class ExposureSerializer(serializers.Serializer[Any]):
    """In yuan, added up over the household and related groups."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="本笔申请金额")
    owed = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="现有贷款余额")
    promised = serializers.DecimalField(max_digits=18, decimal_places=2, help_text="已批未放")
    total = serializers.DecimalField(max_digits=18, decimal_places=2)
    customers = serializers.IntegerField(help_text="合并计算的客户数")
    first_level = serializers.IntegerField(help_text="起始审批层级")
    last_word = serializers.IntegerField(help_text="最低终审层级")
    signatures = serializers.IntegerField(help_text="终审签字人数")
    risk_grade = serializers.CharField(help_text="审查认定的风险等级")


class ExposureView(BankView):
    """What the customer and those who belong to him would owe, and which way the case therefore goes."""

    access = {"GET": "loan_exposure.read"}

    @extend_schema(tags=[TAG], summary="单户（含关联）合计与审批流转", responses=ExposureSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        found = exposure.of(application, application.amount or Decimal(0))
        way = chain.route(application, found.total)
        grade = chain.grade_of(application)
        return Response(
            ExposureSerializer({**vars(found), "total": found.total, **vars(way), "risk_grade": grade}).data
        )


class ApproveView(BankView):
    """Granted, or recommended one level up: the answer's state tells."""

    access = {"POST": "loan.approve"}

    @extend_schema(tags=[TAG], summary="同意", request=GrantSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        grant = approval.Grant(**self.read(GrantSerializer))
        return self.one(approval.approve(application, grant, by=person_of(request)), ApplicationSerializer)


class EscalateView(BankView):
    """Left to the next level."""

    access = {"POST": "loan.approve"}

    @extend_schema(tags=[TAG], summary="上报上级审批", request=EscalateSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        reason = self.read(EscalateSerializer)["reason"]
        moved = approval.escalate(application, by=person_of(request), reason=reason)
        return self.one(moved, ApplicationSerializer)


# --- Several at once -----------------------------------------------------------------------------
class BatchSerializer(serializers.Serializer[Any]):
    """Which cases, and the one decision on all of them."""

    applications = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=50, help_text="申请，最多50笔"
    )
    decision = serializers.ChoiceField(choices=["APPROVE", "REJECT"], help_text="同意（按审查建议）或否决")
    opinion = serializers.CharField(max_length=400, help_text="审批意见；否决时须告知客户")
    reason_code = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        default="",
        help_text="否决原因，见原因目录（环节 REJECTION），否决时必填",
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["decision"] == "REJECT" and not said["reason_code"]:
            raise serializers.ValidationError({"reason_code": "否决须选择原因"})
        return said


class BatchResultSerializer(serializers.Serializer[Any]):
    application = serializers.UUIDField(source="application_id")
    application_no = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True, help_text="决定后的状态，被拒绝为空")
    refusal = ProblemSerializer(allow_null=True, help_text="该笔未能办理的原因")


class BatchView(BankView):
    """Each case is decided alone, in its own transaction; sent again, what was decided says so."""

    access = {"POST": "loan.approve"}
    idempotent_post = False
    pagination_class = None

    @extend_schema(tags=[TAG], summary="批量审批", request=BatchSerializer, responses=BatchResultSerializer(many=True))
    def post(self, request: Request) -> Response:
        said, person = self.read(BatchSerializer), person_of(request)
        ids = list(dict.fromkeys(said["applications"]))
        if said["decision"] == "APPROVE":
            results = batch.approve(ids, opinion=said["opinion"], by=person)
        else:
            results = batch.reject(ids, reason_code=said["reason_code"], note=said["opinion"], by=person)
        return Response(BatchResultSerializer(results, many=True).data)
