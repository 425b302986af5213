"""The terms of one loan as they go from the approval over the disclosure and the contract into the account."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from aladdin.money import yuan
from aladdin.problems import RuleBroken
from loans import products
from loans.models import Contract, LoanApplication
from loans.repayment import Conventions, Instalment, Plan, schedule
from loans.repayment_rules import misfits


@dataclass(frozen=True, kw_only=True)
class LoanTerms:
    """Yuan, months, percent a year; `repayment_day` is a day of the month, 1 to 31, None that of disbursement."""

    amount: Decimal
    term_months: int
    rate: Decimal
    repayment_method: str
    repayment_day: int | None
    conventions: Conventions = field(default_factory=Conventions)
    plan: Plan = field(default_factory=Plan)

    def schedule(self, disbursed_on: date) -> list[Instalment]:
        """The instalments if the money is paid out on that day."""
        return schedule(
            self.repayment_method,
            self.amount,
            self.rate,
            self.term_months,
            disbursed_on,
            self.repayment_day,
            conventions=self.conventions,
            plan=self.plan,
        )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the customer wants of what was approved; None takes what was approved or applied for."""

    amount: Decimal | None = None
    term_months: int | None = None
    repayment_method: str | None = None
    repayment_day: int | None = None
    payment_months: list[int] | None = None


def chosen(application: LoanApplication, choice: Choice) -> LoanTerms:
    """The terms for disclosure and contract, at the approved rate.

    Raises `terms_exceed_approval` (422, by field): never more, never longer than approved (invariant (e))."""
    rule = application.product_version.repayment
    terms = LoanTerms(
        amount=choice.amount or application.approved_amount or Decimal(0),
        term_months=choice.term_months or application.approved_term_months or 0,
        rate=application.approved_rate or Decimal(0),
        repayment_method=choice.repayment_method or application.repayment_method,
        repayment_day=choice.repayment_day or application.repayment_day or 20,
        conventions=rule.conventions(),
        plan=rule.plan(choice.payment_months or application.payment_months),
    )
    errors = {field: [detail] for field, detail in _wrong(application, terms).items()}
    if errors:
        details = "；".join(each[0] for each in errors.values())
        raise RuleBroken("terms_exceed_approval", details, errors=errors)
    return terms


def wished(application: LoanApplication) -> LoanTerms:
    """The terms that were applied for, at the product's rate of the day; from the day of disbursement, so that no odd
    days blur them."""
    rule = application.product_version.repayment
    return LoanTerms(
        amount=application.amount or Decimal(0),
        term_months=application.term_months or 1,
        rate=products.price(application.product_version),
        repayment_method=application.repayment_method,
        repayment_day=None,
        conventions=rule.conventions(),
        plan=rule.plan(application.payment_months),
    )


def of_contract(contract: Contract) -> LoanTerms:
    """The terms that were signed."""
    rule = contract.application.product_version.repayment
    return LoanTerms(
        amount=contract.amount,
        term_months=contract.term_months,
        rate=contract.rate,
        repayment_method=contract.repayment_method,
        repayment_day=contract.repayment_day,
        conventions=rule.conventions(),
        plan=rule.plan(contract.payment_months),
    )


def _wrong(application: LoanApplication, terms: LoanTerms) -> dict[str, str]:
    version, found = application.product_version, {}
    most, longest = application.approved_amount or Decimal(0), application.approved_term_months or 0
    if not version.min_amount <= terms.amount <= most:
        found["amount"] = f"金额须在{yuan(version.min_amount)}元至批复金额{yuan(most)}元之间"
    if not version.min_term_months <= terms.term_months <= longest:
        found["term_months"] = f"期限须在{version.min_term_months}至批复期限{longest}个月之间"
    if terms.repayment_method not in version.repayment_methods:
        found["repayment_method"] = "该产品不支持此还款方式"
    found |= misfits(
        version,
        method=terms.repayment_method,
        term_months=terms.term_months,
        payment_months=terms.plan.payment_months,
    )
    return found
