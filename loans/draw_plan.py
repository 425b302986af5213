"""The plan of a contract that is paid out in parts (提款计划): agreed with the contract, whole to the fen.

Product and approval say in how many parts at most; without a plan the contract is paid out at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from aladdin import clock
from aladdin.calendar import add_months
from aladdin.money import yuan
from loans import payment_mode
from loans.blocker import Blocker
from loans.codes import RepaymentMethod
from loans.models import Contract, Draw, LoanApplication, LoanProductVersion
from loans.terms import LoanTerms

#: Their plans count a fixed number of instalments, or fixed months of the year, from the first day of the loan on.
WHOLE_ONLY = (RepaymentMethod.STEPPED, RepaymentMethod.SEASONAL)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One part: yuan, the day from which on it may be drawn (None: any), what has to be so before, for what, to whom
    (empty: the payee of the contract)."""

    amount: Decimal
    planned_on: date | None = None
    condition: str = ""
    purpose_note: str = ""
    payee_name: str = ""
    payee_account: str = ""
    payee_bank: str = ""


def until(version: LoanProductVersion, term_months: int, on: date) -> date:
    """The last day to draw on for a contract of that day: as the product says, and a month before the loan ends."""
    return min(add_months(on, version.draw_within_months), add_months(on, max(term_months - 1, 0)))


def with_payees(planned: Iterable[Planned], name: str, account: str, bank: str) -> list[Planned]:
    """The plan with the contract's payee where a part names none."""
    return [
        each
        if each.payee_name and each.payee_account
        else replace(each, payee_name=name, payee_account=account, payee_bank=bank)
        for each in planned
    ]


def against(held: LoanApplication, terms: LoanTerms, planned: Sequence[Planned]) -> Iterable[Blocker]:
    """Every reason against the plan; its payees are filled in."""
    last = until(held.product_version, terms.term_months, clock.today())
    if len(planned) > held.approved_draws:
        yield Blocker("too_many_draws", f"批复允许最多{held.approved_draws}次提款", "draws")
    if terms.repayment_method in WHOLE_ONLY:
        yield Blocker("draws_not_with_this_method", "该还款方式不能分次提款", "repayment_method")
    total = sum((each.amount for each in planned), Decimal(0))
    if total != terms.amount:
        detail = f"各次提款合计{yuan(total)}元，须等于合同金额{yuan(terms.amount)}元"
        yield Blocker("draws_not_whole", detail, "draws")
    if any(each.planned_on and each.planned_on > last for each in planned):
        yield Blocker("draw_planned_too_late", f"计划提款日不得晚于{last:%Y-%m-%d}", "draws")
    yield from payment_mode.against_plan(
        held, [(each.planned_on or clock.today(), each.payee_name, each.amount) for each in planned]
    )


def keep(contract: Contract, planned: Sequence[Planned]) -> None:
    """Put the plan in the place of an earlier one. The contract is not signed yet."""
    if not planned and contract.draw_until is None:
        return
    version = contract.application.product_version
    contract.draw_until = until(version, contract.term_months, clock.today()) if planned else None
    contract.save()
    contract.draws.all().delete()
    for number, each in enumerate(planned, 1):
        _row(contract, number, each).save(force_insert=True)


def _row(contract: Contract, number: int, planned: Planned) -> Draw:
    row: Draw = Draw(
        contract=contract,
        number=number,
        amount=planned.amount,
        planned_on=planned.planned_on,
        condition=planned.condition,
        purpose_note=planned.purpose_note,
        payee_bank=planned.payee_bank,
    )
    row.payee_name, row.payee_account = planned.payee_name, planned.payee_account
    return row
