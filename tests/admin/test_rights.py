"""Who gets into the back office, and what each role sees and keeps there."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from aladdin import clock
from crm.models import FeedFile, FeedReject
from loans.states import State
from notifications.models import Delivery
from organization.back_office.rights import RIGHTS, may
from organization.models import Staff
from organization.roles import Role
from tests.admin.conftest import Desk
from tests.console.builders import application, credit, late_check
from tests.world import Bank, hire

INDEX = "/admin/"


def enters(client: Client) -> bool:
    return client.get(INDEX).status_code == 200


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_its_roles_enter(bank: Bank, desk: Desk, role: Role) -> None:
    assert enters(desk(hire(bank.head, Staff.Position.HEAD_OFFICE, role, is_staff=True)))


@pytest.mark.parametrize("role", sorted(set(Role) - set(RIGHTS)))
def test_other_roles_do_not_even_if_marked_as_its_people(bank: Bank, desk: Desk, role: Role) -> None:
    staff = hire(bank.head, Staff.Position.HEAD_OFFICE, role, is_staff=True, is_superuser=True)
    answer = desk(staff).get(INDEX, follow=True)
    assert answer.status_code == 403
    assert "没有权限" in answer.content.decode()


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_nobody_enters_who_is_not_marked(bank: Bank, desk: Desk, role: Role) -> None:
    assert not enters(desk(hire(bank.head, Staff.Position.HEAD_OFFICE, role)))


def test_a_stranger_is_taken_to_the_one_sign_in_page(bank: Bank, client: Client) -> None:
    answer = client.get("/admin/aladdin/parameter/", follow=True)
    assert answer.redirect_chain[-1][0] == "/console/sign-in?next=/admin/aladdin/parameter/"


# --- The table -----------------------------------------------------------------------------------
def test_every_table_in_the_list_of_rights_exists() -> None:
    for rights in RIGHTS.values():
        for table in rights:
            assert apps.get_model(table)._meta.label_lower == table


def test_the_three_administrators_share_no_table_they_keep() -> None:
    kept = [
        {table for table, verbs in RIGHTS[role].items() if verbs - {"view"} and table != "organization.staff"}
        for role in (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN)
    ]
    assert kept[0]
    assert not kept[1] | kept[2]


def test_audit_writes_nothing() -> None:
    for role in (Role.AUDITOR, Role.AUDIT_ADMIN):
        assert all(verbs == {"view"} for verbs in RIGHTS[role].values())


def test_nobody_deletes(bank: Bank) -> None:
    everyone = [hire(bank.head, Staff.Position.HEAD_OFFICE, role, is_staff=True, is_superuser=True) for role in RIGHTS]
    for model in apps.get_models():
        name = f"{model._meta.app_label}.delete_{model._meta.model_name}"
        assert not any(may(staff, name) for staff in everyone)


# --- The pages -----------------------------------------------------------------------------------
@pytest.fixture
def busy_bank(lending_bank: Bank) -> Bank:
    """A bank in which every table of the back office has a row."""
    bank = lending_bank
    _work(bank)
    file = FeedFile.objects.create(name="transactions.csv", sha256="0" * 64, state=FeedFile.State.LOADED, kind="x")
    reject = FeedReject(file=file, line_no=3, code="bad_amount", reason="金额无效")
    reject.line = "6222020402000000016,王小明"
    reject.save()
    return bank


def _work(bank: Bank) -> None:
    credit(bank.rm, 100)
    application(bank, State.IN_APPROVAL, since=clock.now() - timedelta(days=2))
    late_check(bank)
    Delivery.objects.create(notice_id=uuid4(), notice_created_on=clock.today(), recipient=bank.rm, channel="WECHAT")


def _tables() -> Iterator[type[Model]]:
    """The tables that the rooms show."""
    known = {table for rights in RIGHTS.values() for table in rights}
    return (model for model in admin.site._registry if model._meta.label_lower in known)


def _path(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_every_page_opens_to_its_people_and_to_nobody_else(busy_bank: Bank, desk: Desk, role: Role) -> None:
    staff = hire(busy_bank.head, Staff.Position.HEAD_OFFICE, role, is_staff=True)
    client = desk(staff)
    for model in _tables():
        is_seen = "view" in RIGHTS[role].get(model._meta.label_lower, ())
        assert client.get(_path(model, "changelist")).status_code == (200 if is_seen else 403), model
        if is_seen and (row := model._default_manager.first()):
            assert client.get(_path(model, "change", row.pk)).status_code == 200, model
        assert client.get(_path(model, "add")).status_code == (200 if _adds(role, model) else 403), model


def _adds(role: Role, model: type[Model]) -> bool:
    return "add" in RIGHTS[role].get(model._meta.label_lower, ())


def test_nothing_can_be_deleted_by_address(busy_bank: Bank, desk: Desk) -> None:
    client = desk(busy_bank.admin)
    for model in _tables():
        if row := model._default_manager.first():
            assert client.post(_path(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
            assert model._default_manager.filter(pk=row.pk).exists()


def test_tables_of_other_makers_are_nobodys(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    assert client.get("/admin/otp_totp/totpdevice/").status_code == 403
    assert client.get("/admin/auth/group/").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/admin/aladdin/auditentry/",
        "/admin/aladdin/job/",
        "/admin/performance/ledgerentry/",
        "/admin/loans/applicationtransition/",
        "/admin/postloan/postloanchecktransition/",
        "/admin/notifications/delivery/",
        "/admin/organization/staff/",
        "/admin/organization/roleassignment/",
    ],
)
def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(
    busy_bank: Bank, desk: Desk, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    auditor = hire(busy_bank.head, Staff.Position.HEAD_OFFICE, Role.AUDITOR, is_staff=True)
    client = desk(auditor)
    client.get(path)
    with django_assert_num_queries(6 if "staff" in path else 4):
        client.get(path)
    for _ in range(3):
        _work(busy_bank)
    with django_assert_num_queries(6 if "staff" in path else 4):
        client.get(path)


# --- Personal data -------------------------------------------------------------------------------
def test_a_rejected_line_stays_sealed(busy_bank: Bank, desk: Desk, audit_admin: Staff) -> None:
    file = FeedFile.objects.get()
    html = desk(audit_admin).get(_path(FeedFile, "change", file.pk)).content.decode()
    assert "金额无效" in html
    assert "6222020402000000016" not in html
    assert file.rejects.get().line_sealed not in html


def test_customers_have_no_page(busy_bank: Bank) -> None:
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert not shown & {"crm.customer", "crm.account", "crm.transaction", "loans.loanapplication", "loans.contract"}
