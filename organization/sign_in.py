"""Signing in: a token bound to the device for phones, a session for browsers, lock-out for both.

Failures are counted in the database, under the person's row lock, so that parallel guesses count each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from aladdin import audit, clock, parameters
from aladdin.problems import Problem
from organization.models import DeviceToken, Staff

DEVICE_HEADER = "X-Device-Id"


class WrongCredentials(Problem):
    """Number or password is wrong: which of the two is not said."""

    status = 401

    def __init__(self) -> None:
        super().__init__("wrong_credentials", "工号或密码错误")


class Locked(Problem):
    """Too many failures; nobody gets in until then, not even with the right password."""

    status = 423

    def __init__(self, until: datetime) -> None:
        local = until.astimezone(clock.SHANGHAI)
        super().__init__("account_locked", f"连续登录失败次数过多，已锁定至 {local:%H:%M}", locked_until=until)


@dataclass(frozen=True)
class SignedIn:
    """What a phone gets: the token is shown once and kept hashed."""

    token: str
    expires_at: datetime
    staff: Staff


def sign_in(*, employee_no: str, password: str, device_id: str) -> SignedIn:
    """Sign a phone in. Raises WrongCredentials, Locked."""
    staff = check_password(employee_no, password)
    with transaction.atomic():
        row, token = DeviceToken.objects.create(user=staff, device_id=device_id)
        audit.record(by=staff, action="sign_in", subject=f"staff/{staff.pk}", channel="phone")
    assert row.expiry is not None, "phone tokens have a time to live"  # noqa: S101  narrows the type
    return SignedIn(token, row.expiry, staff)


def check_password(employee_no: str, password: str) -> Staff:
    """The person whose number and password these are. Raises WrongCredentials, Locked.

    The failure is counted in a transaction of its own, which stays although the sign-in is refused."""
    refused: Problem | None = None
    with transaction.atomic():
        # Not the key: rows that point at the person (a feed's, a ledger's) must not wait for his sign-in.
        staff = Staff.objects.select_for_update(no_key=True).filter(employee_no=employee_no, is_active=True).first()
        if staff is None:
            make_password(password)  # the same time as for a real person
            refused = WrongCredentials()
        elif staff.locked_until is not None and staff.locked_until > clock.now():
            refused = Locked(staff.locked_until)
        elif not staff.check_password(password):
            refused = _count_failure(staff)
        elif staff.failed_sign_ins or staff.locked_until:
            staff.failed_sign_ins, staff.locked_until = 0, None
            staff.save(update_fields=["failed_sign_ins", "locked_until"])
    if refused is not None:
        raise refused
    assert isinstance(staff, Staff), "not refused, so known"  # noqa: S101  narrows the type
    return staff


def _count_failure(staff: Staff) -> Problem:
    staff.failed_sign_ins += 1
    refused: Problem = WrongCredentials()
    if staff.failed_sign_ins >= parameters.integer("sign_in.failures_before_lock"):
        minutes = parameters.integer("sign_in.lock_minutes")
        staff.locked_until = clock.now() + timedelta(minutes=minutes)
        staff.failed_sign_ins = 0
        refused = Locked(staff.locked_until)
    staff.save(update_fields=["failed_sign_ins", "locked_until"])
    audit.record(by=staff, action="sign_in_failed", subject=f"staff/{staff.pk}")
    return refused


def sign_out(token: DeviceToken) -> None:
    """End this phone's sign-in at once."""
    token.delete()


class EmployeeBackend(ModelBackend):
    """Django's door for browsers, with the same lock-out. A lock looks like a wrong password there, the
    sign-in page asks `check_password` itself to tell the two apart."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Staff | None:
        employee_no = username or kwargs.get("employee_no")
        if not employee_no or password is None:
            return None
        try:
            return check_password(employee_no, password)
        except (WrongCredentials, Locked):
            return None


class DeviceTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`, good only together with the device that it was given to."""

    def authenticate(self, request: Request) -> tuple[Staff, DeviceToken] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        staff, token = found
        if token.device_id != request.headers.get(DEVICE_HEADER, ""):
            raise AuthenticationFailed("token belongs to another device")
        return staff, token

    def authenticate_credentials(self, token: bytes) -> tuple[Staff, DeviceToken]:
        """Knox's; what cannot be a token of ours does not get as far as the database, which knows no U+0000."""
        if not token.isalnum():
            raise AuthenticationFailed("not a token")
        staff, row = super().authenticate_credentials(token)
        staff.hold_roles(row.held_roles)
        return staff, row

    def _cleanup_token(self, token: DeviceToken) -> bool:
        """Whether this sign-in has run out. Knox looks at all of the person's at every request; the others are
        looked at when they are used, and swept nightly."""
        if token.expiry is None or token.expiry >= timezone.now():  # noqa: TID251  knox wrote it by this clock
            return False
        token.delete()
        return True

    def authenticate_header(self, request: Request) -> str:
        return f"{knox_settings.AUTH_HEADER_PREFIX}"


def staff_of_token(token: str, device_id: str) -> tuple[Staff, DeviceToken] | None:
    """Who holds this token on this device, or None: for doors that are not HTTP."""
    try:
        staff, row = TokenAuthentication().authenticate_credentials(token.encode())
    except AuthenticationFailed:
        return None
    return (staff, row) if row.device_id == device_id and staff.is_active else None
