"""The worksheet against its evidence, and a firm's own figures against each other."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from aladdin import parameters
from aladdin.money import yuan
from loans.diligence.codes import Section, Severity
from loans.diligence.finding import Case, Finding, Side


def check(case: Case) -> Iterable[Finding]:
    yield from _without_evidence(case)
    yield from _turnover_and_sales(case)


def _without_evidence(case: Case) -> Iterator[Finding]:
    """Income for which nothing is shown; serious where it is most of it."""
    if case.sheet is None:
        return
    lines = case.sheet.lines.filter(section=Section.INCOME, material__isnull=True, evidence="")
    bare = sum((line.amount for line in lines), Decimal(0))
    if not bare:
        return
    most = 2 * bare > case.sheet.monthly_income
    yield Finding(
        "INCOME_WITHOUT_EVIDENCE",
        Severity.SERIOUS if most else Severity.NOTE,
        f"现金流量表月收入{yuan(case.sheet.monthly_income)}元中，{yuan(bare)}元没有佐证",
        Side("月收入", f"{yuan(case.sheet.monthly_income)}元"),
        Side("没有佐证的收入", f"{yuan(bare)}元"),
        "cash_flow_sheets",
    )


def _turnover_and_sales(case: Case) -> Iterator[Finding]:
    """Turnover and last year's sales are said in two places of the same form."""
    business = getattr(case.application, "business", None)
    turnover = getattr(business, "annual_turnover", None)
    sales = getattr(business, "sales_last_year", None)
    if not turnover or not sales:
        return
    gap = parameters.decimal("loan.crosscheck_income_gap")
    if 100 * abs(turnover - sales) > gap * max(turnover, sales):
        yield Finding(
            "TURNOVER_AND_SALES_DIFFER",
            Severity.NOTE,
            f"年营业收入{yuan(turnover)}元与上年销售收入{yuan(sales)}元相差较大",
            Side("年营业收入", f"{yuan(turnover)}元"),
            Side("上年销售收入", f"{yuan(sales)}元"),
            "business.sales_last_year",
        )
