"""The API of post-loan checks."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from organization.caller import caller
from postloan import checks
from postloan.machine import Conclusion, Method
from postloan.models import PostLoanCheck, PostLoanCheckQuerySet, PostLoanCheckTransition

_TAG = ["贷后检查"]


class CheckSerializer(serializers.ModelSerializer[PostLoanCheck]):
    loan_account_no = serializers.CharField(source="loan_account.account_no", read_only=True)
    executor_name = serializers.CharField(source="executor.name", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)
    was_late = serializers.BooleanField(read_only=True)

    class Meta:
        model = PostLoanCheck
        fields = [
            "id",
            "kind",
            "status",
            "loan_account",
            "loan_account_no",
            "branch",
            "executor",
            "executor_name",
            "reviewer",
            "opens_on",
            "due_on",
            "is_overdue",
            "was_late",
            "method",
            "use_of_funds",
            "findings",
            "conclusion",
            "visited_at",
            "latitude",
            "longitude",
            "submitted_at",
            "completed_at",
            "review_opinion",
            "version",
        ]


class CheckTransitionSerializer(serializers.ModelSerializer[PostLoanCheckTransition]):
    by_name = serializers.CharField(source="by.name", default="系统", read_only=True)

    class Meta:
        model = PostLoanCheckTransition
        fields = ["name", "from_status", "to_status", "by", "by_name", "at", "reason"]


class ReportSerializer(serializers.Serializer[Any]):
    method = serializers.ChoiceField(choices=Method.choices, help_text="检查方式")
    findings = serializers.CharField(max_length=4000, help_text="检查情况")
    conclusion = serializers.ChoiceField(choices=Conclusion.choices, help_text="结论")
    use_of_funds = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, help_text="资金用途及所核凭证，首次检查必填"
    )
    visited_at = serializers.DateTimeField(required=False, allow_null=True, help_text="到访时间，实地检查必填")
    latitude = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False, allow_null=True
    )
    longitude = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False, allow_null=True
    )


class CheckReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, help_text="原因")


class CheckOpinionSerializer(serializers.Serializer[Any]):
    opinion = serializers.CharField(max_length=2000, help_text="审核意见")


class CheckFilter(filters.FilterSet):
    overdue = filters.BooleanFilter(method="only_overdue", label="只看逾期")

    class Meta:
        model = PostLoanCheck
        fields = ["status", "kind", "branch", "executor", "loan_account"]

    def only_overdue(self, queryset: PostLoanCheckQuerySet, name: str, wanted: bool) -> PostLoanCheckQuerySet:
        return queryset.overdue() if wanted else queryset


class CheckListView(BankView):
    """Checks within one's scope, the most urgent first."""

    access = {"GET": "post_loan_check.read"}
    filterset_class = CheckFilter

    @extend_schema(tags=_TAG, summary="贷后检查列表", responses=CheckSerializer(many=True))
    def get(self, request: Request) -> Response:
        visible = PostLoanCheck.objects.visible_to(caller(request)).select_related("executor", "loan_account")
        return self.page(visible, CheckSerializer, ordering=("due_on", "id"))


class CheckView(BankView):
    """One check."""

    access = {"GET": "post_loan_check.read"}

    @extend_schema(tags=_TAG, summary="贷后检查", responses=CheckSerializer)
    def get(self, request: Request, check_id: UUID) -> Response:
        return self.one(checks.find(check_id, by=caller(request)), CheckSerializer)


class CheckTransitionsView(BankView):
    """What has happened to a check."""

    access = {"GET": "post_loan_check.read"}
    pagination_class = None

    @extend_schema(tags=_TAG, summary="贷后检查流转记录", responses=CheckTransitionSerializer(many=True))
    def get(self, request: Request, check_id: UUID) -> Response:
        moves = checks.find(check_id, by=caller(request)).transitions.select_related("by")
        return Response(CheckTransitionSerializer(moves, many=True).data)


class StartCheckView(BankView):
    """The executor begins."""

    access = {"POST": "post_loan_check.do"}

    @extend_schema(tags=_TAG, summary="开始检查", request=None, responses=CheckSerializer)
    def post(self, request: Request, check_id: UUID) -> Response:
        check = checks.find(check_id, by=caller(request))
        return self.one(checks.start(check, by=caller(request)), CheckSerializer)


class SubmitCheckView(BankView):
    """The executor hands the report in."""

    access = {"POST": "post_loan_check.do"}

    @extend_schema(tags=_TAG, summary="提交检查报告", request=ReportSerializer, responses=CheckSerializer)
    def post(self, request: Request, check_id: UUID) -> Response:
        check = checks.find(check_id, by=caller(request))
        report = checks.Report(**self.read(ReportSerializer))
        return self.one(checks.submit(check, report, by=caller(request)), CheckSerializer)


class ReturnCheckView(BankView):
    """The reviewer wants more."""

    access = {"POST": "post_loan_check.review"}

    @extend_schema(tags=_TAG, summary="退回检查", request=CheckReasonSerializer, responses=CheckSerializer)
    def post(self, request: Request, check_id: UUID) -> Response:
        check = checks.find(check_id, by=caller(request))
        said = self.read(CheckReasonSerializer)
        return self.one(checks.send_back(check, by=caller(request), **said), CheckSerializer)


class CompleteCheckView(BankView):
    """The reviewer accepts the report."""

    access = {"POST": "post_loan_check.complete"}

    @extend_schema(tags=_TAG, summary="审核通过", request=CheckOpinionSerializer, responses=CheckSerializer)
    def post(self, request: Request, check_id: UUID) -> Response:
        check = checks.find(check_id, by=caller(request))
        said = self.read(CheckOpinionSerializer)
        return self.one(checks.complete(check, by=caller(request), **said), CheckSerializer)


class CancelCheckView(BankView):
    """The reviewer drops a check."""

    access = {"POST": "post_loan_check.complete"}

    @extend_schema(tags=_TAG, summary="取消检查", request=CheckReasonSerializer, responses=CheckSerializer)
    def post(self, request: Request, check_id: UUID) -> Response:
        check = checks.find(check_id, by=caller(request))
        said = self.read(CheckReasonSerializer)
        return self.one(checks.cancel(check, by=caller(request), **said), CheckSerializer)
