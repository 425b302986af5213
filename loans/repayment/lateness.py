"""What lateness costs: penalty interest on overdue principal, compound interest on unpaid interest.

The surcharges (overdue 30 to 50 percent, misuse of the purpose 50 to 100) are dated parameters and stand in
the contract; they are given here (银发〔2003〕251号).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from aladdin.money import rate
from loans.repayment.interest import interest_of_days


def penalty_rate(contract_rate_percent: Decimal, *surcharges_percent: Decimal) -> Decimal:
    """The penalty rate in percent a year: contract rate plus the highest surcharge, never their sum.

    Raises:
        ValueError: no surcharge, or a negative one.
    """
    if not surcharges_percent or min(surcharges_percent) < 0:
        raise ValueError("a penalty has a surcharge that is not negative")
    return rate(contract_rate_percent * (100 + max(surcharges_percent)) / 100)


def penalty_interest(
    overdue_principal: Decimal, contract_rate_percent: Decimal, surcharge_percent: Decimal, days: int
) -> Decimal:
    """Penalty interest (罚息) in yuan on principal that is overdue for so many days."""
    charged = penalty_rate(contract_rate_percent, surcharge_percent)
    return _lateness(overdue_principal, charged, days)


def compound_interest(unpaid_interest: Decimal, annual_rate_percent: Decimal, days: int) -> Decimal:
    """Compound interest (复利) in yuan on interest unpaid for so many days.

    Within the loan's term the rate is that of the contract, afterwards the penalty rate.
    """
    return _lateness(unpaid_interest, annual_rate_percent, days)


def _lateness(amount: Decimal, annual_rate_percent: Decimal, days: int) -> Decimal:
    if amount < 0 or days < 0:
        raise ValueError("neither an overdue amount nor its days are negative")
    return interest_of_days(amount, annual_rate_percent, days)


@dataclass(frozen=True, kw_only=True)
class LateTerms:
    """What the contract says of lateness. `rates` are the contract's rates from their days on, the oldest first.

    Within `grace_days` after the due date a payment costs nothing more; later it costs from the due date on.
    `misused_from` is the day from which the purpose is known to have been broken.
    """

    rates: tuple[tuple[date, Decimal], ...]
    matures_on: date
    overdue_surcharge: Decimal
    misuse_surcharge: Decimal = Decimal(0)
    misused_from: date | None = None
    grace_days: int = 0
    days_a_year: int = 360

    def contract_rate(self, on: date) -> Decimal:
        """In force on a day; before the first, the first."""
        in_force = [each for since, each in self.rates if since <= on]
        return in_force[-1] if in_force else self.rates[0][1]

    def is_misused(self, on: date) -> bool:
        """Whether the purpose is broken on a day."""
        return self.misused_from is not None and on >= self.misused_from

    def penalty_rate(self, on: date) -> Decimal:
        """On overdue principal: where the loan is misused as well, the higher of the two alone."""
        surcharges = [self.overdue_surcharge] + [self.misuse_surcharge] * self.is_misused(on)
        return penalty_rate(self.contract_rate(on), *surcharges)

    def compound_rate(self, on: date) -> Decimal:
        """On unpaid interest: the contract's within the term, the penalty rate from the maturity on."""
        return self.penalty_rate(on) if on >= self.matures_on else self.contract_rate(on)

    def misuse_rate(self, on: date) -> Decimal:
        """On principal that is misused and not overdue: what comes on top of the interest of the schedule."""
        return rate(self.contract_rate(on) * self.misuse_surcharge / 100) if self.is_misused(on) else Decimal(0)

    def pieces(self, begins_on: date, ends_on: date) -> Iterator[tuple[date, int]]:
        """A time cut where a rate changes: the first day of each piece, and its days."""
        turns = [since for since, _ in self.rates] + [self.matures_on] + [self.misused_from] * bool(self.misused_from)
        cuts = sorted({begins_on, ends_on, *(day for day in turns if day and begins_on < day < ends_on)})
        yield from ((first, (following - first).days) for first, following in pairwise(cuts))

    def accrued(self, kind: str, amount: Decimal, begins_on: date, ends_on: date) -> Decimal:
        """What an amount costs over a time at the rates of `kind` (penalty, compound, misuse), not rounded."""
        if amount <= 0 or ends_on <= begins_on:
            return Decimal(0)
        rates = {"penalty": self.penalty_rate, "compound": self.compound_rate, "misuse": self.misuse_rate}
        of_day = rates[kind]
        return sum(
            (
                amount * of_day(first) * days / (100 * self.days_a_year)
                for first, days in self.pieces(begins_on, ends_on)
            ),
            Decimal(0),
        )
