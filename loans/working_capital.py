"""How much working capital a firm needs, and how much more of it the bank may lend (流动资金贷款管理办法, 2024).

    营运资金量 = 上年销售收入 × (1 − 上年销售利润率) × (1 + 预计销售收入年增长率) ÷ 营运资金周转次数
    周转次数 = 360 ÷ (存货周转天数 + 应收账款周转天数 − 应付账款周转天数 + 预付账款周转天数 − 预收账款周转天数)
    新增额度 = 营运资金量 − 借款人自有资金 − 现有流动资金贷款 − 其他渠道营运资金

Pure arithmetic: yuan, percent, days.
"""

from dataclasses import dataclass
from decimal import Decimal

from aladdin.money import fen

_YEAR = 360
_HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of the last year and the next: sales and funds in yuan, margin and growth in percent, turnover in days."""

    sales: Decimal
    margin: Decimal
    growth: Decimal
    inventory_days: Decimal
    receivable_days: Decimal
    payable_days: Decimal
    prepaid_days: Decimal
    advance_days: Decimal
    own_funds: Decimal
    loans: Decimal
    other: Decimal

    @property
    def days_bound(self) -> Decimal:
        """For how many days a yuan of working capital is bound before it comes back; never less than none."""
        bound = self.inventory_days + self.receivable_days - self.payable_days + self.prepaid_days - self.advance_days
        return max(bound, Decimal(0))

    @property
    def turnover(self) -> Decimal | None:
        """How often a year it turns over; None where none is bound."""
        return _YEAR / self.days_bound if self.days_bound else None

    @property
    def need(self) -> Decimal:
        """The working capital that the business takes (营运资金量), in yuan."""
        cost = self.sales * (1 - self.margin / _HUNDRED) * (1 + self.growth / _HUNDRED)
        return fen(max(cost, Decimal(0)) * self.days_bound / _YEAR)

    @property
    def lendable(self) -> Decimal:
        """How much more may be lent (新增额度), in yuan; nothing where the need is met."""
        return max(self.need - self.own_funds - self.loans - self.other, Decimal("0.00"))
