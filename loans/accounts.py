"""The loan account (借据): opened when the money has been paid out, then kept as the core banking system says."""

from datetime import date
from uuid import UUID

from aladdin.calendar import add_months
from aladdin.problems import NotFound
from loans import numbers
from loans.models import LoanAccount, Payment
from loans.schedules import open_schedule
from organization.models import Staff

S = LoanAccount.Status
#: Where an account may go from each status (domain 1.4). The core tells how a day ended, so that a step between may
#: not be seen; but only a loan in trouble is written off, and what has ended stays ended.
NEXT: dict[str, frozenset[str]] = {
    S.NORMAL: frozenset({S.OVERDUE, S.NON_PERFORMING, S.SETTLED}),
    S.OVERDUE: frozenset({S.NORMAL, S.NON_PERFORMING, S.SETTLED, S.WRITTEN_OFF}),
    S.NON_PERFORMING: frozenset({S.NORMAL, S.OVERDUE, S.SETTLED, S.WRITTEN_OFF}),
    S.SETTLED: frozenset(),
    S.WRITTEN_OFF: frozenset(),
}


def open_account(payment: Payment, on: date) -> LoanAccount:
    """The account of a payment that succeeded on a business date, with its schedule to the fen."""
    contract, application = payment.contract, payment.application
    months = _months_left(payment, on)
    account = LoanAccount.objects.create(
        account_no=numbers.account_no(),
        application=application,
        contract=contract,
        payment=payment,
        customer=application.customer,
        branch=application.branch,
        principal=payment.amount,
        balance=payment.amount,
        rate=contract.rate,
        term_months=months,
        repayment_method=contract.repayment_method,
        disbursed_on=on,
        matures_on=add_months(on, months),
    )
    open_schedule(account)
    return account


def _months_left(payment: Payment, on: date) -> int:
    """The term in whole months: the contract's; of a later draw what is left of it since the first one, so that no
    account of the contract ends after that of the first draw."""
    contract = payment.contract
    first = contract.accounts.order_by("disbursed_on", "id").first() if payment.draw_id else None
    if first is None:
        return contract.term_months
    ends_on = add_months(first.disbursed_on, contract.term_months)
    months = (ends_on.year - on.year) * 12 + ends_on.month - on.month
    while months > 1 and add_months(on, months) > ends_on:
        months -= 1
    return max(months, 1)


def may_become(account: LoanAccount, status: str) -> bool:
    """Whether the account's life has such a step; staying where it is always is one."""
    return status == account.status or status in NEXT[account.status]


def find(account_id: UUID, *, by: Staff) -> LoanAccount:
    """The account, if this person may see it. Raises NotFound."""
    visible = LoanAccount.objects.visible_to(by).select_related("customer", "branch", "application__investigator")
    account: LoanAccount | None = visible.filter(pk=account_id).first()
    if account is None:
        raise NotFound("没有找到该借据")
    return account


def hold(account_id: UUID) -> LoanAccount:
    """The account, locked until the transaction ends."""
    held: LoanAccount = LoanAccount.objects.select_for_update(of=("self",)).get(pk=account_id)
    return held
