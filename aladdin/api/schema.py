"""How the API is described: problem answers, idempotency key and versions, said once for every view."""

from typing import Any, ClassVar, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from aladdin.api.views import BankView


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem document."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="中文说明")
    code = serializers.CharField(help_text="稳定的错误代码")
    errors = serializers.DictField(  # type: ignore[assignment]  # the RFC names the member so
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="每次提交的唯一标识，重复提交不会重复办理",
)
_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="所修改内容的版本（取自 ETag）"
)


class BankSchema(AutoSchema):
    """drf-spectacular's schema with what `BankView` does to every method."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if isinstance(self.view, BankView):
            if self.method == "POST" and self.view.idempotent_post:
                parameters.append(_KEY)
            if self.method in {"PATCH", "PUT"}:
                parameters.append(_MATCH)
        return parameters

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if isinstance(self.view, BankView):
            answer = self._get_response_for_code(ProblemSerializer, "default", ["application/problem+json"])  # type: ignore[no-untyped-call]  # spectacular's own
            bodies["default"] = answer | {"description": "被拒绝：problem JSON"}
        return bodies


class DeviceTokenScheme(OpenApiAuthenticationExtension):
    """How a phone shows who it is."""

    target_class = "organization.sign_in.DeviceTokenAuthentication"
    name: ClassVar[str | list[str]] = ["deviceToken", "deviceId"]  # type: ignore[misc]  # spectacular has it per instance

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "Token 加登录所得令牌，例如：Token 3f0c…",
            },
            {"type": "apiKey", "in": "header", "name": "X-Device-Id", "description": "登录时所用的设备标识"},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {name: [] for name in self.name}
