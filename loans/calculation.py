"""Calculators: what a loan would take a month and cost in all, and how much an income and a security can bear.

By the product's terms of the day; nothing is recorded. An offer that is kept is `loans/prospects.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aladdin import clock, parameters
from aladdin.money import fen, yuan
from aladdin.problems import RuleBroken
from loans import products, statement
from loans.codes import Guarantee
from loans.forms.collateral import highest_share
from loans.models import LoanProductVersion
from loans.repayment import AnnualCost, Instalment, monthly_burden, most_within
from loans.repayment_rules import misfits
from loans.terms import LoanTerms

_SECURED = (Guarantee.MORTGAGED, Guarantee.PLEDGED)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the customer has in mind, in yuan and months."""

    amount: Decimal
    term_months: int
    repayment_method: str
    repayment_day: int | None = None
    payment_months: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Means:
    """What he lives on, a month, and what he could pledge or mortgage; in yuan."""

    monthly_income: Decimal
    monthly_debt: Decimal = Decimal(0)
    collateral_kind: str = ""
    collateral_value: Decimal = Decimal(0)


@dataclass(frozen=True)
class FeeOf:
    """A fee of the product, as it would be for this loan; `amount` of one collection, in yuan."""

    name: str
    when: str
    collected_by: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Worked:
    """A loan worked out: its payments, what it takes a month, and what it costs a year with all its fees."""

    terms: LoanTerms
    lines: list[Instalment]
    burden: Decimal
    cost: AnnualCost
    fees: list[FeeOf]


@dataclass(frozen=True, kw_only=True)
class Bearable:
    """How much could be lent, in yuan: by income, by security (None: the product asks for none), by the product; the
    least of these is `most`, nought where it is less than the product begins with. `reasons` say what bounds it."""

    by_income: Decimal
    by_collateral: Decimal | None
    by_product: Decimal
    most: Decimal
    reasons: list[str]


def terms_of(version: LoanProductVersion, wanted: Wanted, on: date) -> LoanTerms:
    """The terms at the product's rate of a day. Raises `offer_does_not_fit` (422), by field."""
    errors = {name: [detail] for name, detail in _against(version, wanted)}
    if errors:
        raise RuleBroken("offer_does_not_fit", "；".join(each[0] for each in errors.values()), errors=errors)
    return LoanTerms(
        amount=wanted.amount,
        term_months=wanted.term_months,
        rate=products.price(version, on),
        repayment_method=wanted.repayment_method,
        repayment_day=wanted.repayment_day,
        conventions=version.repayment.conventions(),
        plan=version.repayment.plan(wanted.payment_months),
    )


def work_out(version: LoanProductVersion, wanted: Wanted, *, on: date | None = None) -> Worked:
    """The loan if the money were paid out on a day (today unless told). Raises `offer_does_not_fit` (422)."""
    day = on or clock.today()
    terms = terms_of(version, wanted, day)
    lines, fees = terms.schedule(day), list(version.fees.order_by("id"))
    return Worked(
        terms=terms,
        lines=lines,
        burden=monthly_burden(terms.repayment_method, lines, terms.term_months),
        cost=statement.annual_cost(terms, lines, fees, day),
        fees=[FeeOf(fee.name, fee.when, fee.collected_by, statement.amount_of(fee, wanted.amount)) for fee in fees],
    )


def bearable(version: LoanProductVersion, means: Means, wanted: Wanted, *, on: date | None = None) -> Bearable:
    """How much this customer could have of the product over this term, by this method; `wanted.amount` is not looked
    at. Raises `offer_does_not_fit` (422)."""
    day = on or clock.today()
    limit = _room_in(means)
    by_product = version.max_amount
    by_income = _most(version, wanted, limit, by_product, day)
    by_collateral = _on_collateral(version, means)
    bounds = [by_income, by_product] + ([] if by_collateral is None else [by_collateral])
    most = _in_steps(min(bounds))
    reasons = list(_reasons(version, most, by_income, by_collateral, by_product))
    return Bearable(
        by_income=by_income,
        by_collateral=by_collateral,
        by_product=by_product,
        most=most if most >= version.min_amount else Decimal(0),
        reasons=reasons,
    )


# --- What bounds it ------------------------------------------------------------------------------
def _room_in(means: Means) -> Decimal:
    """What of a month's income may go to this loan: the share that debts may take, less what they take already."""
    share = parameters.decimal("loan.debt_to_income_limit")
    return max(fen(means.monthly_income * share / 100) - means.monthly_debt, Decimal(0))


def _most(version: LoanProductVersion, wanted: Wanted, limit: Decimal, at_most: Decimal, day: date) -> Decimal:
    sample = Wanted(
        amount=version.min_amount,
        term_months=wanted.term_months,
        repayment_method=wanted.repayment_method,
        payment_months=wanted.payment_months,
    )
    terms = terms_of(version, sample, day)

    def burden_of(amount: Decimal) -> Decimal:
        lines = LoanTerms(**{**vars(terms), "amount": amount}).schedule(day)
        return monthly_burden(terms.repayment_method, lines, terms.term_months)

    return most_within(limit, burden_of, at_most=at_most, step=_step())


def _on_collateral(version: LoanProductVersion, means: Means) -> Decimal | None:
    if version.product.guarantee not in _SECURED:
        return None
    if not means.collateral_kind:
        return Decimal(0)
    return fen(means.collateral_value * highest_share(version, means.collateral_kind) / 100)


def _in_steps(amount: Decimal) -> Decimal:
    return amount // _step() * _step()


def _step() -> Decimal:
    return parameters.decimal("loan.offer_step")


def _reasons(
    version: LoanProductVersion, most: Decimal, by_income: Decimal, by_collateral: Decimal | None, by_product: Decimal
) -> Iterable[str]:
    if by_income <= most or by_income < version.min_amount:
        yield f"按收入与负债最高{yuan(by_income)}元"
    if by_collateral is not None and (_in_steps(by_collateral) <= most or by_collateral < version.min_amount):
        yield f"按押品价值最高{yuan(by_collateral)}元"
    if by_product <= most:
        yield f"产品最高{yuan(by_product)}元"
    if most < version.min_amount:
        yield f"低于产品起点{yuan(version.min_amount)}元"


def _against(version: LoanProductVersion, wanted: Wanted) -> Iterable[tuple[str, str]]:
    if not version.min_amount <= wanted.amount <= version.max_amount:
        yield "amount", f"金额须在{yuan(version.min_amount)}元至{yuan(version.max_amount)}元之间"
    if not version.min_term_months <= wanted.term_months <= version.max_term_months:
        yield "term_months", f"期限须在{version.min_term_months}至{version.max_term_months}个月之间"
    if wanted.repayment_method not in version.repayment_methods:
        yield "repayment_method", "该产品不支持此还款方式"
        return
    yield from misfits(
        version,
        method=wanted.repayment_method,
        term_months=wanted.term_months,
        payment_months=wanted.payment_months,
    )
