"""The times between payments: when each begins and ends for interest, and on which day its payment is due."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from aladdin.calendar import add_months, next_working_day
from loans.repayment.conventions import Conventions, Holidays


@dataclass(frozen=True)
class Day:
    """A day that the contract names for a payment, and whether principal is due on it."""

    on: date
    brings_principal: bool = True


@dataclass(frozen=True)
class Period:
    """The time between two payments. `months` are the whole months that it is, nought where it has odd days."""

    begins_on: date
    ends_on: date
    due_on: date
    months: int
    brings_principal: bool = True

    def left_from(self, day: date) -> "Period":
        """What is left of the period from a day on, for which interest is counted by days."""
        return self if day <= self.begins_on else replace(self, begins_on=day, months=0)


@dataclass(frozen=True)
class Span:
    """From disbursement to maturity; `repayment_day` None is the day of disbursement.

    Raises:
        ValueError: no such span.
    """

    disbursed_on: date
    months: int
    repayment_day: int | None = None
    conventions: Conventions = field(default_factory=Conventions)

    def __post_init__(self) -> None:
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
        """The day the loan ends, as the contract names it."""
        return add_months(self.disbursed_on, self.months)

    def day_of_month(self, number: int) -> date:
        """The repayment day of the `number`-th month after that of disbursement."""
        return add_months(self.disbursed_on, number, self.anchor_day)

    def monthly_days(self) -> Iterator[Day]:
        """The repayment day of each month of the term; the last is the maturity.

        Nothing is due in the month of disbursement, nor after the loan's end. Where the repayment day is not
        the day of disbursement, the first period and the last are therefore longer or shorter than a month.
        """
        yield from (Day(self.day_of_month(number)) for number in range(1, self.months))
        yield Day(self.maturity_on)

    def periods(self, days: Iterable[Day]) -> tuple[Period, ...]:
        """The periods that end on these days, due dates moved as the contract says; the last day is the maturity.

        A day that is moved onto the maturity, or past it, is no payment of its own."""
        found: list[Period] = []
        begins_on, last_due_on = self.disbursed_on, self._moved(self.maturity_on)
        for day in days:
            due_on = self._moved(day.on)
            if due_on >= last_due_on and day.on != self.maturity_on:
                continue
            ends_on = due_on if self.conventions.interest_follows else day.on
            months = self._whole_months(begins_on, ends_on)
            found.append(Period(begins_on, ends_on, due_on, months, day.brings_principal))
            begins_on = ends_on
        return tuple(found)

    def _moved(self, day: date) -> date:
        if self.conventions.holidays is Holidays.NEXT_WORKING_DAY:
            return next_working_day(day)
        return day

    def _whole_months(self, begins_on: date, ends_on: date) -> int:
        """From a day to its like in a later month; 28 February to 31 March is one where the anchor is 31."""
        months = (ends_on.year - begins_on.year) * 12 + ends_on.month - begins_on.month
        on_anchor = begins_on == add_months(begins_on, 0, self.anchor_day)
        if on_anchor and ends_on == add_months(begins_on, months, self.anchor_day):
            return months
        return months if ends_on == add_months(begins_on, months) else 0
