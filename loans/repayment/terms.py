"""What a schedule is made from: an amount, a rate, and the periods over which it is repaid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loans.repayment.conventions import DayCount, Group, Remainder
from loans.repayment.interest import MONTH, Part, interest_of, part_of_year
from loans.repayment.periods import Period


@dataclass(frozen=True)
class Line:
    """One payment as a method plans it, in yuan."""

    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True)
class Terms:
    """Yuan and percent a year over periods, whether those of a whole loan or those that are left of one.

    `carried` is interest that the running period has borne before it begins here; `flat_base` is the amount on
    which flat interest is paid where it is not the principal.

    Raises:
        ValueError: terms on which nothing can be repaid.
    """

    principal: Decimal
    annual_rate_percent: Decimal
    periods: tuple[Period, ...]
    day_count: DayCount
    remainder: Remainder = Remainder.LAST
    groups: tuple[Group, ...] = ()
    carried: Decimal = Decimal(0)
    flat_base: Decimal | None = None

    def __post_init__(self) -> None:
        if self.principal <= 0:
            raise ValueError("the principal is a positive amount")
        if self.annual_rate_percent < 0:
            raise ValueError("the rate is not negative")
        if not self.periods:
            raise ValueError("a loan is repaid in one period at least")

    def interest_of(self, number: int, balance: Decimal) -> Decimal:
        """What the `number`-th period (from nought) bears on a balance, with what it bore before."""
        interest = interest_of(balance, self.annual_rate_percent, self._part(number))
        return interest + self.carried if number == 0 else interest

    def usual_interest_of(self, number: int, balance: Decimal) -> Decimal:
        """What a period bears in the plan of equal payments, where odd days count a month: so they change the
        interest of their payment and leave the plan alone (domain 2.2)."""
        return interest_of(balance, self.annual_rate_percent, self._usual_part(number))

    def usual_rate(self, number: int) -> Decimal:
        """The rate of a period in the plan of equal payments, as a fraction."""
        part = self._usual_part(number)
        return self.annual_rate_percent * part.count / (100 * part.per_year)

    def in_lines(self, principals: list[Decimal]) -> Iterator[Line]:
        """The principals as payments, with the interest of each period on what is left before it."""
        balance = self.principal
        for number, (period, principal) in enumerate(zip(self.periods, principals, strict=True)):
            yield Line(period.due_on, principal, self.interest_of(number, balance))
            balance -= principal

    def _part(self, number: int) -> Part:
        period = self.periods[number]
        return part_of_year(self.day_count, period.begins_on, period.ends_on, period.months)

    def _usual_part(self, number: int) -> Part:
        return self._part(number) if self.periods[number].months else MONTH
