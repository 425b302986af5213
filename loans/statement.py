"""The statement of all-in financing cost (综合融资成本明示表, 金规〔2026〕2号) as a calculation.

Every item with how it is charged, at which rate and by whom; the annualised cost under normal performance by the
internal rate of return (monthly × 12); what is only due when something goes wrong stands apart.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from aladdin import parameters
from aladdin.calendar import add_months
from aladdin.money import fen, yuan
from loans.codes import RepaymentMethod
from loans.models import LoanApplication, ProductFee
from loans.repayment import AnnualCost, Instalment, annualised_cost_of, penalty_rate
from loans.terms import LoanTerms

TABLE_VERSION = "2026-08.1"
_BANK = "本行"
_MONTHS_A_YEAR = 12
_NOT_NORMAL = (ProductFee.When.CONTINGENT, ProductFee.When.PREPAYMENT)


@dataclass(frozen=True)
class Item:
    """One line: `amount` in yuan over the whole term, empty for what is not known beforehand."""

    name: str
    method: str
    rate: str
    collected_by: str
    amount: str = ""


@dataclass(frozen=True)
class Statement:
    """The whole table; `annualised_cost` in percent a year, `sha256` of everything that the customer sees."""

    items: list[Item]
    contingent_items: list[Item]
    annualised_cost: Decimal
    sha256: str


def of(application: LoanApplication, terms: LoanTerms, on: date) -> Statement:
    """The statement for these terms if the money is paid out on a business date."""
    fees = list(application.product_version.fees.order_by("id"))
    instalments = terms.schedule(on)
    items = [_interest(terms, instalments), *(_fee(each, terms) for each in fees if each.when not in _NOT_NORMAL)]
    contingent = [*_lateness(terms, on), *(_fee(each, terms) for each in fees if each.when in _NOT_NORMAL)]
    cost = annual_cost(terms, instalments, fees, on).simple
    return Statement(items, contingent, cost, _digest(terms, items, contingent, cost))


def _interest(terms: LoanTerms, instalments: list[Instalment]) -> Item:
    return Item(
        name="利息",
        method=f"{RepaymentMethod(terms.repayment_method).label}，随每期还款收取",
        rate=f"年利率{_percent(terms.rate)}（单利）",
        collected_by=_BANK,
        amount=yuan(sum((line.interest for line in instalments), Decimal(0))),
    )


def _fee(fee: ProductFee, terms: LoanTerms) -> Item:
    total = amount_of(fee, terms.amount) * _times(fee, terms)
    percent = fee.basis == ProductFee.Basis.PERCENT
    return Item(
        name=fee.name,
        method=fee.get_when_display(),
        rate=f"贷款金额的{_percent(fee.value)}" if percent else f"每次{yuan(fen(fee.value))}元",
        collected_by=fee.collected_by,
        amount="" if fee.when in _NOT_NORMAL else yuan(total),
    )


def amount_of(fee: ProductFee, principal: Decimal) -> Decimal:
    """What one collection of the fee comes to, in yuan."""
    return fen(principal * fee.value / 100 if fee.basis == ProductFee.Basis.PERCENT else fee.value)


def _times(fee: ProductFee, terms: LoanTerms) -> int:
    """A yearly fee is due at the end of each year of the term, begun ones included; others once."""
    return -(-terms.term_months // _MONTHS_A_YEAR) if fee.when == ProductFee.When.YEARLY else 1


def _lateness(terms: LoanTerms, on: date) -> Iterable[Item]:
    """Penalty interest is never stacked: the higher counts (银发〔2003〕251号)."""
    overdue = parameters.decimal("loan.overdue_surcharge", on)
    misuse = parameters.decimal("loan.misuse_surcharge", on)
    yield Item("逾期罚息", "自逾期之日起按逾期本金计收", _penalty(terms.rate, overdue), _BANK)
    yield Item("挪用罚息", "自挪用之日起按挪用金额计收，与逾期罚息不并处", _penalty(terms.rate, misuse), _BANK)
    yield Item("复利", "对未按时支付的利息计收", "期内按合同利率，逾期后按罚息利率", _BANK)


def _penalty(contract_rate: Decimal, surcharge: Decimal) -> str:
    return f"年利率{_percent(penalty_rate(contract_rate, surcharge))}（合同利率上浮{_percent(surcharge)}）"


def annual_cost(terms: LoanTerms, instalments: list[Instalment], fees: list[ProductFee], on: date) -> AnnualCost:
    """What the loan costs a year with all its fees, in percent, under normal performance.

    What is paid at once lowers what is received; what is paid by the year joins the next instalment."""
    upfront = [amount_of(fee, terms.amount) for fee in fees if fee.when == ProductFee.When.UPFRONT]
    yearly = [amount_of(fee, terms.amount) for fee in fees if fee.when == ProductFee.When.YEARLY]
    received = terms.amount - sum(upfront, Decimal(0))
    flows = instalments if not yearly else _with_yearly(instalments, sum(yearly, Decimal(0)), terms, on)
    return annualised_cost_of(received, flows, on)


def _with_yearly(instalments: list[Instalment], fee: Decimal, terms: LoanTerms, on: date) -> list[Instalment]:
    flows, last = list(instalments), len(instalments) - 1
    for year in range(1, -(-terms.term_months // _MONTHS_A_YEAR) + 1):
        day = add_months(on, year * _MONTHS_A_YEAR)
        place = next((index for index, line in enumerate(flows) if line.due_on >= day), last)
        flows[place] = replace(flows[place], interest=flows[place].interest + fee)
    return flows


def _digest(terms: LoanTerms, items: list[Item], contingent: list[Item], cost: Decimal) -> str:
    said = {
        "table_version": TABLE_VERSION,
        "terms": written(terms),
        "items": [asdict(each) for each in items],
        "contingent_items": [asdict(each) for each in contingent],
        "annualised_cost": str(cost),
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def written(terms: LoanTerms) -> dict[str, Any]:
    """The terms in their one canonical form."""
    said: dict[str, Any] = json.loads(json.dumps(asdict(terms), default=str))
    return said | {"amount": f"{terms.amount:.2f}", "rate": f"{terms.rate:.6f}"}


def _percent(number: Decimal) -> str:
    return f"{number.normalize():f}%"
