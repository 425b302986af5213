"""One-time codes: six digits by text message, that prove who holds the phone.

Sends and tries are counted in the database, for each phone and each address and day, and what is counted stays
although the call is refused: callers do not wrap these functions in a transaction that a refusal rolls back.
Whether a phone is known is told by nothing: an unknown one gets the same answers, in the same time, but no message.
"""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from aladdin import clock, parameters
from aladdin.crypto import blind_index, seal, unseal
from aladdin.jobs import later
from aladdin.problems import Problem, RuleBroken
from crm.identity import mobile_index
from loans.models import CodeCount, OneTimeCode
from notifications import sms

DIGITS = 6
_What = CodeCount.What


class CodeRefused(RuleBroken):
    """The code opens nothing: wrong, run out, used, or never sent. Which of these is not said."""

    def __init__(self) -> None:
        detail = "验证码不正确或已失效"
        super().__init__("code_wrong", detail, errors={"code": [detail]})


class TooMany(Problem):
    """Too many codes or tries, for this phone or from this address."""

    status = 429


# --- Sending -------------------------------------------------------------------------------------
@transaction.atomic
def send(purpose: OneTimeCode.Purpose, *, subject: str, mobile: str, ip: str | None, is_known: bool = True) -> int:
    """Send a code; how many seconds must pass until the next. An earlier one for the same opens nothing any more.

    `is_known` False does everything but the sending. Raises TooMany (`code_sent_just_now`, `too_many_codes`)."""
    phone = mobile_index(mobile)
    gap = parameters.integer("loan.code_gap_seconds")
    _check_gap(purpose, subject, phone, gap)
    _count(_What.SENT_TO, phone, "loan.codes_a_phone_a_day", "too_many_codes")
    _count(_What.SENT_FROM, ip or "", "loan.codes_an_address_a_day", "too_many_codes")
    minutes = parameters.integer("loan.code_minutes")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = OneTimeCode(purpose=purpose, subject=subject, mobile_index=phone, is_decoy=not is_known)
    row.digest = _digest(row, code)
    row.expires_at = clock.now() + timedelta(minutes=minutes)
    row.save(force_insert=True)
    # Even the writing of the message is a job's, which for an unknown phone finds nothing to do.
    letter = seal(f"{mobile}|{code}".encode(), bound_to=_place(row))
    later("loans.deliver_code", code_id=str(row.pk), letter=letter)
    return gap


@transaction.atomic
def deliver(code_id: UUID, letter: str) -> None:
    """Hand the message to the carrier; nothing for a decoy, nothing once it has run out."""
    row = OneTimeCode.objects.filter(pk=code_id, is_decoy=False, expires_at__gt=clock.now()).first()
    if row is None:
        return
    mobile, _, code = unseal(letter, bound_to=_place(row)).decode().partition("|")
    minutes = int((row.expires_at - row.created_at).total_seconds() // 60)
    values = {"purpose": str(row.get_purpose_display()), "code": code, "minutes": str(minutes)}
    sms.send(mobile=mobile, template="one_time_code", values=values, reference=f"one-time-code/{row.pk}")


def _place(row: OneTimeCode) -> str:
    return f"{row._meta.db_table}.letter.{row.pk}"


def _check_gap(purpose: str, subject: str, phone: str, gap: int) -> None:
    last = _newest(purpose, subject, phone)
    if last is not None and (waited := clock.now() - last.created_at) < timedelta(seconds=gap):
        left = gap - int(waited.total_seconds())
        raise TooMany("code_sent_just_now", f"验证码刚刚发送，请{left}秒后再试", retry_after=left)


# --- Redeeming -----------------------------------------------------------------------------------
def redeem(purpose: OneTimeCode.Purpose, *, subject: str, mobile: str, code: str, ip: str | None) -> OneTimeCode:
    """The code as evidence, used up. Raises CodeRefused, TooMany (`too_many_tries`); each try counts."""
    phone = mobile_index(mobile)
    with transaction.atomic():
        found = _try(purpose, subject, phone, code, ip)
    if isinstance(found, Problem):
        raise found  # outside, so that the count stays
    return found


def _try(purpose: str, subject: str, phone: str, code: str, ip: str | None) -> OneTimeCode | Problem:
    try:
        _count(_What.TRIED_FOR, phone, "loan.code_tries_a_phone_a_day", "too_many_tries")
        _count(_What.TRIED_FROM, ip or "", "loan.code_tries_an_address_a_day", "too_many_tries")
    except TooMany as refused:
        return refused
    row = _newest(purpose, subject, phone, lock=True)
    said = _digest(row or OneTimeCode(), code)
    is_right = hmac.compare_digest(said, row.digest if row else blind_index("one_time_code", ""))
    if row is None:
        return CodeRefused()
    row.attempts += 1
    if row.attempts > parameters.integer("loan.code_tries"):
        return TooMany("too_many_tries", "验证码错误次数过多，请重新获取")
    opens = is_right and not row.is_decoy and row.redeemed_at is None and row.expires_at > clock.now()
    if opens:
        row.redeemed_at = clock.now()
    row.save(update_fields=["attempts", "redeemed_at"])
    return row if opens else CodeRefused()


def _newest(purpose: str, subject: str, phone: str, *, lock: bool = False) -> OneTimeCode | None:
    rows = OneTimeCode.objects.select_for_update() if lock else OneTimeCode.objects.all()
    return rows.filter(purpose=purpose, subject=subject, mobile_index=phone).order_by("-created_at", "-id").first()


def _digest(row: OneTimeCode, code: str) -> str:
    """Keyed and bound to its row: who reads the table cannot try a million codes."""
    return blind_index("one_time_code", f"{row.pk}|{code}")


# --- Counting ------------------------------------------------------------------------------------
_ADD = """
INSERT INTO loans_codecount (what, key, "on", count) VALUES (%s, %s, %s, 1)
ON CONFLICT (what, key, "on") DO UPDATE SET count = loans_codecount.count + 1
RETURNING count
"""


def _count(what: str, key: str, limit: str, refusal: str) -> None:
    """Add one, and raise TooMany beyond the day's limit."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [what, key, clock.today()])
        (count,) = cursor.fetchone()
    if count > parameters.integer(limit):
        raise TooMany(refusal, "操作过于频繁，请明日再试或联系您的客户经理")


def forget(*, days: int) -> int:
    """Delete counts and codes older than so many days, but for codes that are evidence; the number of codes."""
    oldest = clock.now() - timedelta(days=days)
    CodeCount.objects.filter(on__lt=oldest.date()).delete()
    return OneTimeCode.objects.filter(created_at__lt=oldest, redeemed_at__isnull=True).delete()[0]
