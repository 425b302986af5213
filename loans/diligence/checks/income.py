"""Stated income against what came into the customer's accounts with the bank, and turnover against the same."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from aladdin import parameters
from aladdin.money import yuan
from loans.codes import Occupation
from loans.diligence.codes import Severity
from loans.diligence.finding import Case, Finding, Side

_MONTHS = 12


def check(case: Case) -> Iterable[Finding]:
    yield from _against_flows(case)
    yield from _wages(case)
    yield from _turnover(case)
    yield from _stated_and_verified(case)


def _against_flows(case: Case) -> Iterator[Finding]:
    """Less than the bank's share of the income came in a month."""
    if case.income is None or case.flows is None:
        return
    share = parameters.decimal("loan.crosscheck_income_share")
    inflow = case.flows.inflow
    if 100 * inflow < share * case.income:
        detail = f"月收入{yuan(case.income)}元，近{case.flows.days}天本行账户月均流入仅{yuan(inflow)}元"
        yield Finding(
            "INCOME_ABOVE_FLOWS",
            Severity.SERIOUS,
            detail,
            Side("月收入", f"{yuan(case.income)}元"),
            Side("本行账户月均流入", f"{yuan(inflow)}元"),
            "monthly_income",
        )


def _wages(case: Case) -> Iterator[Finding]:
    """Who is employed has wages; that they are paid elsewhere is worth a word."""
    if case.application.occupation != Occupation.EMPLOYED or case.flows is None or case.flows.wages:
        return
    yield Finding(
        "EMPLOYED_WITHOUT_WAGES",
        Severity.NOTE,
        f"职业为受薪，近{case.flows.days}天本行账户没有工资入账",
        Side("职业", str(Occupation.EMPLOYED.label)),
        Side("本行工资入账", "无"),
        "occupation",
    )


def _turnover(case: Case) -> Iterator[Finding]:
    """A business's turnover goes through accounts: too little of it through ours is asked about."""
    business = getattr(case.application, "business", None)
    turnover: Decimal | None = getattr(business, "annual_turnover", None)
    if not turnover or case.flows is None:
        return
    year = case.flows.inflow * _MONTHS
    share = parameters.decimal("loan.crosscheck_turnover_share")
    if 100 * year < share * turnover:
        yield Finding(
            "TURNOVER_ABOVE_FLOWS",
            Severity.SERIOUS,
            f"年营业收入{yuan(turnover)}元，按本行账户流入折算仅{yuan(year)}元",
            Side("年营业收入", f"{yuan(turnover)}元"),
            Side("本行账户流入折年", f"{yuan(year)}元"),
            "business.annual_turnover",
        )


def _stated_and_verified(case: Case) -> Iterator[Finding]:
    """The customer said one income, the investigator found another."""
    stated, found = case.application.monthly_income, case.investigation
    if not stated or found is None:
        return
    gap = parameters.decimal("loan.crosscheck_income_gap")
    if 100 * abs(stated - found.monthly_income) > gap * stated:
        yield Finding(
            "INCOME_STATED_OTHERWISE",
            Severity.NOTE,
            f"客户申报月收入{yuan(stated)}元，核实为{yuan(found.monthly_income)}元",
            Side("申报月收入", f"{yuan(stated)}元"),
            Side("核实月收入", f"{yuan(found.monthly_income)}元"),
            "monthly_income",
        )
