"""Desks of the back office: Django's test client, signed in, and forms filled in as a person would."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from console.entry import BACKEND
from loans import products
from organization.models import Staff
from organization.roles import Role
from tests.world import Bank, hire

Desk = Callable[[Staff], Client]


@pytest.fixture
def desk() -> Desk:
    """`desk(staff)`: that person's browser, signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend=BACKEND)
        return client

    return signed_in


def _in_back_office(bank: Bank, role: Role, name: str) -> Staff:
    return hire(bank.head, Staff.Position.HEAD_OFFICE, role, name=name, is_staff=True)


@pytest.fixture
def security(bank: Bank) -> Staff:
    """The security administrator, who gives roles."""
    return _in_back_office(bank, Role.SEC_ADMIN, "安管")


@pytest.fixture
def audit_admin(bank: Bank) -> Staff:
    """The audit administrator, who reads what was done."""
    return _in_back_office(bank, Role.AUDIT_ADMIN, "审管")


@pytest.fixture
def product_managers(bank: Bank) -> tuple[Staff, Staff]:
    """One who makes, another who checks."""
    bank.product_manager.is_staff = True
    bank.product_manager.save()
    return bank.product_manager, _in_back_office(bank, Role.PRODUCT_MANAGER, "复核")


@pytest.fixture
def lending_bank(bank: Bank) -> Bank:
    """The bank with its loan products on the shelf."""
    products.seed()
    return bank


def filled_in(client: Client, path: str, **said: Any) -> dict[str, Any]:
    """The form at `path` as the page shows it, with what is said instead."""
    context = client.get(path).context
    data = _values(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        for form in (inline.formset.management_form, *inline.formset.forms):
            data |= _values(form)
    return data | said


def _values(form: Any) -> dict[str, Any]:
    shown = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value is not None and value is not False}


def messages_of(answer: Any) -> list[str]:
    """What the page tells above its content."""
    return [str(message) for message in answer.context["messages"]]
