"""How many one-time codes a number may get: nobody's phone is rung all night by somebody else's finger."""

from datetime import timedelta
from hashlib import sha256

from django.db import connection

from aladdin import clock, parameters
from aladdin.problems import Problem
from notifications.models import SmsKind, SmsMessage

_SPANS = (
    ("sms.codes_a_minute", timedelta(minutes=1)),
    ("sms.codes_an_hour", timedelta(hours=1)),
    ("sms.codes_a_day", timedelta(days=1)),
)


class TooOften(Problem):
    """Too many messages to one number."""

    status = 429

    def __init__(self) -> None:
        super().__init__("sms_too_often", "验证码发送过于频繁，请稍后再试")


def require_room(mobile_index: str) -> None:
    """Raise TooOften where the number had its share of codes. Counted under a lock that two at once both wait for."""
    number = int.from_bytes(sha256(mobile_index.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    codes = SmsMessage.objects.filter(mobile_index=mobile_index, kind=SmsKind.CODE)
    for code, span in _SPANS:
        if codes.filter(created_at__gt=clock.now() - span).count() >= parameters.integer(code):
            raise TooOften
