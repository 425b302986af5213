"""Whose address is which: noted by its owner, confirmed from it, ended by him or by a bounce.

Links carry a signed token instead of a kept secret: nothing has to be stored, and a token of another address or
another purpose opens nothing."""

import re
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import RuleBroken
from notifications.models import MailAddress
from organization.models import Staff

CONFIRM, UNSUBSCRIBE = "mail.confirm", "mail.unsubscribe"
_FORM = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")


# --- Keeping one --------------------------------------------------------------------------------
@transaction.atomic
def note(address: str, *, by: Staff) -> MailAddress:
    """Note one's own address in place of the one before; a mail asks to confirm it.

    Only addresses of the bank's own domains: notices do not leave the house. Raises `mail_address_wrong`."""
    found = _FORM.fullmatch(address)
    if found is None or found["domain"].lower() not in settings.MAIL["DOMAINS"]:
        detail = "请填写行内邮箱"
        raise RuleBroken("mail_address_wrong", detail, errors={"address": [detail]})
    row = MailAddress.objects.select_for_update().filter(staff=by).first() or MailAddress(staff=by)
    row.address = address
    row.confirmed_at = row.bounced_at = row.digests_off_at = None
    row.bounce_code, row.created_at = "", clock.now()
    row.save()
    audit.record(by=by, action="note_mail_address", subject=f"staff/{by.pk}")
    later("notifications.ask_to_confirm_mail", address_id=str(row.pk))
    return row


def address_of(staff: Staff) -> MailAddress | None:
    """One's own."""
    return MailAddress.objects.visible_to(staff).first()


@transaction.atomic
def forget(*, by: Staff) -> bool:
    """Delete one's own address; False where there was none."""
    gone, _ = MailAddress.objects.filter(staff=by).delete()
    if gone:
        audit.record(by=by, action="forget_mail_address", subject=f"staff/{by.pk}")
    return bool(gone)


@transaction.atomic
def set_digests(row: MailAddress, *, wanted: bool, by: Staff | None) -> None:
    """Whether digests go to the address; `by` is None where a link in one of them was followed."""
    if wanted == (row.digests_off_at is None):
        return
    row.digests_off_at = None if wanted else clock.now()
    row.save(update_fields=["digests_off_at"])
    audit.record(by=by, action="set_mail_digests", subject=f"staff/{row.staff_id}", wanted=wanted)


# --- Links --------------------------------------------------------------------------------------
def token(row: MailAddress, purpose: str) -> str:
    """A link's token for this address as it is now and this purpose."""
    return signing.dumps(_contents(row), salt=purpose)


def holder_of(text: str, purpose: str) -> MailAddress | None:
    """Whose token it is; None for one that is wrong, or of an address that was changed since."""
    days = parameters.integer(f"{purpose}_days")
    try:
        contents = signing.loads(text, salt=purpose, max_age=timedelta(days=days))
        row = MailAddress.objects.filter(pk=contents[0]).first()
    except (signing.BadSignature, LookupError, TypeError, ValueError):
        return None
    return row if row is not None and _contents(row) == contents else None


def _contents(row: MailAddress) -> list[str]:
    return [str(row.pk), row.created_at.isoformat()]


@transaction.atomic
def confirm(row: MailAddress) -> None:
    """Its owner opened the link that was sent there."""
    if MailAddress.objects.filter(pk=row.pk, confirmed_at__isnull=True).update(confirmed_at=clock.now()):
        audit.record(by=row.staff, action="confirm_mail_address", subject=f"staff/{row.staff_id}")


# --- Reach --------------------------------------------------------------------------------------
@transaction.atomic
def note_bounce(row: MailAddress, *, code: str) -> None:
    """Mail came back for good: no more is sent until the owner notes an address anew."""
    reached = MailAddress.objects.reachable().filter(pk=row.pk)
    if reached.update(bounced_at=clock.now(), bounce_code=code[:12]):
        audit.record(by=None, action="mail_bounced", subject=f"staff/{row.staff_id}", code=code[:12])
