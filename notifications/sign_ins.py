"""Who is at the other end of a socket, and whether he still may be: asked again every second for all at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.sessions.models import Session

from aladdin import clock
from organization import sign_in
from organization.models import DeviceToken, Staff

Rights = tuple[Any, ...]


@dataclass(frozen=True)
class SignIn:
    """A person's sign-in by phone (`token`, its digest) or browser (`session`), and the rights he had then.

    `rights` is a fingerprint: where it changes, what he may watch is looked at again."""

    staff_id: UUID
    device: str
    token: str = ""
    session: str = ""
    session_hash: str = ""
    rights: Rights = ()


def by_token(token: str, device_id: str) -> SignIn | None:
    """The sign-in of a phone's token, good on its device alone."""
    found = sign_in.staff_of_token(token, device_id)
    if found is None:
        return None
    staff, row = found
    return SignIn(staff.pk, device_id, token=str(row.pk), rights=_rights([staff.pk]).get(staff.pk, ()))


def by_session(staff: Any, session_key: str | None) -> SignIn | None:
    """The sign-in of a browser's session; None for nobody."""
    if not isinstance(staff, Staff) or not staff.is_active or not session_key:
        return None
    return SignIn(
        staff.pk,
        device="browser",
        session=session_key,
        session_hash=staff.get_session_auth_hash(),
        rights=_rights([staff.pk]).get(staff.pk, ()),
    )


def renewed(sign_in: SignIn) -> SignIn:
    """The same sign-in with the rights of now."""
    return replace(sign_in, rights=_rights([sign_in.staff_id]).get(sign_in.staff_id, ()))


@dataclass(frozen=True)
class Standing:
    """What became of sign-ins: those that ended, and those whose rights are not what they were."""

    ended: frozenset[SignIn]
    changed: frozenset[SignIn]


def standing(sign_ins: Iterable[SignIn]) -> Standing:
    """Look at all sign-ins again, in three statements."""
    held = set(sign_ins)
    rights = _rights({each.staff_id for each in held})
    good = _good_tokens(held) | _good_sessions(held)
    ended = frozenset(each for each in held if each not in good or each.staff_id not in rights)
    changed = frozenset(each for each in held - ended if rights[each.staff_id] != each.rights)
    return Standing(ended, changed)


def _good_tokens(held: set[SignIn]) -> set[SignIn]:
    digests = [each.token for each in held if each.token]
    if not digests:
        return set()
    good = set(DeviceToken.objects.filter(pk__in=digests, expiry__gt=clock.now()).values_list("pk", flat=True))
    return {each for each in held if each.token in good}


def _good_sessions(held: set[SignIn]) -> set[SignIn]:
    browsers = [each for each in held if each.session]
    if not browsers:
        return set()
    keys = [each.session for each in browsers]
    live = set(Session.objects.filter(pk__in=keys, expire_date__gt=clock.now()).values_list("session_key", flat=True))
    people = Staff.objects.only("password").in_bulk({each.staff_id for each in browsers})
    # A changed password ends sessions, as it does for pages.
    return {
        each
        for each in browsers
        if each.session in live
        and each.staff_id in people
        and people[each.staff_id].get_session_auth_hash() == each.session_hash
    }


def _rights(staff_ids: Iterable[UUID]) -> dict[UUID, Rights]:
    """A fingerprint of what decides on rights, for those who still work here."""
    rows = (
        Staff.objects.active()
        .filter(pk__in=list(staff_ids))
        .annotate(held=ArrayAgg("role_assignments__role", default=[], order_by="role_assignments__role"))
        .values_list("pk", "branch_id", "branch__path", "held")
    )
    return {pk: (branch_id, path, tuple(held)) for pk, branch_id, path, held in rows}
