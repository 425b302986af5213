"""Large withdrawals: which debits are large, and telling the managing RM (domain 4.2, 支取提醒)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from django.db import connection

from aladdin import parameters
from crm.models import Account, Customer, Transaction
from crm.ownership import managing_rms
from notifications.notices import Message, notify_many

if TYPE_CHECKING:
    from crm.transactions import Posted


@dataclass(frozen=True)
class Limits:
    """From when on a debit is large, on one business date."""

    amount: Decimal
    share_percent: Decimal
    share_minimum: Decimal

    @property
    def lowest(self) -> Decimal:
        """Below this no debit is large, whatever the customer has."""
        return min(self.amount, self.share_minimum)


def limits_on(day: date) -> Limits:
    """The limits in force on a business date."""
    return Limits(
        amount=parameters.decimal("withdrawal_alert.amount", day),
        share_percent=parameters.decimal("withdrawal_alert.share_percent", day),
        share_minimum=parameters.decimal("withdrawal_alert.share_minimum", day),
    )


def is_large(debit: Decimal, balance_before: Decimal, limits: Limits) -> bool:
    """Whether a debit (yuan) is large for a customer who had `balance_before` in all his deposit accounts.

    At or above the amount; or at or above the share of the balance, but not below the minimum."""
    if debit >= limits.amount:
        return True
    return debit >= limits.share_minimum and debit * 100 >= balance_before * limits.share_percent


def large_ones(posted: Sequence["Posted"]) -> list["Posted"]:
    """The large withdrawals among new movements. Asked before their balances are written."""
    limits = cache(limits_on)
    candidates = [
        movement
        for movement in posted
        if movement.direction == Transaction.Direction.DEBIT
        and movement.is_deposit_account
        and movement.amount >= limits(movement.posted_on).lowest
    ]
    elsewhere = _balances_elsewhere(candidates)
    return [
        movement
        for movement in candidates
        if is_large(
            movement.amount,
            movement.balance_after + movement.amount + elsewhere.get(movement.id, Decimal(0)),
            limits(movement.posted_on),
        )
    ]


def alert(movements: Sequence["Posted"]) -> None:
    """Tell the managing RM of each; a customer in nobody's care alerts nobody. Last in the transaction."""
    if not movements:
        return
    customers = Customer.objects.in_bulk({movement.customer_id for movement in movements})
    managers = managing_rms(customers)
    notify_many(
        Message(
            recipient=managers[movement.customer_id],
            kind="customer.large_withdrawal",
            event_key=f"withdrawal/{movement.reference}",
            subject=f"customer/{movement.customer_id}",
            values={
                "customer": customers[movement.customer_id].masked_name(),
                "amount": str(movement.amount),
            },
        )
        for movement in movements
        if movement.customer_id in managers
    )


def _balances_elsewhere(candidates: Sequence["Posted"]) -> dict[int, Decimal]:
    """What each customer had in his other deposit accounts at the moment of the debit, by movement."""
    if not candidates:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _ELSEWHERE,
            [
                [movement.id for movement in candidates],
                [movement.account_id for movement in candidates],
                [movement.customer_id for movement in candidates],
                [movement.occurred_at for movement in candidates],
                [movement.posted_on for movement in candidates],
                [str(kind) for kind in Account.DEPOSITS],
            ],
        )
        return dict(cursor.fetchall())


# The last movement up to that moment tells an account's balance then; where there is none, the balance that
# the accounts file told, if it is not younger.
_ELSEWHERE = """
SELECT debit.id, sum(coalesce(last.balance_after,
    CASE WHEN other.balance_as_of <= debit.occurred_at THEN other.balance END, 0))
FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::date[])
    AS debit (id, account_id, customer_id, occurred_at, posted_on)
JOIN crm_account other ON other.customer_id = debit.customer_id AND other.id <> debit.account_id
    AND other.kind = ANY(%s)
LEFT JOIN LATERAL (
    SELECT movement.balance_after FROM crm_transaction movement
    WHERE movement.account_id = other.id AND movement.posted_on <= debit.posted_on
      AND movement.occurred_at <= debit.occurred_at
    ORDER BY movement.posted_on DESC, movement.occurred_at DESC, movement.id DESC
    LIMIT 1
) last ON true
GROUP BY debit.id
"""
