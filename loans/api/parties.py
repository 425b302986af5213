"""The people beside the borrower, on the phone of investigator A."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.concurrency import expected_version
from aladdin.api.views import BankView
from loans import gates, parties
from loans.api.common import TAG, application_within, person_of
from loans.codes import PartyRole, Relation
from loans.models import LoanParty
from loans.obligors import Obligor


class PartySerializer(serializers.ModelSerializer[LoanParty]):
    """A person beside the borrower, masked, with how far his checks have come."""

    role_label = serializers.CharField(source="get_role_display", read_only=True)
    relation_label = serializers.CharField(source="get_relation_display", read_only=True)
    name = serializers.CharField(source="masked_name", read_only=True, help_text="脱敏")
    identity_no = serializers.SerializerMethodField(help_text="脱敏")
    mobile = serializers.SerializerMethodField(help_text="脱敏")
    employer = serializers.CharField(read_only=True)
    is_customer = serializers.SerializerMethodField(help_text="是否本行客户")
    is_verified = serializers.SerializerMethodField(help_text="身份已核验")
    has_authorized = serializers.SerializerMethodField(help_text="有可用的征信授权")
    has_report = serializers.SerializerMethodField(help_text="有可用的征信报告")

    class Meta:
        model = LoanParty
        fields = [
            "id",
            "role",
            "role_label",
            "relation",
            "relation_label",
            "name",
            "identity_no",
            "mobile",
            "employer",
            "monthly_income",
            "is_obligor",
            "identity_expires_on",
            "identity_is_long_term",
            "is_customer",
            "is_verified",
            "has_authorized",
            "has_report",
            "created_at",
            "version",
        ]

    def get_identity_no(self, party: LoanParty) -> str:
        person, case = person_of(self.context["request"]), party.application
        investigates = person.pk in {case.investigator_id, case.co_investigator_id}
        mask = masking.identity_number_for_owner if investigates else masking.identity_number_in_list
        return mask(party.identity_no)

    def get_mobile(self, party: LoanParty) -> str:
        return masking.mobile(party.mobile)

    def get_is_customer(self, party: LoanParty) -> bool:
        return party.customer_id is not None

    def get_is_verified(self, party: LoanParty) -> bool:
        return not any(gates.identity_of(Obligor(party.application, party)))

    def get_has_authorized(self, party: LoanParty) -> bool:
        return gates.standing_authorization(Obligor(party.application, party)) is not None

    def get_has_report(self, party: LoanParty) -> bool:
        return gates.report_of(Obligor(party.application, party)) is not None


class PartyEditSerializer(serializers.Serializer[Any]):
    """What may be said of him; each may come later."""

    relation = serializers.ChoiceField(choices=Relation.choices, required=False)
    name = serializers.CharField(max_length=60, required=False)
    identity_no = serializers.CharField(max_length=40, required=False, help_text="身份证号；核验或签署授权后不能修改")
    mobile = serializers.CharField(max_length=20, required=False)
    employer = serializers.CharField(max_length=100, required=False, allow_blank=True)
    monthly_income = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, required=False)
    identity_expires_on = serializers.DateField(required=False, allow_null=True)
    identity_is_long_term = serializers.BooleanField(required=False)
    is_obligor = serializers.BooleanField(required=False, help_text="配偶是否共同承担偿还责任")


class NewPartySerializer(PartyEditSerializer):
    """A person to be entered."""

    id = serializers.UUIDField(required=False, help_text="可由手机生成（UUIDv7），防止重复")
    role = serializers.ChoiceField(choices=PartyRole.choices)
    relation = serializers.ChoiceField(choices=Relation.choices)
    name = serializers.CharField(max_length=60)
    identity_no = serializers.CharField(max_length=40, help_text="身份证号")
    mobile = serializers.CharField(max_length=20)


class PartiesView(BankView):
    """Who else stands in the file, and a new one."""

    access = {"GET": "loan.read", "POST": "loan.edit"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_parties_list",
        tags=[TAG],
        summary="共同借款人、配偶与保证人",
        responses=PartySerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        rows = LoanParty.objects.visible_to(person_of(request)).standing().filter(application=application)
        rows = rows.select_related("application__customer").order_by("created_at", "id")
        return Response(PartySerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(tags=[TAG], summary="录入关联人", request=NewPartySerializer, responses={201: PartySerializer})
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(NewPartySerializer)
        party, is_new = parties.add(application, by=person_of(request), party_id=said.pop("id", None), **said)
        return self.one(party, PartySerializer, status=201 if is_new else 200)


class PartyView(BankView):
    """One of them: corrected, or taken out."""

    access = {"PATCH": "loan.edit", "DELETE": "loan.edit"}

    @extend_schema(tags=[TAG], summary="修改关联人", request=PartyEditSerializer, responses=PartySerializer)
    def patch(self, request: Request, application_id: UUID, party_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(PartyEditSerializer)
        version = expected_version(request)
        party = parties.edit(application, party_id, by=person_of(request), version=version, **said)
        return self.one(party, PartySerializer)

    @extend_schema(tags=[TAG], summary="移除关联人", responses={204: None})
    def delete(self, request: Request, application_id: UUID, party_id: UUID) -> Response:
        parties.remove(application_within(request, application_id), party_id, by=person_of(request))
        return Response(status=204)
