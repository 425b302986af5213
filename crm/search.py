"""One box to find a customer in: name or part of it, pinyin initials, or an exact number of any kind."""

import re

from django.db.models import Q

from aladdin.crypto import query_tokens
from crm.accounts import account_index
from crm.identifiers import InvalidIdentifier, mobile
from crm.identity import identity_index, mobile_index
from crm.models import Account, Customer
from crm.models.customers import CustomerQuerySet
from organization.models import Staff

_IDENTITY = re.compile(r"[0-9A-Z]{18}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12,32}", re.ASCII)
_CIF_NO = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)


def find(text: str, *, by: Staff) -> CustomerQuerySet:
    """Customers whom `by` may see and whom `text` means. A name is found by a character (王), several in a row
    (王小) or the initials of its pinyin from the start (wxm); numbers only whole. Empty text means all."""
    typed = "".join(text.split())
    visible = Customer.objects.visible_to(by)
    return visible.filter(_meant(typed)) if typed else visible


def _meant(typed: str) -> Q:
    found = Q(pk__in=[])
    if _CIF_NO.fullmatch(typed):
        found |= Q(cif_no=typed)
    if _IDENTITY.fullmatch(typed.upper()):
        found |= Q(identity_index=identity_index(typed.upper()))
    if _ACCOUNT.fullmatch(typed):
        found |= Q(pk__in=Account.objects.filter(number_index=account_index(typed)).values("customer"))
    if number := _mobile(typed):
        found |= Q(mobile_index=mobile_index(number))
    if not any(character.isdigit() for character in typed):
        found |= Q(name_tokens__contains=query_tokens(typed))
    return found


def _mobile(typed: str) -> str:
    try:
        return mobile(typed)
    except InvalidIdentifier:
        return ""
