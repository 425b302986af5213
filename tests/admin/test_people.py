"""Hiring, passwords and leaving by one administrator, roles by another."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.test import Client

from aladdin.audit import AuditEntry
from organization.models import RoleAssignment, Staff
from organization.roles import Role
from tests.admin.conftest import Desk, messages_of
from tests.world import PASSWORD, Bank, Phone

STAFF = "/admin/organization/staff/"
NEW_PASSWORD = "another horse 7"


def page_of(staff: Staff) -> str:
    return f"{STAFF}{staff.pk}/change/"


def said_of(staff: Staff, **said: Any) -> dict[str, Any]:
    """The administrator's form for this person, with what is said instead."""
    known = {"name": staff.name, "branch": staff.branch_id, "position": staff.position, "is_active": "on"}
    return known | {"joined_on": "", "new_mobile": "", "new_password": ""} | said


def deeds(action: str) -> Any:
    return AuditEntry.objects.filter(action=action)


# --- Persons -------------------------------------------------------------------------------------
def test_a_person_is_hired_and_signs_in(bank: Bank, desk: Desk, client: Client) -> None:
    said = {
        "employee_no": "N0001",
        "name": "新人",
        "branch": bank.east.pk,
        "position": "RM",
        "new_mobile": "13800138000",
    }
    answer = desk(bank.admin).post(f"{STAFF}add/", said | {"new_password": NEW_PASSWORD})
    assert answer.status_code == 302
    hired = Staff.objects.get(employee_no="N0001")
    assert (hired.mobile, hired.roles()) == ("13800138000", frozenset())
    entry = client.post("/console/sign-in", {"employee_no": "N0001", "password": NEW_PASSWORD})
    assert entry.status_code == 302


def test_a_weak_first_password_is_refused(bank: Bank, desk: Desk) -> None:
    said = {"employee_no": "N0001", "name": "新人", "branch": bank.east.pk, "position": "RM"}
    for weak in ("", "12345678901", "short"):
        assert desk(bank.admin).post(f"{STAFF}add/", said | {"new_password": weak}).status_code == 200
    assert not Staff.objects.filter(employee_no="N0001").exists()


def test_mobile_and_password_show_neither_on_the_page_nor_in_the_record(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    client.post(page_of(bank.rm), said_of(bank.rm, new_mobile="13800138000", new_password=NEW_PASSWORD))
    bank.rm.refresh_from_db()
    assert bank.rm.mobile == "13800138000"
    html = client.get(page_of(bank.rm)).content.decode()
    assert "138****8000" in html
    assert "13800138000" not in html
    written = str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert "13800138000" not in written
    assert NEW_PASSWORD not in written
    assert deeds("change_staff").get().detail["changes"] == {"new_mobile": ["", ""], "new_password": ["", ""]}


def test_a_reset_password_ends_every_sign_in(bank: Bank, desk: Desk, client: Client) -> None:
    phone = Phone(bank.rm)
    desk(bank.admin).post(page_of(bank.rm), said_of(bank.rm, new_password=NEW_PASSWORD))
    assert phone.get("/api/v1/me").status_code == 401
    entry = client.post("/console/sign-in", {"employee_no": bank.rm.employee_no, "password": PASSWORD})
    assert entry.status_code == 401
    assert deeds("reset_password").get().by == bank.admin


def test_the_other_administrators_passwords_are_out_of_reach(
    bank: Bank, desk: Desk, security: Staff, audit_admin: Staff
) -> None:
    for staff in (security, audit_admin):
        answer = desk(bank.admin).post(page_of(staff), said_of(staff, new_password=NEW_PASSWORD), follow=True)
        assert messages_of(answer) == ["不能重置安全管理员或审计管理员的密码"]
        staff.refresh_from_db()
        assert staff.check_password(PASSWORD)


def test_who_leaves_is_signed_out_everywhere(bank: Bank, desk: Desk) -> None:
    phone = Phone(bank.rm)
    said = said_of(bank.rm)
    del said["is_active"]
    desk(bank.admin).post(page_of(bank.rm), said)
    bank.rm.refresh_from_db()
    assert not bank.rm.is_active
    assert phone.get("/api/v1/me").status_code == 401
    assert deeds("leave").count() == 1


# --- Roles ---------------------------------------------------------------------------------------
def held(staff: Staff) -> set[str]:
    return set(RoleAssignment.objects.filter(staff=staff).values_list("role", flat=True))


def test_the_security_administrator_gives_and_takes_roles(bank: Bank, desk: Desk, security: Staff) -> None:
    assert desk(security).post(page_of(bank.rm), {"roles": ["TEAM_LEAD", "BRANCH_MANAGER"]}).status_code == 302
    assert held(bank.rm) == {"TEAM_LEAD", "BRANCH_MANAGER"}
    assert deeds("give_roles").latest("id").by == security
    assert deeds("take_roles").get().detail == {"roles": ["RM"]}


def test_incompatible_roles_are_refused_on_the_form(bank: Bank, desk: Desk, security: Staff) -> None:
    answer = desk(security).post(page_of(bank.rm), {"roles": ["RM", "CREDIT_QUERY_OFFICER"]})
    assert "“客户经理”与“征信查询员”不能由同一人担任" in answer.content.decode()
    assert held(bank.rm) == {"RM"}


def test_nobody_gives_himself_roles(bank: Bank, desk: Desk, security: Staff) -> None:
    assert desk(security).post(page_of(security), {"roles": ["SYS_ADMIN"]}).status_code == 403
    assert held(security) == {"SEC_ADMIN"}


def test_the_security_administrator_changes_nothing_but_roles(bank: Bank, desk: Desk, security: Staff) -> None:
    desk(security).post(page_of(bank.rm), {"roles": ["RM"], "name": "改名", "is_active": "", "is_staff": "on"})
    bank.rm.refresh_from_db()
    assert (bank.rm.name, bank.rm.is_active, bank.rm.is_staff) == ("王小明", True, False)


def test_the_system_administrator_gives_no_roles(bank: Bank, desk: Desk) -> None:
    desk(bank.admin).post(page_of(bank.rm), said_of(bank.rm, roles=["APPROVER"]))
    assert held(bank.rm) == {"RM"}
    assert held(bank.admin) == {Role.SYS_ADMIN}


# --- Jobs ----------------------------------------------------------------------------------------
def test_django_itself_gives_no_rights(bank: Bank, desk: Desk) -> None:
    """Rows in Django's own permission tables open nothing."""
    bank.rm.is_staff = bank.rm.is_superuser = True
    bank.rm.save()
    kind = ContentType.objects.get_for_model(Staff)
    bank.rm.user_permissions.add(*kind.permission_set.all())
    assert desk(bank.rm).get(STAFF).status_code == 302
