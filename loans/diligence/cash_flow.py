"""What a worksheet adds up to, and whether it bears the loan: pure arithmetic in yuan a month.

偿债收入比 = (现有月还款 + 本笔月还款) ÷ 月收入
偿债覆盖率 (DSCR) = (月收入 − 月支出) ÷ (现有月还款 + 本笔月还款)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from loans.diligence.codes import LIQUID, Section

_STEP = Decimal("0.01")
_HIGHEST = Decimal("99999.99")


class Line(Protocol):
    """A line of the worksheet."""

    @property
    def section(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def balance(self) -> Decimal | None: ...


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The sums of a worksheet: the first three by the month."""

    monthly_income: Decimal
    monthly_outgo: Decimal
    monthly_debt: Decimal
    assets: Decimal
    liquid_assets: Decimal
    liabilities: Decimal


@dataclass(frozen=True, kw_only=True)
class Ability:
    """What is left to pay with. Ratios in percent; `coverage` and `reserve_months` are None where nothing is due."""

    debt_to_income: Decimal
    coverage: Decimal | None
    surplus: Decimal
    net_worth: Decimal
    liabilities_to_assets: Decimal | None
    reserve_months: Decimal | None


def totals(lines: Iterable[Line]) -> Totals:
    """The sums of the lines."""
    rows = list(lines)

    def of(section: Section, sources: Iterable[str] | None = None) -> Decimal:
        wanted = (row for row in rows if row.section == section and (sources is None or row.source in sources))
        return sum((row.amount for row in wanted), Decimal("0.00"))

    return Totals(
        monthly_income=of(Section.INCOME),
        monthly_outgo=of(Section.OUTGO),
        monthly_debt=of(Section.DEBT),
        assets=of(Section.ASSET),
        liquid_assets=of(Section.ASSET, LIQUID),
        liabilities=sum((row.balance or Decimal(0) for row in rows), Decimal("0.00")),
    )


def ability(found: Totals, instalment: Decimal) -> Ability:
    """Whether the income bears `instalment` yuan a month more. The income is above zero."""
    due = found.monthly_debt + instalment
    spent = found.monthly_outgo + due
    left = found.monthly_income - found.monthly_outgo
    return Ability(
        debt_to_income=debt_to_income(due, found.monthly_income),
        coverage=_ratio(100 * left, due),
        surplus=left - due,
        net_worth=found.assets - found.liabilities,
        liabilities_to_assets=_ratio(100 * found.liabilities, found.assets),
        reserve_months=_ratio(found.liquid_assets, spent),
    )


def debt_to_income(monthly_debt: Decimal, monthly_income: Decimal) -> Decimal:
    """Percent of the monthly income that debts take (domain 1.6: DTI = 月供 / 月收入)."""
    return min(_HIGHEST, (100 * monthly_debt / monthly_income).quantize(_STEP))


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    if whole <= 0:
        return None
    return max(-_HIGHEST, min(_HIGHEST, (part / whole).quantize(_STEP)))
