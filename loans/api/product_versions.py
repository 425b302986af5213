"""Versions of products for product managers: tried out with a sample, and compared."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import product_comparison, product_trial
from loans.api.common import TAG, BlockerSerializer, person_of
from loans.models import LoanProductVersion


class VersionBriefSerializer(serializers.ModelSerializer[LoanProductVersion]):
    """A version by number and state."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = LoanProductVersion
        fields = ["id", "version", "state", "state_label", "effective_from", "change_note", "legal_basis"]


class SampleSerializer(serializers.Serializer[Any]):
    """A made-up case."""

    documents = serializers.DictField(
        child=serializers.DictField(), required=False, help_text="步骤代码 → 该步骤表单内容"
    )
    born_on = serializers.DateField(required=False, help_text="借款人出生日期")


class TriedStepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    step_label = serializers.CharField(source="step.label")
    faults = BlockerSerializer(many=True)


class TriedPaperSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    type_label = serializers.CharField(source="type.label")
    stage = serializers.CharField()
    pages = serializers.IntegerField()


class TriedInstalmentSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    due_on = serializers.DateField()
    principal = serializers.CharField()
    interest = serializers.CharField()
    payment = serializers.CharField()
    balance = serializers.CharField()


class TrialSerializer(serializers.Serializer[Any]):
    """What the version makes of the sample."""

    unsound = serializers.ListField(child=serializers.CharField(), help_text="发布前仍须解决的问题")
    steps = TriedStepSerializer(many=True, help_text="各步骤尚缺或有误的内容")
    limits = BlockerSerializer(many=True)
    papers = TriedPaperSerializer(many=True)
    rate = serializers.DecimalField(max_digits=9, decimal_places=6, allow_null=True)
    schedule = TriedInstalmentSerializer(many=True)
    total_interest = serializers.CharField()
    approval_level = serializers.IntegerField(allow_null=True)
    approval_level_label = serializers.CharField(source="approval_level.label", default="")
    is_entrusted_required = serializers.BooleanField(allow_null=True)
    may_sign_electronically = serializers.BooleanField(allow_null=True)
    needs_two_investigators = serializers.BooleanField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    part = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the attribute
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


def _version(version_id: UUID) -> LoanProductVersion:
    found = LoanProductVersion.objects.select_related("product").filter(pk=version_id).first()
    if found is None:
        raise NotFound("没有找到该产品版本")
    return found


class ProductVersionsView(BankView):
    """Every version of a product, drafts included."""

    access = {"GET": "loan_product.try"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_product_versions_list",
        tags=[TAG],
        summary="产品的全部版本（含草稿）",
        responses=VersionBriefSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        rows = LoanProductVersion.objects.filter(product__code=code).order_by("-version")
        return Response(VersionBriefSerializer(rows, many=True).data)


class TrialView(BankView):
    """A version, published or not, put to a sample."""

    access = {"POST": "loan_product.try"}

    @extend_schema(
        tags=[TAG], summary="用样例试算产品版本（含草稿）", request=SampleSerializer, responses=TrialSerializer
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        version = _version(version_id)
        said = self.read(SampleSerializer)
        found = product_trial.try_out(
            version, said.get("documents", {}), born_on=said.get("born_on"), by=person_of(request)
        )
        return Response(TrialSerializer(found).data)


class ComparisonView(BankView):
    """Two versions beside each other."""

    access = {"GET": "loan_product.try"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_product_versions_comparison",
        tags=[TAG],
        summary="比较两个产品版本",
        responses=DifferenceSerializer(many=True),
    )
    def get(self, request: Request, version_id: UUID, other_id: UUID) -> Response:
        found = product_comparison.compare(_version(version_id), _version(other_id))
        return Response(DifferenceSerializer(found, many=True).data)
