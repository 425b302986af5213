"""Drafts that come back from a phone without a connection."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import offline
from loans.api.applications import ApplicationSerializer
from loans.api.common import TAG, device_of, person_of
from loans.api.forms import ConflictSerializer
from loans.offline import Edit, Parcel

_MOST = 500


class FieldEditSerializer(serializers.Serializer[Any]):
    """One change, with the phone's own moment for it."""

    step = serializers.CharField(max_length=24)
    row = serializers.UUIDField(required=False, allow_null=True, help_text="分行步骤的行标识（手机生成的 UUIDv7）")
    field = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="空为移除整行")
    value = serializers.JSONField(required=False, allow_null=True)
    at = serializers.DateTimeField(help_text="手机上修改的时间")


class ParcelSerializer(serializers.Serializer[Any]):
    """What the phone changed off-line."""

    customer = serializers.UUIDField(required=False, help_text="新草稿必填")
    product = serializers.CharField(max_length=30, required=False, help_text="产品代码；新草稿必填")
    seen = serializers.IntegerField(min_value=0, default=0, help_text="手机最后见到的申请版本；从未见到为0")
    changes = serializers.ListField(child=FieldEditSerializer(), max_length=_MOST)


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one change."""

    step = serializers.CharField()
    row = serializers.CharField(allow_blank=True)
    field = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(
        choices=["TAKEN", "SAME", "SUPERSEDED", "REPEATED", "TAKEN_OVER_OTHER", "KEPT_OTHER", "REFUSED"]
    )


class MergedSerializer(serializers.Serializer[Any]):
    """The draft after the merge; conflicts carry both values, errors the path of each refused change."""

    application = ApplicationSerializer()
    is_new = serializers.BooleanField()
    outcomes = OutcomeSerializer(source="told", many=True)
    conflicts = ConflictSerializer(many=True)
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not the attribute
        child=serializers.ListField(child=serializers.CharField())
    )


class SyncView(BankView):
    """Merge what a phone changed off-line; sending again is harmless."""

    access = {"POST": "loan.edit"}

    @extend_schema(
        tags=[TAG],
        summary="合并离线草稿",
        description="草稿标识由手机生成（UUIDv7）。逐字段合并：重复发送无影响，两方不同的填写以两个值报告。",
        request=ParcelSerializer,
        responses={200: MergedSerializer, 201: MergedSerializer},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        said = self.read(ParcelSerializer)
        parcel = Parcel(
            application_id=application_id,
            device=device_of(request),
            seen=said["seen"],
            edits=[_edit(each) for each in said["changes"]],
            customer_id=said.get("customer"),
            product=said.get("product", ""),
        )
        merged = offline.merge(parcel, by=person_of(request))
        return self.one(merged, MergedSerializer, status=201 if merged.is_new else 200)


def _edit(said: dict[str, Any]) -> Edit:
    row = said.get("row")
    return Edit(
        step=said["step"],
        row=str(row) if row else "",
        field=said.get("field", ""),
        value=said.get("value"),
        at=said["at"],
    )
