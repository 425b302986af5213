"""The gateway's calls to us: results of messages, and what people answered to one.

Signed with the callback key (`aladdin/signatures.py`). A call told twice changes nothing the second time: the first
final result of a message counts, and nobody opts out twice. So nonces need not be remembered."""

import json
import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from aladdin import signatures
from notifications.models import SmsMessage, SmsOptOut
from notifications.sms import opt_outs, sending
from notifications.sms.gateway import Fate

logger = logging.getLogger(__name__)
LARGEST_BODY = 1024 * 1024
Row = dict[str, Any]


@method_decorator(csrf_exempt, name="dispatch")
class GatewayView(View):
    """A door of the gateway's: a list of rows, proved by signature."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the rows; all of them or none."""
        try:
            rows = _read(request)
        except signatures.SignatureRefused as refused:
            logger.warning("SMS callback refused: %s", refused.code)
            return JsonResponse({"code": 403, "msg": refused.code}, status=403)
        except ValueError:
            return JsonResponse({"code": 400, "msg": "not a list of objects"}, status=400)
        with transaction.atomic():
            for row in rows:
                self.take(row)
        return JsonResponse({"code": 0, "msg": "成功"})

    def take(self, row: Row) -> None:
        """Do what one row means."""
        raise NotImplementedError


class ReportView(GatewayView):
    """Status reports: what the carriers did with a message."""

    def take(self, row: Row) -> None:
        """Close the message that went out under this reference; others' are not ours to close."""
        message = SmsMessage.objects.filter(client_ref=str(row.get("out_id", ""))[:32]).first()
        if message is None or message.mobile != str(row.get("phone_number", "")):
            return
        fate = Fate.DELIVERED if row.get("success") is True else Fate.FAILED
        code = "" if fate is Fate.DELIVERED else str(row.get("err_code", ""))[:60]
        number = str(row.get("biz_id", ""))[:40]
        sending.settle(message.pk, fate, code=code, provider_message_id=number)


class UplinkView(GatewayView):
    """Answers (上行短信) of people to messages of ours."""

    def take(self, row: Row) -> None:
        """Whoever answers TD, T, R, N or 退订 gets no more marketing."""
        mobile, said = str(row.get("phone_number", "")), str(row.get("content", ""))
        if sending.is_mobile(mobile) and opt_outs.is_asked_for(said):
            opt_outs.note(mobile, reason=SmsOptOut.Reason.OPT_OUT, source=said.strip())


def _read(request: HttpRequest) -> list[Row]:
    """Raises SignatureRefused, ValueError."""
    body = request.body
    if len(body) > LARGEST_BODY:
        raise ValueError("too large")
    signatures.verify(settings.SMS["CALLBACK_KEY"], request.headers, body)
    rows = json.loads(body)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("not a list of objects")
    return rows
