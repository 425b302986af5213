"""Who is which follower: one employee, one follower, bound by a one-time invitation and unbound when either leaves."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict
from notifications.models import WeChatBinding, WeChatInvitation
from organization.models import Staff

SCENE = "rm:"
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NONCE_LENGTH = 10


# --- Invitations --------------------------------------------------------------------------------
def invite(staff: Staff) -> WeChatInvitation:
    """A one-time offer to bind, good for minutes; earlier ones end."""
    now = clock.now()
    WeChatInvitation.objects.filter(staff=staff, used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    minutes = parameters.integer("wechat.invitation_minutes")
    return WeChatInvitation.objects.create(
        staff=staff,
        nonce="".join(secrets.choice(_ALPHABET) for _ in range(_NONCE_LENGTH)),
        expires_at=now + timedelta(minutes=minutes),
    )


def open_invitation(staff: Staff) -> WeChatInvitation | None:
    """One's own that can still be taken up."""
    mine = WeChatInvitation.objects.filter(staff=staff, used_at__isnull=True, expires_at__gt=clock.now())
    return mine.order_by("-pk").first()


def scene(invitation: WeChatInvitation) -> str:
    """The invitation as the scene of a temporary QR code (QR_STR_SCENE, at most 64 characters)."""
    return f"{SCENE}{invitation.staff.employee_no}:{invitation.nonce}"


@transaction.atomic
def accept(*, openid: str, nonce: str, way: WeChatBinding.Way) -> WeChatBinding | None:
    """The follower took up an invitation; None where there is none that holds, or he is somebody else already."""
    invitation = (
        WeChatInvitation.objects.select_for_update(of=("self",))
        .select_related("staff")
        .filter(nonce=nonce.upper(), used_at__isnull=True, expires_at__gt=clock.now(), staff__is_active=True)
        .first()
    )
    if invitation is None:
        return None
    invitation.used_at = clock.now()
    invitation.save(update_fields=["used_at"])
    try:
        return bind(invitation.staff, openid=openid, way=way)
    except Conflict:
        audit.record(by=invitation.staff, action="wechat_bind_refused", subject=f"staff/{invitation.staff.pk}")
        return None


def nonce_of_scene(text: str) -> str:
    """The nonce in a scene `rm:<employee_no>:<nonce>`, with or without WeChat's `qrscene_`; else empty."""
    parts = text.removeprefix("qrscene_").split(":")
    return parts[2] if len(parts) == 3 and f"{parts[0]}:" == SCENE else ""


def is_nonce(text: str) -> bool:
    """Whether a text has the form of a binding code."""
    return len(text) == _NONCE_LENGTH and set(text.upper()) <= set(_ALPHABET)


# --- Binding ------------------------------------------------------------------------------------
@transaction.atomic
def bind(staff: Staff, *, openid: str, way: WeChatBinding.Way) -> WeChatBinding:
    """Bind the employee to the follower, in place of the one before. Raises `openid_bound` (Conflict)."""
    Staff.objects.select_for_update().get(pk=staff.pk)
    held = WeChatBinding.objects.bound().filter(staff=staff).first()
    if held is not None and held.openid == openid:
        held.unreachable_at, held.unreachable_code = None, ""
        held.save(update_fields=["unreachable_at", "unreachable_code"])
        return held
    if held is not None:
        _end(held)
    try:
        with transaction.atomic():
            binding = WeChatBinding.objects.create(staff=staff, openid=openid, way=way)
    except IntegrityError as error:
        raise Conflict("openid_bound", "该微信号已绑定其他员工，请先解绑") from error
    audit.record(by=staff, action="wechat_bind", subject=f"staff/{staff.pk}", way=way)
    return binding


def binding_of(staff: Staff) -> WeChatBinding | None:
    """The binding in force."""
    return WeChatBinding.objects.visible_to(staff).bound().first()


@transaction.atomic
def unbind(staff: Staff, *, by: Staff | None) -> bool:
    """End the employee's binding; False where there was none."""
    binding = WeChatBinding.objects.bound().select_for_update().filter(staff=staff).first()
    if binding is None:
        return False
    _end(binding)
    audit.record(by=by, action="wechat_unbind", subject=f"staff/{staff.pk}")
    return True


@transaction.atomic
def unbind_follower(openid: str) -> bool:
    """The follower has left the account; False where he was nobody's."""
    binding = WeChatBinding.objects.bound().select_for_update().filter(openid=openid).first()
    if binding is None:
        return False
    _end(binding)
    audit.record(by=None, action="wechat_unsubscribe", subject=f"staff/{binding.staff_id}")
    return True


def _end(binding: WeChatBinding) -> None:
    binding.unbound_at = clock.now()
    binding.save(update_fields=["unbound_at"])


# --- Reach --------------------------------------------------------------------------------------
def mark_unreachable(binding: WeChatBinding, *, code: str) -> None:
    """Messages do not arrive there any more: none is sent until the person binds again."""
    WeChatBinding.objects.reachable().filter(pk=binding.pk).update(unreachable_at=clock.now(), unreachable_code=code)


def mark_recipient_unreachable(staff_id: UUID, *, code: str) -> None:
    """As `mark_unreachable`, for whoever is bound to this employee."""
    binding = WeChatBinding.objects.bound().filter(staff=staff_id).first()
    if binding is not None:
        mark_unreachable(binding, code=code)
