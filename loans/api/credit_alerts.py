"""Alerts about the use of the credit bureau, for the head of the branch."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import NotFound
from loans import credit_alerts
from loans.api.common import TAG, PersonSerializer, person_of
from loans.models import CreditQueryAlert


class CreditAlertSerializer(serializers.ModelSerializer[CreditQueryAlert]):
    """One oddity and what was found out about it."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    application_no = serializers.CharField(source="application.application_no", read_only=True, allow_null=True)
    officer = PersonSerializer(read_only=True, allow_null=True, help_text="查询人")
    owner = PersonSerializer(read_only=True, allow_null=True, help_text="处理责任人")
    handled_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = CreditQueryAlert
        fields = [
            "id",
            "kind",
            "kind_label",
            "state",
            "state_label",
            "detail",
            "branch",
            "branch_name",
            "application",
            "application_no",
            "officer",
            "owner",
            "created_at",
            "handled_by",
            "handled_at",
            "note",
        ]
        read_only_fields = fields


class CreditAlertFilter(filters.FilterSet):
    class Meta:
        model = CreditQueryAlert
        fields = ["state", "kind", "branch"]


class HandleSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="核查情况与处理")


_FILTERS = [
    OpenApiParameter("state", str, enum=CreditQueryAlert.State.values),
    OpenApiParameter("kind", str, enum=CreditQueryAlert.Kind.values),
]


class AlertListView(BankView):
    """Alerts within one's scope, the newest first."""

    access = {"GET": "credit_alert.read"}
    filterset_class = CreditAlertFilter

    @extend_schema(tags=[TAG], summary="征信异常预警", parameters=_FILTERS, responses=CreditAlertSerializer(many=True))
    def get(self, request: Request) -> Response:
        visible = CreditQueryAlert.objects.visible_to(person_of(request))
        rows = visible.select_related("branch", "application", "officer", "owner", "handled_by")
        return self.page(rows, CreditAlertSerializer)


class HandleView(BankView):
    """What the head of the branch found out."""

    access = {"POST": "credit_alert.handle"}

    @extend_schema(tags=[TAG], summary="处理征信异常预警", request=HandleSerializer, responses=CreditAlertSerializer)
    def post(self, request: Request, alert_id: UUID) -> Response:
        by = person_of(request)
        if not CreditQueryAlert.objects.visible_to(by).filter(pk=alert_id).exists():
            raise NotFound("没有找到该预警")
        note = self.read(HandleSerializer)["note"]
        return self.one(credit_alerts.handle(alert_id, note=note, by=by), CreditAlertSerializer)
