"""The API of one's own mail address."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from aladdin.problems import NotFound
from notifications.mail import addresses
from notifications.models import MailAddress
from organization.caller import caller


class MailAddressSerializer(serializers.ModelSerializer[MailAddress]):
    address = serializers.SerializerMethodField(help_text="脱敏")
    is_confirmed = serializers.SerializerMethodField(help_text="是否已在邮件中确认；未确认的不发送")
    is_reachable = serializers.SerializerMethodField(help_text="能否收到；退信后请重新登记")
    digests = serializers.SerializerMethodField(help_text="是否接收汇总邮件")

    class Meta:
        model = MailAddress
        fields = ["address", "is_confirmed", "is_reachable", "digests", "created_at"]

    def get_address(self, row: MailAddress) -> str:
        return masking.email(row.address)

    def get_is_confirmed(self, row: MailAddress) -> bool:
        return row.confirmed_at is not None

    def get_is_reachable(self, row: MailAddress) -> bool:
        return row.confirmed_at is not None and row.bounced_at is None

    def get_digests(self, row: MailAddress) -> bool:
        return row.digests_off_at is None


class NewAddressSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=120, help_text="行内邮箱")


class DigestsSerializer(serializers.Serializer[Any]):
    digests = serializers.BooleanField(help_text="是否接收汇总邮件")


class MailAddressView(BankView):
    """Where one gets mail."""

    access = {"GET": "notice.address", "PUT": "notice.address", "PATCH": "notice.address", "DELETE": "notice.address"}

    @extend_schema(tags=["通知"], summary="我的邮箱", responses=MailAddressSerializer)
    def get(self, request: Request) -> Response:
        return self.one(_own(request), MailAddressSerializer)

    @extend_schema(tags=["通知"], summary="登记邮箱", request=NewAddressSerializer, responses=MailAddressSerializer)
    def put(self, request: Request) -> Response:
        """A mail asks to confirm it."""
        said = self.read(NewAddressSerializer)
        return self.one(addresses.note(said["address"], by=caller(request)), MailAddressSerializer)

    @extend_schema(tags=["通知"], summary="设置汇总邮件", request=DigestsSerializer, responses=MailAddressSerializer)
    def patch(self, request: Request) -> Response:
        row, said = _own(request), self.read(DigestsSerializer)
        addresses.set_digests(row, wanted=said["digests"], by=caller(request))
        return self.one(row, MailAddressSerializer)

    @extend_schema(tags=["通知"], summary="删除邮箱", responses={204: None})
    def delete(self, request: Request) -> Response:
        addresses.forget(by=caller(request))
        return Response(status=204)


def _own(request: Request) -> MailAddress:
    row = addresses.address_of(caller(request))
    if row is None:
        raise NotFound("尚未登记邮箱", code="mail_address_missing")
    return row
