"""Who wants no more marketing, and to whom the carriers let nothing pass. Service messages still go to the former."""

import re

from django.db import transaction

from aladdin import audit, clock
from aladdin.crypto import blind_index
from notifications.models import SmsKind, SmsOptOut
from organization.models import Staff

_Reason = SmsOptOut.Reason
_WORDS = re.compile(r"\s*(?:TD|T|R|N|退订|拒收|不要再发)\s*[。.!！]?\s*", re.IGNORECASE)


def is_asked_for(said: str) -> bool:
    """Whether an answer to a message asks for no more of them."""
    return bool(_WORDS.fullmatch(said))


@transaction.atomic
def note(mobile: str, *, reason: SmsOptOut.Reason, source: str) -> bool:
    """Remember that this number gets no more; False where it was known."""
    index = blind_index("mobile", mobile)
    row = SmsOptOut(mobile_index=index, reason=reason, source=source[:40])
    row.mobile = mobile
    known = SmsOptOut.objects.filter(mobile_index=index, reason=reason, lifted_at__isnull=True)
    if known.exists() or not SmsOptOut.objects.bulk_create([row], ignore_conflicts=True):
        return False
    audit.record(by=None, action="sms_opt_out", subject=f"sms-opt-out/{row.pk}", reason=reason)
    return True


@transaction.atomic
def lift(opt_out: SmsOptOut, *, reason: str, by: Staff) -> None:
    """The person wants messages again, as the bank can prove by `reason`; lifted twice, it stays lifted once."""
    if SmsOptOut.objects.filter(pk=opt_out.pk, lifted_at__isnull=True).update(lifted_at=clock.now()):
        audit.record(by=by, action="lift_sms_opt_out", subject=f"sms-opt-out/{opt_out.pk}", reason=reason)


def stops(mobile_index: str, kind: SmsKind) -> str:
    """Why nothing of this kind goes to the number; empty where it may."""
    reasons = set(
        SmsOptOut.objects.filter(mobile_index=mobile_index, lifted_at__isnull=True).values_list("reason", flat=True)
    )
    if _Reason.BLACKLISTED in reasons:
        return "blacklisted"
    return "opted_out" if kind == SmsKind.MARKETING and _Reason.OPT_OUT in reasons else ""
