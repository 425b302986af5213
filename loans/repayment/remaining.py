"""A loan on its way, and the schedules that may follow: at another rate, or after a part was paid back early."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from aladdin.money import fen
from loans.repayment.conventions import Group
from loans.repayment.interest import Part, days_a_year, interest_of, interest_of_month, part_of_year
from loans.repayment.periods import Period
from loans.repayment.registry import Agreement, Instalment, Method, planned
from loans.repayment.terms import Terms

_PERCENT = Decimal("1e-12")


def still_to_come(agreement: Agreement, lines: Sequence[Instalment], on: date) -> list[Instalment]:
    """The payments whose period is not over on a day: what a change from that day on may plan anew.

    A payment whose due date moved behind its period is no longer among them when the period is over."""
    ends = [period.ends_on for period in agreement.periods()]
    return [line for line in lines if ends[line.number - 1] > on]


@dataclass(frozen=True, kw_only=True)
class Running:
    """What is still to come of a loan: the payments not yet due, none of the earlier ones unpaid in the balance.

    `since` is the day from which the running period's interest counts where an earlier change fell into it, `carried`
    the interest that it had borne before and that is paid with its next payment. `flat_base` as in `Terms`.
    """

    agreement: Agreement
    lines: Sequence[Instalment]
    rate: Decimal
    since: date | None = None
    carried: Decimal = Decimal(0)
    flat_base: Decimal | None = None

    @property
    def balance(self) -> Decimal:
        """Principal not yet due, in yuan."""
        return sum((line.principal for line in self.lines), Decimal(0))

    @property
    def period(self) -> Period:
        """The running period, or what an earlier change has left of it."""
        whole = self._periods()[0]
        return whole.left_from(self.since) if self.since else whole

    def interest_to(self, on: date) -> Decimal:
        """What the running period has borne until a day (not included), by actual days (民法典 677), in yuan."""
        if self.agreement.method is Method.FLAT_INTEREST:
            return self._share_of_flat_interest(on)
        days = max((on - self.period.begins_on).days, 0)
        by = days_a_year(self.agreement.day_count)
        return self.carried + interest_of(self.balance, self.rate, Part(days, by))

    def repriced(self, rate: Decimal, on: date) -> "Running":
        """The same payments at another rate from a day on: the running period is counted in two pieces, by days."""
        following = replace(self, rate=rate, since=self._changed_on(on), carried=self._borne(on))
        return following._planned_anew(self.balance, len(self.lines), self.flat_base)

    def reduced(self, amount: Decimal, on: date, *, payments: int, flat_base: Decimal | None = None) -> "Running":
        """So much principal less from a day on, interest to it being paid, in so many payments."""
        following = replace(self, since=self._changed_on(on), carried=Decimal(0))
        return following._planned_anew(self.balance - amount, payments, flat_base or self.flat_base)

    # --- The running period ----------------------------------------------------------------------
    def _changed_on(self, on: date) -> date | None:
        return on if on > self.period.begins_on else self.since

    def _borne(self, on: date) -> Decimal:
        """As the contract counts days."""
        period = self.period
        if on <= period.begins_on:
            return self.carried
        if self.agreement.method is Method.FLAT_INTEREST:
            return self._share_of_flat_interest(on)
        part = part_of_year(self.agreement.day_count, period.begins_on, on, 0)
        return self.carried + interest_of(self.balance, self.rate, part)

    def _share_of_flat_interest(self, on: date) -> Decimal:
        """Flat interest knows no days: of the running payment's interest, the share of the time that has passed."""
        period = self.period
        passed = max((on - period.begins_on).days, 0)
        return fen(self.lines[0].interest * passed / (period.ends_on - period.begins_on).days)

    # --- Planning anew ---------------------------------------------------------------------------
    def _periods(self) -> Sequence[Period]:
        first = self.lines[0].number - 1
        return self.agreement.periods()[first : first + len(self.lines)]

    def _planned_anew(self, balance: Decimal, payments: int, flat_base: Decimal | None) -> "Running":
        periods = list(self._periods()[:payments])
        periods[0] = periods[0].left_from(self.since) if self.since else periods[0]
        periods[-1] = replace(periods[-1], brings_principal=True)
        terms = Terms(
            balance,
            self.rate,
            tuple(periods),
            self.agreement.day_count,
            self.agreement.conventions.remainder,
            tuple(self._groups()),
            self._carried_by(periods[0], flat_base or balance),
            flat_base,
        )
        lines = planned(self.agreement.method, terms, after=self.lines[0].number - 1)
        return replace(self, lines=lines, flat_base=flat_base)

    def _carried_by(self, first: Period, flat_base: Decimal) -> Decimal:
        """What the first payment bears besides its own interest. Flat interest is a whole month's: what the part of
        the period that is over would have borne is taken off."""
        if self.agreement.method is not Method.FLAT_INTEREST or not self.since:
            return self.carried
        whole = self._periods()[0]
        of_month = interest_of_month(flat_base, self.rate)
        left = fen(of_month * (first.ends_on - first.begins_on).days / (whole.ends_on - whole.begins_on).days)
        return self.carried + left - of_month

    def _groups(self) -> Iterable[Group]:
        """Of a stepped plan: what each group still has to bring, in percent of what is left."""
        groups = self.agreement.plan.groups
        if not groups:
            return
        ends, end = [], 0
        for each in groups[:-1]:
            end += each.instalments
            ends.append(end)
        left = [[line for line in self.lines if _in_group(line, number, ends)] for number in range(len(groups))]
        percents = _percents([sum((line.principal for line in lines), Decimal(0)) for lines in left if lines])
        yield from map(Group, [len(lines) for lines in left if lines], percents)


def _in_group(line: Instalment, number: int, ends: list[int]) -> bool:
    return sum(line.number > end for end in ends) == number


def _percents(amounts: list[Decimal]) -> list[Decimal]:
    """Of their sum, exactly a hundred together."""
    whole = sum(amounts, Decimal(0))
    shares = [(100 * each / whole).quantize(_PERCENT) for each in amounts[:-1]]
    return [*shares, 100 - sum(shares, Decimal(0))]
