"""Money that comes back, as core banking tells it: recorded once, matched to the instalments, and undone by a reversal.

What is paid of each instalment is always told anew from all repayments by one rule (`loans/repayment/matching.py`);
the columns of the instalments are only its latest answer.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.jobs import later
from aladdin.problems import Conflict
from loans import prepayments
from loans.models import LoanAccount, Repayment, RepaymentInstalment
from loans.repayment import Due, Item, LateTerms, Position, match
from loans.repayment.interest import days_a_year

S = LoanAccount.Status
Kind = Repayment.Kind
_ENDED = (S.SETTLED, S.WRITTEN_OFF)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A repayment as the core banking system tells it, in yuan. `parts` is the core's own split, where it gives one;
    `way` what becomes of the rest where a part was paid early."""

    reference: str
    account_no: str
    kind: str
    paid_on: date
    amount: Decimal
    parts: dict[Item, Decimal] | None = field(default=None)
    way: str = ""


# --- Taking in -----------------------------------------------------------------------------------
@transaction.atomic
def take_in(told: Told) -> bool:
    """Record a repayment and what follows from it; False where it is known already.

    Raises `account_unknown`, `reference_conflict`, `loan_ended`, `prepayment_unfit` (409)."""
    account = _account(told.account_no)
    known = Repayment.objects.filter(reference=told.reference).first()
    if known is not None:
        _require_same(known, account, told)
        return False
    if account.status in _ENDED:
        raise Conflict("loan_ended", "该借据已结清或核销", state=account.status)
    row = _row(account, told)
    if told.kind == Kind.PREPAYMENT:
        prepayments.execute(account, row, way=told.way)
    row.save(force_insert=True)
    settle(account, told.paid_on)
    audit.record(
        by=None, action="loan.repaid", subject=f"loan-account/{account.pk}", reference=told.reference, kind=told.kind
    )
    return True


@transaction.atomic
def take_back(account_no: str, reference: str, *, reversal_reference: str, on: date) -> bool:
    """A repayment never was: it is reversed, once, and everything is matched anew; False where that is known.

    Raises `account_unknown`, `repayment_unknown`, `reference_conflict`, `prepayment_built_upon` (409)."""
    account = _account(account_no)
    row = Repayment.objects.select_for_update().filter(account=account, reference=reference).first()
    if row is None:
        raise Conflict("repayment_unknown", "没有找到被冲正的还款，请稍后重发")
    if row.reversal_reference is not None:
        if row.reversal_reference != reversal_reference:
            raise Conflict("reference_conflict", "该笔还款已被另一流水冲正")
        return False
    row.reversed_on, row.reversal_reference = on, reversal_reference
    row.save(update_fields=["reversed_on", "reversal_reference"])
    if row.kind == Kind.PREPAYMENT:
        prepayments.undo(account, row, on)
    settle(account, on)
    audit.record(by=None, action="loan.repayment_reversed", subject=f"loan-account/{account.pk}", reference=reference)
    return True


def _account(account_no: str) -> LoanAccount:
    held: LoanAccount | None = LoanAccount.objects.select_for_update(of=("self",)).filter(account_no=account_no).first()
    if held is None:
        raise Conflict("account_unknown", "借据号不存在，请稍后重发")
    return held


def _require_same(known: Repayment, account: LoanAccount, told: Told) -> None:
    if (known.account_id, known.kind, known.amount) != (account.pk, told.kind, told.amount):
        raise Conflict("reference_conflict", "流水号已存在，且借据、种类或金额不同")


def _row(account: LoanAccount, told: Told) -> Repayment:
    row = Repayment(
        account=account,
        reference=told.reference,
        kind=told.kind,
        paid_on=told.paid_on,
        amount=told.amount,
        principal_first=account.status == S.NON_PERFORMING and bool(parameters.integer("loan.npl_principal_first")),
    )
    row.split(told.parts)
    return row


# --- What is owed --------------------------------------------------------------------------------
def position_of(account: LoanAccount, on: date) -> Position:
    """What the loan owes at the end of a business date, and which repayment paid what."""
    lines = account.instalments.current()
    schedule = [
        Due(number=row.number, due_on=row.due_on, principal=row.principal, interest=row.interest) for row in lines
    ]
    received = [row.in_figures() for row in account.repayments.exclude(kind=Kind.PREPAYMENT)]
    return match(schedule, received, late_terms(account), on)


def late_terms(account: LoanAccount) -> LateTerms:
    """What the account's agreement says of lateness, with every rate that it has had."""
    agreement = account.agreement
    rates = account.schedules.order_by("version").values_list("effective_from", "rate")
    return LateTerms(
        rates=tuple(rates),
        matures_on=account.matures_on,
        overdue_surcharge=agreement.overdue_surcharge,
        misuse_surcharge=agreement.misuse_surcharge if agreement.misused_from else Decimal(0),
        misused_from=agreement.misused_from,
        grace_days=agreement.grace_days or 0,
        days_a_year=days_a_year(agreement.in_figures().day_count),
    )


def settle(account: LoanAccount, on: date) -> Position:
    """Write down what the matching says now: of each instalment, and of the account's balance."""
    position = position_of(account, max(on, clock.today()))
    project(account, position)
    account.balance = position.balance
    if not position.balance and not position.due_now and account.status not in _ENDED:
        account.status, account.settled_on = S.SETTLED, on
        later("postloan.stop_checks", loan_account_id=str(account.pk))
    elif position.balance and account.status == S.SETTLED:
        account.status, account.settled_on = S.NORMAL, None
    account.version += 1
    account.save(update_fields=["balance", "status", "settled_on", "rate", "matures_on", "version"])
    return position


def project(account: LoanAccount, position: Position) -> None:
    """The instalments' columns as the matching has them."""
    changed = []
    states = {state.due.number: state for state in position.lines}
    for row in account.instalments.current():
        state = states[row.number]
        now = (state.principal_paid, state.interest_paid, state.paid_on)
        if (row.principal_paid, row.interest_paid, row.paid_on) != now:
            row.principal_paid, row.interest_paid, row.paid_on = now
            changed.append(row)
    RepaymentInstalment.objects.bulk_update(changed, ["principal_paid", "interest_paid", "paid_on"])
