"""Debts as told against the credit-bureau report, and income lines against their evidence."""

from collections.abc import Iterable, Iterator

from aladdin import parameters
from aladdin.money import yuan
from loans.diligence.codes import Severity
from loans.diligence.finding import Case, Finding, Side


def check(case: Case) -> Iterable[Finding]:
    yield from _payments(case)
    yield from _balances(case)


def _payments(case: Case) -> Iterator[Finding]:
    """The report shows more to pay a month than was told."""
    if case.debt is None or case.report is None or case.report.monthly_payment is None:
        return
    reported, told = case.report.monthly_payment, case.debt
    if reported - told > parameters.decimal("loan.crosscheck_debt_tolerance"):
        yield Finding(
            "DEBT_BELOW_BUREAU",
            Severity.SERIOUS,
            f"现有月还款填写{yuan(told)}元，征信报告为{yuan(reported)}元",
            Side("填写月还款", f"{yuan(told)}元"),
            Side("征信月还款", f"{yuan(reported)}元"),
            "monthly_debt",
            openly="现有月还款低于征信报告",
        )


def _balances(case: Case) -> Iterator[Finding]:
    """The report shows more owed than the worksheet."""
    if case.sheet is None or case.report is None or case.report.debt_balance is None:
        return
    reported, told = case.report.debt_balance, case.sheet.liabilities
    if told < reported:
        yield Finding(
            "LIABILITIES_BELOW_BUREAU",
            Severity.NOTE,
            f"现金流量表负债余额{yuan(told)}元，征信报告为{yuan(reported)}元",
            Side("现金流量表负债余额", f"{yuan(told)}元"),
            Side("征信负债余额", f"{yuan(reported)}元"),
            "cash_flow_sheets",
            openly="现金流量表负债余额低于征信报告",
        )
