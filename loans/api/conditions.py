"""Conditions precedent: met by the RM, confirmed by the disbursement officer."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import conditions_precedent
from loans.api.common import TAG, PersonSerializer, ReasonSerializer, application_within, person_of
from loans.models import ConditionPrecedent


class ConditionSerializer(serializers.ModelSerializer[ConditionPrecedent]):
    met_by = PersonSerializer(read_only=True, allow_null=True)
    confirmed_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ConditionPrecedent
        fields = ["id", "number", "text", "evidence", "met_by", "met_at", "confirmed_by", "confirmed_at"]
        read_only_fields = fields


class EvidenceSerializer(serializers.Serializer[Any]):
    evidence = serializers.CharField(max_length=500, help_text="如何落实、依据何在")


class ConditionsView(BankView):
    """The conditions of the approval, and how far each has come."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="放款前提条件", responses=ConditionSerializer(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        rows = application_within(request, application_id).conditions_precedent.select_related("met_by", "confirmed_by")
        return Response(ConditionSerializer(rows, many=True).data)


class MeetView(BankView):
    """The RM says how it was met."""

    access = {"POST": "loan.request_disbursement"}

    @extend_schema(tags=[TAG], summary="落实放款条件", request=EvidenceSerializer, responses=ConditionSerializer)
    def post(self, request: Request, application_id: UUID, item_id: int) -> Response:
        application = application_within(request, application_id)
        evidence = self.read(EvidenceSerializer)["evidence"]
        row = conditions_precedent.meet(application, item_id, evidence=evidence, by=person_of(request))
        return self.one(row, ConditionSerializer)


class ConfirmView(BankView):
    """The officer confirms it."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="确认放款条件", request=None, responses=ConditionSerializer)
    def post(self, request: Request, application_id: UUID, item_id: int) -> Response:
        application = application_within(request, application_id)
        return self.one(conditions_precedent.confirm(application, item_id, by=person_of(request)), ConditionSerializer)


class ReopenView(BankView):
    """The officer finds it not met."""

    access = {"POST": "loan.disburse"}

    @extend_schema(tags=[TAG], summary="放款条件须重新落实", request=ReasonSerializer, responses=ConditionSerializer)
    def post(self, request: Request, application_id: UUID, item_id: int) -> Response:
        application = application_within(request, application_id)
        reason = self.read(ReasonSerializer)["reason"]
        row = conditions_precedent.reopen(application, item_id, reason=reason, by=person_of(request))
        return self.one(row, ConditionSerializer)
