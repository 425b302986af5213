"""The API of one's own wishes: which kinds of notices come by which channels."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from notifications import manners, preferences
from notifications.kinds import Severity
from notifications.manners import Mode, Outlet, Rules
from organization.caller import caller

MOST_CHANGES = 200


class SettingSerializer(serializers.Serializer[Any]):
    """One kind by one channel."""

    channel = serializers.ChoiceField(choices=Outlet.choices)
    mode = serializers.ChoiceField(choices=Mode.choices)
    usual = serializers.ChoiceField(choices=Mode.choices, help_text="未作设置时的方式")
    choices = serializers.ListField(child=serializers.ChoiceField(choices=Mode.choices), help_text="可选的方式")
    is_reached = serializers.BooleanField(help_text="此通道现在能否触达本人，例如已绑定微信")


class KindSettingsSerializer(serializers.Serializer[Any]):
    """One kind by all channels."""

    kind = serializers.CharField(source="kind.code")
    title = serializers.CharField(source="kind.title")
    severity = serializers.ChoiceField(source="kind.severity", choices=Severity.choices)
    owner = serializers.CharField(source="kind.owner")
    is_mandatory = serializers.BooleanField(source="kind.is_mandatory", help_text="不能关闭")
    channels = SettingSerializer(many=True)


class HoursSerializer(serializers.Serializer[Any]):
    """When notices of one severity leave the app."""

    severity = serializers.ChoiceField(choices=Severity.choices)
    from_hour = serializers.IntegerField(help_text="时，北京时间")
    until_hour = serializers.IntegerField(help_text="时，不含")
    working_days_only = serializers.BooleanField()


class PreferencesSerializer(serializers.Serializer[Any]):
    """Everything that a person may be told, and when."""

    digest_at = serializers.TimeField(format="%H:%M", help_text="汇总消息的发送时刻")
    hours = HoursSerializer(many=True)
    kinds = KindSettingsSerializer(many=True)


class PreferenceChangeSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=60)
    channel = serializers.ChoiceField(choices=Outlet.choices)
    mode = serializers.ChoiceField(choices=Mode.choices)


class PreferenceChangesSerializer(serializers.Serializer[Any]):
    changes = PreferenceChangeSerializer(many=True, allow_empty=False)

    def validate_changes(self, changes: list[dict[str, str]]) -> list[dict[str, str]]:
        """Not more than anybody could want."""
        if len(changes) > MOST_CHANGES:
            raise serializers.ValidationError(f"一次至多更改 {MOST_CHANGES} 项")
        return changes


class ResetSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class PreferencesView(BankView):
    """What one is told by which channel, with the bank's usual and one's own wishes."""

    access = {"GET": "notice.preferences", "PATCH": "notice.preferences", "DELETE": "notice.preferences"}

    @extend_schema(tags=["通知"], summary="通知偏好", responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        return self._all(request)

    @extend_schema(
        tags=["通知"], summary="更改通知偏好", request=PreferenceChangesSerializer, responses=PreferencesSerializer
    )
    def patch(self, request: Request) -> Response:
        """All changes or none."""
        asked = self.read(PreferenceChangesSerializer)["changes"]
        preferences.change([preferences.Change(**each) for each in asked], by=caller(request))
        return self._all(request)

    @extend_schema(
        tags=["通知"],
        summary="恢复默认通知偏好",
        responses={204: None},
        parameters=[OpenApiParameter("kind", str, description="只恢复这一种通知")],
    )
    def delete(self, request: Request) -> Response:
        preferences.reset(by=caller(request), **self.read(ResetSerializer, request.query_params.dict()))
        return Response(status=204)

    def _all(self, request: Request) -> Response:
        rules = manners.rules()
        said = {"digest_at": rules.digest_at, "hours": _hours(rules), "kinds": preferences.of(caller(request))}
        return self.one(said, PreferencesSerializer)


def _hours(rules: Rules) -> list[dict[str, object]]:
    return [
        {
            "severity": severity,
            "from_hour": window.from_hour,
            "until_hour": window.until_hour,
            "working_days_only": window.working_days_only,
        }
        for severity, window in rules.windows.items()
    ]
