"""The whole file of one application, as far as the person may see it."""

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aladdin import masking
from loans import bureau, checklist, retakes
from loans.api.applications import ApplicationSerializer
from loans.api.common import RELATED, BlockerSerializer, PersonSerializer, person_of
from loans.models import (
    ApplicationTransition,
    ApprovalDecision,
    Contract,
    CostDisclosure,
    CreditAuthorization,
    CreditReport,
    DueDiligence,
    IdentityCheck,
    LoanAccount,
    LoanApplication,
    Material,
    Payment,
    ReturnItem,
    ReviewOpinion,
)


class TransitionSerializer(serializers.ModelSerializer[ApplicationTransition]):
    by = PersonSerializer(read_only=True, allow_null=True, help_text="空为系统")
    to_label = serializers.CharField(source="get_to_state_display", read_only=True)

    class Meta:
        model = ApplicationTransition
        fields = ["name", "from_state", "to_state", "to_label", "by", "at", "reason", "snapshot_sha256"]


class IdentityCheckSerializer(serializers.ModelSerializer[IdentityCheck]):
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)
    face_outcome_label = serializers.CharField(source="get_face_outcome_display", read_only=True)
    by = PersonSerializer(read_only=True)

    class Meta:
        model = IdentityCheck
        fields = [
            "id",
            "party",
            "method",
            "outcome",
            "outcome_label",
            "face_outcome",
            "face_outcome_label",
            "face_score",
            "passed",
            "provider_reference",
            "second_document",
            "note",
            "by",
            "at",
        ]


class AuthorizationSerializer(serializers.ModelSerializer[CreditAuthorization]):
    class Meta:
        model = CreditAuthorization
        fields = [
            "id",
            "authorization_no",
            "party",
            "reasons",
            "text_version",
            "text_sha256",
            "signed_at",
            "signed_place",
            "signing_method",
            "signature_sha256",
            "channel",
            "paper_sha256",
            "valid_until",
            "spent_at",
            "revoked_at",
        ]


class ReportBriefSerializer(serializers.ModelSerializer[CreditReport]):
    """That there is a report, without its figures."""

    queried_by = PersonSerializer(read_only=True)

    class Meta:
        model = CreditReport
        fields = [
            "id",
            "party",
            "reason",
            "state",
            "queried_by",
            "queried_at",
            "failure",
            "report_no",
            "received_at",
            "expires_on",
        ]


class ReportFiguresSerializer(ReportBriefSerializer):
    """With the summary figures, for investigators and for who may read reports."""

    class Meta(ReportBriefSerializer.Meta):
        fields = [
            *ReportBriefSerializer.Meta.fields,
            "loan_accounts",
            "overdue_accounts",
            "overdue_amount",
            "overdue_months_24m",
            "queries_3m",
            "debt_balance",
            "monthly_payment",
        ]


class DueDiligenceSerializer(serializers.ModelSerializer[DueDiligence]):
    investigator = PersonSerializer(read_only=True)
    confirmed_by = PersonSerializer(read_only=True, allow_null=True)
    interview = serializers.CharField(read_only=True)

    class Meta:
        model = DueDiligence
        exclude = ["application", "interview_sealed"]


class PictureQualitySerializer(serializers.Serializer[Any]):
    """How good a picture is, and what to do better where another shot is wanted."""

    sharpness = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="拉普拉斯方差，越大越清晰")
    glare = serializers.DecimalField(max_digits=5, decimal_places=4, help_text="反光占比 0–1")
    brightness = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="中位灰度 0–255")
    retake = serializers.BooleanField(help_text="建议重拍")
    problems = BlockerSerializer(many=True)


class MaterialSerializer(serializers.ModelSerializer[Material]):
    type_label = serializers.CharField(source="get_type_display", read_only=True)
    quality = serializers.SerializerMethodField()

    class Meta:
        model = Material
        fields = [
            "id",
            "type",
            "type_label",
            "original_sha256",
            "copy_sha256",
            "width",
            "height",
            "page",
            "pages",
            "quality",
            "taken_at",
            "latitude",
            "longitude",
            "expires_on",
            "uploaded_by",
            "created_at",
        ]

    @cached_property
    def _bounds(self) -> retakes.Bounds:
        """One serializer shows a whole list: the thresholds are read once for it."""
        return retakes.bounds()

    @extend_schema_field(PictureQualitySerializer(allow_null=True))
    def get_quality(self, material: Material) -> Any:
        scores = retakes.scores_of(material)
        if scores is None:
            return None
        found = retakes.problems(scores, width=material.width, height=material.height, within=self._bounds)
        shown = {
            "sharpness": scores.sharpness,
            "glare": scores.glare,
            "brightness": scores.brightness,
            "retake": bool(found),
            "problems": found,
        }
        return PictureQualitySerializer(shown).data


class ChecklistEntrySerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    type_label = serializers.CharField(source="type.label")
    stage = serializers.CharField()
    pages = serializers.IntegerField(help_text="至少张数")
    filed = serializers.IntegerField(help_text="已有张数")
    is_expired = serializers.BooleanField()
    expires_soon = serializers.BooleanField()
    is_complete = serializers.BooleanField()


class ReturnItemSerializer(serializers.ModelSerializer[ReturnItem]):
    class Meta:
        model = ReturnItem
        fields = ["id", "round", "step", "reason_code", "text", "answer", "answered_by", "answered_at"]


class OpinionSerializer(serializers.ModelSerializer[ReviewOpinion]):
    by = PersonSerializer(read_only=True)

    class Meta:
        model = ReviewOpinion
        exclude = ["application"]


class DecisionSerializer(serializers.ModelSerializer[ApprovalDecision]):
    by = PersonSerializer(read_only=True)
    on_behalf_of = PersonSerializer(
        source="delegation.delegator",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="受谁转授权，空为本人授权",
    )

    class Meta:
        model = ApprovalDecision
        exclude = ["application"]


class DisclosureSerializer(serializers.ModelSerializer[CostDisclosure]):
    class Meta:
        model = CostDisclosure
        exclude = ["application", "signature_file", "signed_ip", "signed_device", "file"]


class ContractBriefSerializer(serializers.ModelSerializer[Contract]):
    class Meta:
        model = Contract
        fields = [
            "id",
            "contract_no",
            "template_version",
            "sha256",
            "amount",
            "term_months",
            "rate",
            "repayment_method",
            "repayment_day",
            "signing",
            "signed_at",
        ]


class PaymentBriefSerializer(serializers.ModelSerializer[Payment]):
    class Meta:
        model = Payment
        fields = [
            "id",
            "draw",
            "client_ref",
            "amount",
            "mode",
            "state",
            "core_serial_no",
            "failure",
            "sent_at",
            "settled_at",
        ]


class AccountBriefSerializer(serializers.ModelSerializer[LoanAccount]):
    class Meta:
        model = LoanAccount
        fields = ["id", "account_no", "principal", "balance", "rate", "disbursed_on", "matures_on", "status"]


class FileSerializer(ApplicationSerializer):
    """The whole file of one application, with its timeline."""

    reviewer = PersonSerializer(read_only=True, allow_null=True)
    approver = PersonSerializer(read_only=True, allow_null=True)
    disbursement_officer = PersonSerializer(read_only=True, allow_null=True)
    product_version = serializers.IntegerField(source="product_version.version", read_only=True)
    employer = serializers.CharField(read_only=True)
    payee_name = serializers.CharField(read_only=True)
    payee_account = serializers.SerializerMethodField(help_text="脱敏")
    identity_checks = IdentityCheckSerializer(many=True, read_only=True)
    credit_authorizations = AuthorizationSerializer(many=True, read_only=True)
    credit_reports = serializers.SerializerMethodField()
    due_diligence = serializers.SerializerMethodField()
    materials = serializers.SerializerMethodField()
    checklist = serializers.SerializerMethodField()
    return_items = ReturnItemSerializer(many=True, read_only=True)
    review_opinions = OpinionSerializer(many=True, read_only=True)
    approval_decisions = DecisionSerializer(many=True, read_only=True)
    cost_disclosures = DisclosureSerializer(many=True, read_only=True)
    contract = serializers.SerializerMethodField()
    payments = PaymentBriefSerializer(many=True, read_only=True)
    accounts = AccountBriefSerializer(many=True, read_only=True)
    timeline = TransitionSerializer(source="transitions", many=True, read_only=True)

    class Meta(ApplicationSerializer.Meta):
        fields = [
            *ApplicationSerializer.Meta.fields,
            "product_version",
            "purpose_note",
            "repayment_day",
            "occupation",
            "marital_status",
            "employer",
            "monthly_income",
            "monthly_debt",
            "identity_expires_on",
            "identity_is_long_term",
            "payee_name",
            "payee_account",
            "payee_bank",
            "reviewer",
            "approver",
            "disbursement_officer",
            "returns",
            "accepted_at",
            "submitted_at",
            "closed_at",
            "approval_level",
            "approved_term_months",
            "approved_rate",
            "approval_expires_on",
            "identity_checks",
            "credit_authorizations",
            "credit_reports",
            "due_diligence",
            "materials",
            "checklist",
            "return_items",
            "review_opinions",
            "approval_decisions",
            "cost_disclosures",
            "contract",
            "payments",
            "accounts",
            "timeline",
        ]
        read_only_fields = fields

    def get_payee_account(self, application: LoanApplication) -> str:
        return masking.bank_card(application.payee_account) if application.payee_account else ""

    @extend_schema_field(ReportFiguresSerializer(many=True))
    def get_credit_reports(self, application: LoanApplication) -> Any:
        may_see = bureau.may_see_figures(application, person_of(self.context["request"]))
        shape = ReportFiguresSerializer if may_see else ReportBriefSerializer
        return shape(application.credit_reports.all(), many=True).data

    @extend_schema_field(DueDiligenceSerializer)
    def get_due_diligence(self, application: LoanApplication) -> Any:
        row = getattr(application, "due_diligence", None)
        return DueDiligenceSerializer(row).data if row is not None else None

    @extend_schema_field(MaterialSerializer(many=True))
    def get_materials(self, application: LoanApplication) -> Any:
        return MaterialSerializer(application.materials.standing(), many=True).data

    @extend_schema_field(ChecklistEntrySerializer(many=True))
    def get_checklist(self, application: LoanApplication) -> Any:
        return ChecklistEntrySerializer(checklist.entries(application), many=True).data

    @extend_schema_field(ContractBriefSerializer)
    def get_contract(self, application: LoanApplication) -> Any:
        row = getattr(application, "contract", None)
        return ContractBriefSerializer(row).data if row is not None else None


_WITH_ONE = ("due_diligence__investigator", "due_diligence__confirmed_by", "contract")
#: What the file shows of people besides, fetched at once.
_WITH_PEOPLE = (
    "identity_checks__by",
    "credit_authorizations",
    "credit_reports__queried_by",
    "return_items",
    "review_opinions__by",
    "approval_decisions__by",
    "approval_decisions__delegation__delegator",
    "cost_disclosures",
    "payments",
    "accounts",
    "transitions__by",
)


def whole_file(application: LoanApplication) -> LoanApplication:
    """The application with everything its file shows, fetched in a constant number of queries."""
    rows = LoanApplication.objects.select_related(*RELATED, *_WITH_ONE)
    found: LoanApplication = rows.prefetch_related(*_WITH_PEOPLE).get(pk=application.pk)
    return found
