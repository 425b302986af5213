"""Lending one's seat at approval."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import delegation
from loans.api.common import TAG, PersonSerializer, person_of
from loans.models import ApprovalDelegation
from organization.models import Staff


class DelegationSerializer(serializers.ModelSerializer[ApprovalDelegation]):
    delegator = PersonSerializer(read_only=True, help_text="授权人")
    delegate = PersonSerializer(read_only=True, help_text="受托人")

    class Meta:
        model = ApprovalDelegation
        fields = ["id", "delegator", "delegate", "first_day", "last_day", "reason", "created_at", "revoked_at"]
        read_only_fields = fields


class LendSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=12, help_text="受托人工号")
    first_day = serializers.DateField(help_text="起（含）")
    last_day = serializers.DateField(help_text="止（含）")
    reason = serializers.CharField(max_length=200, help_text="原因")


class DelegationsView(BankView):
    """Seats that one lent or was lent; and lending one's own."""

    access = {"GET": "loan.delegate", "POST": "loan.delegate"}

    @extend_schema(tags=[TAG], summary="审批转授权", responses=DelegationSerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = ApprovalDelegation.objects.visible_to(person_of(request)).select_related("delegator", "delegate")
        return self.page(mine, DelegationSerializer)

    @extend_schema(tags=[TAG], summary="转授审批权限", request=LendSerializer, responses={201: DelegationSerializer})
    def post(self, request: Request) -> Response:
        said = self.read(LendSerializer)
        to = Staff.objects.active().filter(employee_no=said.pop("to")).first()
        if to is None:
            raise NotFound("没有找到该员工")
        return self.one(delegation.lend(to=to, by=person_of(request), **said), DelegationSerializer, status=201)


class RevokeDelegationView(BankView):
    """The seat is taken back."""

    access = {"POST": "loan.delegate"}

    @extend_schema(tags=[TAG], summary="撤销转授权", request=None, responses=DelegationSerializer)
    def post(self, request: Request, delegation_id: UUID) -> Response:
        person = person_of(request)
        row = ApprovalDelegation.objects.visible_to(person).filter(pk=delegation_id).first()
        if row is None:
            raise NotFound("没有找到该转授权")
        return self.one(delegation.revoke(row, by=person), DelegationSerializer)
