"""What was handed in each time, and what changed in between."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import submissions
from loans.api.common import TAG, PersonSerializer, application_within


class FileChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the changed thing's own name
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class SubmissionSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField(help_text="第几次报审")
    by = PersonSerializer()
    at = serializers.DateTimeField()
    snapshot_sha256 = serializers.CharField(help_text="资料快照摘要")
    changes = FileChangeSerializer(many=True, help_text="与上次报审相比的变化")


class SubmissionsView(BankView):
    """Every hand-in of the file, with what changed since the one before."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(tags=[TAG], summary="历次报审与变化", responses=SubmissionSerializer(many=True))
    def get(self, request: Request, application_id: UUID) -> Response:
        found = submissions.of(application_within(request, application_id))
        return Response(SubmissionSerializer(found, many=True).data)
