"""What a schedule is made from: the terms of the loan, and the periods that follow from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from aladdin.calendar import add_months
from loans.repayment.interest import interest_of_days, interest_of_month


@dataclass(frozen=True)
class Line:
    """One payment as a method plans it, in yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Period:
    """The time between two payments; `is_last` ends with the loan."""

    begins_on: date
    due_on: date
    is_whole_month: bool
    is_last: bool


@dataclass(frozen=True)
class Terms:
    """The terms of a loan: yuan, percent a year, months; `repayment_day` None is the day of disbursement.

    Raises:
        ValueError: terms on which no loan can be repaid.
    """

    principal: Decimal
    annual_rate_percent: Decimal
    months: int
    disbursed_on: date
    repayment_day: int | None

    def __post_init__(self) -> None:
        if self.principal <= 0:
            raise ValueError("the principal is a positive amount")
        if self.annual_rate_percent < 0:
            raise ValueError("the rate is not negative")
        if self.months < 1:
            raise ValueError("a loan runs for a month at least")
        if self.repayment_day is not None and not 1 <= self.repayment_day <= 31:
            raise ValueError("the repayment day is a day of the month, 1 to 31")

    @property
    def anchor_day(self) -> int:
        """The day of the month on which payments fall, where the month is long enough."""
        return self.repayment_day or self.disbursed_on.day

    @property
    def maturity_on(self) -> date:
        """The day the loan ends."""
        return add_months(self.disbursed_on, self.months)

    def periods(self) -> Iterator[Period]:
        """One period a month of the term, due on the repayment day; the last one ends at maturity.

        Nothing is due in the month of disbursement, nor after the loan's end. Where the repayment day is not
        the day of disbursement, the first period and the last are therefore longer or shorter than a month.
        """
        begins_on = self.disbursed_on
        for number in range(1, self.months + 1):
            is_last = number == self.months
            due_on = self.maturity_on if is_last else self._repayment_day_of_month(number)
            yield Period(begins_on, due_on, self._is_whole_month(begins_on, due_on), is_last)
            begins_on = due_on

    def settlement_days(self) -> list[date]:
        """Every settlement day (结息日) after the disbursement, and the maturity."""
        days = map(self._repayment_day_of_month, range(self.months + 1))
        return [*(day for day in days if self.disbursed_on < day < self.maturity_on), self.maturity_on]

    def interest_of(self, period: Period, balance: Decimal) -> Decimal:
        """A month's interest on the balance for a whole month, else that of the actual days."""
        if period.is_whole_month:
            return interest_of_month(balance, self.annual_rate_percent)
        days = (period.due_on - period.begins_on).days
        return interest_of_days(balance, self.annual_rate_percent, days)

    def _repayment_day_of_month(self, number: int) -> date:
        return add_months(self.disbursed_on, number, self.anchor_day)

    def _is_whole_month(self, begins_on: date, due_on: date) -> bool:
        """From a day to its like in the next month; 28 February to 31 March is one where the anchor is 31."""
        on_anchor = begins_on == add_months(begins_on, 0, self.anchor_day)
        if on_anchor and due_on == add_months(begins_on, 1, self.anchor_day):
            return True
        return due_on == add_months(begins_on, 1)
