"""Our instalments against the nightly balances of core banking, which rules.

What the core has received and did not tell one by one is recorded as one repayment by balance, so that instalments and
balance always agree.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from aladdin import audit
from loans import repayments, schedules
from loans.models import LoanAccount, Repayment, RepaymentInstalment
from loans.repayment import Item, Position

S = LoanAccount.Status
Kind = Repayment.Kind
ZERO = Decimal(0)


def behind(accounts: Iterable[LoanAccount], business_date: date) -> set[object]:
    """Keys of the accounts with an instalment from before the date that is not marked as paid: of a loan that the
    core calls normal it must have been."""
    ids = [account.pk for account in accounts]
    unpaid = RepaymentInstalment.objects.current().filter(account__in=ids, due_on__lt=business_date, paid_on=None)
    return set(unpaid.order_by().values_list("account_id", flat=True))


def agree(account: LoanAccount, told: Decimal, business_date: date) -> None:
    """Bring the account's instalments to the balance that the core tells for the end of a business date.

    The account is locked, has the core's status, and is saved by the caller."""
    if not hasattr(account, "agreement"):
        return  # from before schedules had versions
    position = repayments.position_of(account, business_date)
    if position.balance < told:
        position = _take_back(account, told, business_date)
    if position.balance > told and account.status == S.SETTLED:
        position = _settle_early(account, business_date)
    _record(account, position, told, business_date)
    later = account.repayments.filter(paid_on__gt=business_date, reversed_on=None).exists()
    now = repayments.position_of(account, date.max if later else business_date)
    repayments.project(account, now)
    account.balance = now.balance if later else told


def _take_back(account: LoanAccount, told: Decimal, business_date: date) -> Position:
    """The core says that more is owed than we believed: what we only took from its balances was too much."""
    rows = account.repayments.filter(kind=Kind.BALANCE, reversed_on=None, paid_on__lte=business_date)
    for row in rows.order_by("-paid_on", "-told_at"):
        row.reversed_on, row.reversal_reference = business_date, f"{row.reference}/{business_date}"
        row.save(update_fields=["reversed_on", "reversal_reference"])
        position = repayments.position_of(account, business_date)
        if position.balance >= told:
            return position
    audit.record(
        by=None,
        action="loan.balance_differs",
        subject=f"loan-account/{account.pk}",
        told=str(told),
        on=str(business_date),
    )
    return repayments.position_of(account, business_date)


def _settle_early(account: LoanAccount, business_date: date) -> Position:
    """Settled before its end: what was still to come was paid early."""
    on = account.settled_on or business_date
    before = schedules.running(account, on)
    if before is not None:
        row = _row(account, on, {Item.PRINCIPAL: before.balance})
        row.kind = Kind.PREPAYMENT
        note = "核心系统报送结清"
        row.schedule = schedules.follow(account, before, None, cause="PREPAYMENT", on=on, note=note)
        row.save(force_insert=True)
    return repayments.position_of(account, business_date)


def _record(account: LoanAccount, position: Position, told: Decimal, business_date: date) -> None:
    """One repayment of what is missing."""
    principal = max(position.balance - told, ZERO)
    up_to_date = account.status in (S.NORMAL, S.SETTLED)
    past = [line for line in position.lines if line.due.due_on < business_date and up_to_date]
    interest = sum((line.interest_left for line in past), ZERO)
    if principal or interest:
        parts: Mapping[Item, Decimal] = {Item.PRINCIPAL: principal, Item.INTEREST: interest}
        _row(account, business_date, parts).save(force_insert=True)


def _row(account: LoanAccount, on: date, parts: Mapping[Item, Decimal]) -> Repayment:
    count = account.repayments.count()
    row = Repayment(
        account=account,
        reference=f"loan_accounts/{on}/{account.account_no}/{count}",
        kind=Kind.BALANCE,
        paid_on=on,
        amount=sum(parts.values(), ZERO),
    )
    row.split(dict(parts))
    return row
