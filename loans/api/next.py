"""What is missing for the way forward, and why."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import next_steps
from loans.api.common import TAG, BlockerSerializer, application_within, person_of


class DoorSerializer(serializers.Serializer[Any]):
    method = serializers.CharField()
    path = serializers.CharField()


class GuidedBlockerSerializer(BlockerSerializer):
    """A reason, with who can remove it and where."""

    who = serializers.CharField(source="door.who.label", help_text="应由哪个岗位办理")
    door = DoorSerializer(help_text="办理的地址")


class IntakeStepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    step_label = serializers.CharField(source="step.label")
    is_done = serializers.BooleanField()
    who = serializers.CharField(source="door.who.label", help_text="应由哪个岗位办理")
    door = DoorSerializer(help_text="办理该步骤的地址")
    has_form = serializers.BooleanField(help_text="是否有表单（GET forms/<step>）")
    blockers = GuidedBlockerSerializer(many=True)


class ReturnedToSerializer(serializers.Serializer[Any]):
    step = serializers.CharField(allow_null=True, help_text="退回至哪个步骤，空为全部资料")
    label = serializers.CharField()  # type: ignore[assignment]  # the step's own name
    items = serializers.ListField(child=serializers.CharField(), help_text="须补充的事项")


class NextStepSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    state_label = serializers.CharField(source="state.label")
    owner = serializers.CharField(help_text="当前应由哪个岗位办理")
    move = serializers.CharField(help_text="下一步动作代码，已终结为空")
    move_label = serializers.CharField(source="label", help_text="下一步动作")
    blockers = GuidedBlockerSerializer(many=True, help_text="下一步尚缺什么及原因，由谁在何处办理")
    warnings = BlockerSerializer(many=True, help_text="提示，不影响办理")
    possible = serializers.ListField(child=serializers.CharField(), help_text="本人现在可办理的动作")
    steps = IntakeStepSerializer(many=True)
    returned_to = ReturnedToSerializer(many=True, help_text="被退回至哪些步骤")


class NextView(BankView):
    """What is missing for the way forward, and why."""

    access = {"GET": "loan.read"}

    @extend_schema(tags=[TAG], summary="下一步：缺什么、为什么", responses=NextStepSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        return Response(NextStepSerializer(next_steps.next_of(application, by=person_of(request))).data)
