"""Real-time events of the core banking system: delivered at least once, in any order, each applied once."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from aladdin.problems import Conflict
from crm.accounts import account_index
from crm.models import CoreEvent, Transaction
from crm.transactions import Movement, counterparty, post_transactions

#: kind of event → direction, and the operation unless it says another.
KINDS = {
    "deposit": (Transaction.Direction.CREDIT, Transaction.Operation.CASH_DEPOSIT),
    "withdrawal": (Transaction.Direction.DEBIT, Transaction.Operation.CASH_WITHDRAWAL),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A movement as an event tells it; amounts in yuan."""

    event_id: str
    kind: str
    reference: str
    account_no: str
    posted_on: date
    occurred_at: datetime
    amount: Decimal
    balance_after: Decimal
    operation: str = ""
    purpose: str = ""
    counterparty_bank: str = ""
    counterparty_account: str = ""
    counterparty_name: str = ""


@transaction.atomic
def take_in(told: Told) -> CoreEvent.Outcome:
    """Apply an event once. Raises `account_unknown`, `reference_conflict`, `event_id_reused` (409): a refused
    event leaves no trace and may be sent again."""
    outcome = CoreEvent.Outcome
    event, new = CoreEvent.objects.get_or_create(
        event_id=told.event_id,
        defaults={"kind": told.kind, "reference": told.reference, "outcome": outcome.APPLIED},
    )
    if not new:
        if (event.kind, event.reference) != (told.kind, told.reference):
            raise Conflict("event_id_reused", "该事件号已用于另一事件")
        return outcome.DUPLICATE
    posting = post_transactions([_movement(told)])
    if posting.account_unknown:
        raise Conflict("account_unknown", "账号不存在，请稍后重发")
    if posting.conflicting:
        raise Conflict("reference_conflict", "流水号已存在，且账号、方向或金额不同")
    if not posting.new:
        event.outcome = outcome.DUPLICATE
        event.save(update_fields=["outcome"])
    return CoreEvent.Outcome(event.outcome)


def _movement(told: Told) -> Movement:
    direction, usual = KINDS[told.kind]
    return Movement(
        line_no=1,
        reference=told.reference,
        account_index=account_index(told.account_no),
        posted_on=told.posted_on,
        occurred_at=told.occurred_at,
        direction=direction.value,
        amount=told.amount,
        balance_after=told.balance_after,
        operation=told.operation or usual.value,
        purpose=told.purpose,
        counterparty_bank=told.counterparty_bank,
        **counterparty(told.counterparty_account, told.counterparty_name),
    )
