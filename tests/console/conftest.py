"""Browsers without a screen: Django's test client, signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from console.entry import BACKEND
from loans import products
from organization.models import Staff
from tests.world import Bank

Browser = Callable[[Staff], Client]


@pytest.fixture
def browser() -> Browser:
    """`browser(staff)`: that person's browser, signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend=BACKEND)
        return client

    return signed_in


@pytest.fixture
def lending_bank(bank: Bank) -> Bank:
    """The bank with its loan products on the shelf."""
    products.seed()
    return bank
