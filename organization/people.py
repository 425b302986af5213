"""Hiring, roles and leaving: the writes on staff, for the back office, the demo bank and tests."""

from collections.abc import Iterable

from django.db import transaction

from aladdin import audit
from aladdin.problems import NotPermitted, RuleBroken
from organization.models import RoleAssignment, Staff
from organization.roles import Role, conflicts


@transaction.atomic
def give_roles(staff: Staff, roles: Iterable[Role], *, by: Staff | None) -> None:
    """Add roles. Raises `roles_incompatible` where two of those then held exclude each other."""
    wanted = set(roles)
    Staff.objects.select_for_update().get(pk=staff.pk)
    held = {Role(role) for role in RoleAssignment.objects.filter(staff=staff).values_list("role", flat=True)}
    if clash := conflicts(held | wanted):
        one, other = clash[0]
        raise RuleBroken("roles_incompatible", f"“{one.label}”与“{other.label}”不能由同一人担任")
    RoleAssignment.objects.bulk_create([RoleAssignment(staff=staff, role=role) for role in sorted(wanted - held)])
    staff.__dict__.pop("_roles", None)
    audit.record(by=by, action="give_roles", subject=f"staff/{staff.pk}", roles=sorted(wanted))


@transaction.atomic
def set_roles(staff: Staff, roles: Iterable[Role], *, by: Staff) -> None:
    """From now on these roles and no others. Raises `own_roles` (403), `roles_incompatible` (422)."""
    if staff.pk == by.pk:
        raise NotPermitted("own_roles", "不能变更本人的角色")
    wanted = set(roles)
    Staff.objects.select_for_update().get(pk=staff.pk)
    dropped = RoleAssignment.objects.filter(staff=staff).exclude(role__in=wanted)
    if taken := sorted(dropped.values_list("role", flat=True)):
        dropped.delete()
        audit.record(by=by, action="take_roles", subject=f"staff/{staff.pk}", roles=taken)
    give_roles(staff, wanted, by=by)


@transaction.atomic
def reset_password(staff: Staff, password: str, *, by: Staff) -> None:
    """A new password from the administrator: unlocks, and ends every sign-in of the person.

    Raises `administrators_password` (403) for the other two administrators': one would hold all three offices."""
    if staff.pk != by.pk and staff.has_role(Role.SEC_ADMIN, Role.AUDIT_ADMIN):
        raise NotPermitted("administrators_password", "不能重置安全管理员或审计管理员的密码")
    locked = Staff.objects.select_for_update().get(pk=staff.pk)
    locked.set_password(password)
    locked.failed_sign_ins, locked.locked_until = 0, None
    locked.save(update_fields=["password", "failed_sign_ins", "locked_until"])
    locked.auth_token_set.all().delete()
    audit.record(by=by, action="reset_password", subject=f"staff/{staff.pk}")


@transaction.atomic
def leave(staff: Staff, *, by: Staff | None) -> None:
    """The person leaves the bank: no sign-in from this moment, every phone signed out."""
    Staff.objects.select_for_update().get(pk=staff.pk)
    staff.is_active = False
    staff.save(update_fields=["is_active"])
    staff.auth_token_set.all().delete()
    audit.record(by=by, action="leave", subject=f"staff/{staff.pk}")
