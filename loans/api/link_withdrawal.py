"""The borrower's way back: his application withdrawn behind his link."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loans import customer_withdrawal
from loans.api.apply import CODE_WORDS, ProgressSerializer, ShownView
from loans.api.authorization import CodeSentSerializer
from loans.api.common import ip_of
from loans.api.link_session import TAG, LinkView, session_of


class OwnWithdrawalSerializer(serializers.Serializer[Any]):
    code = serializers.RegexField(r"^\d{6}$", error_messages=CODE_WORDS)
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="撤回原因，可不填"
    )


class WithdrawalCodeView(LinkView):
    """A code that stands for his will."""

    @extend_schema(tags=[TAG], summary="获取撤回验证码", request=None, responses={202: CodeSentSerializer})
    def post(self, request: Request) -> Response:
        wait = customer_withdrawal.send_code(session_of(request), ip=ip_of(request))
        return Response({"retry_after": wait}, status=202)


class OwnWithdrawalView(ShownView):
    """The application ends by the borrower's own word."""

    @extend_schema(tags=[TAG], summary="撤回本人申请", request=OwnWithdrawalSerializer, responses=ProgressSerializer)
    def post(self, request: Request) -> Response:
        said, session = self.read(OwnWithdrawalSerializer), session_of(request)
        code = customer_withdrawal.redeem_code(session, said["code"], ip=ip_of(request))
        customer_withdrawal.withdraw(session, code=code, reason=said["reason"] or "客户通过链接自行撤回")
        return self.shown(request)
