"""A customer's accounts: how a number is found again, and what a customer has in all."""

from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from django.db.models import Sum

from aladdin.crypto import blind_index
from crm.models import Account


@lru_cache(maxsize=50_000)
def account_index(number: str) -> str:
    """Under which an account is found by its number (digits only)."""
    return blind_index("account_no", number)


def account_numbered(number: str) -> Account | None:
    """The account with that number, or None."""
    return Account.objects.filter(number_index=account_index(number)).first()


def deposit_balances(customer_ids: list[UUID]) -> dict[UUID, Decimal]:
    """What each customer has in his deposit accounts, in yuan, in one query; who has none is left out."""
    rows = (
        Account.objects.deposits()
        .filter(customer__in=customer_ids)
        .values("customer")
        .annotate(total=Sum("balance"))
        .values_list("customer", "total")
    )
    return dict(rows)
