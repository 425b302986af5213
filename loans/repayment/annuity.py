"""Equal payments: how high they are, and how they split into interest and principal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from aladdin.money import FEN, fen
from loans.repayment.conventions import Remainder
from loans.repayment.terms import Terms


def level_payment(opening: Decimal, closing: Decimal, rates: Iterable[Decimal]) -> Decimal:
    """The payment that takes a balance from `opening` to `closing` over periods with these rates, not rounded.

    For one rate i and nothing left it is A = P·i·(1+i)^n / ((1+i)^n - 1), and P/n where there is no interest."""
    worth, of_all = Decimal(1), Decimal(0)
    for each in rates:
        worth /= 1 + each
        of_all += worth
    return (opening - closing * worth) / of_all


def level_principals(terms: Terms, numbers: range, *, opening: Decimal, closing: Decimal) -> list[Decimal]:
    """What equal payments over these periods of the terms bring of principal; the last takes the balance to `closing`.

    Where the contract wants the remainder first, the first payment takes it as far as whole fen can: what the
    rounding of interest then still leaves over, a few fen, stays with the last.
    """
    payment = fen(level_payment(opening, closing, map(terms.usual_rate, numbers)))
    course = _Course(terms, numbers, opening, closing, payment)
    if terms.remainder is Remainder.FIRST and len(numbers) > 1:
        return course.remainder_first()
    return course.principals()


@dataclass(frozen=True)
class _Course:
    """The way of a balance from `opening` to `closing` under one payment."""

    terms: Terms
    numbers: range
    opening: Decimal
    closing: Decimal
    payment: Decimal

    def principals(self, extra: Decimal = Decimal(0)) -> list[Decimal]:
        """With `extra` in the first. Never less than nothing, never below `closing`."""
        return list(self._run(extra))

    def _run(self, extra: Decimal) -> Iterator[Decimal]:
        balance = self.opening
        for number in self.numbers[:-1]:
            planned = self.payment - self.terms.usual_interest_of(number, balance) + extra
            principal = min(max(planned, Decimal(0)), balance - self.closing)
            yield principal
            balance -= principal
            extra = Decimal(0)
        yield balance - self.closing

    def remainder_first(self) -> list[Decimal]:
        """Of the first payments that could bring the last one level, the one that does it best."""
        growth = Decimal(1)
        for number in self.numbers[1:]:
            growth *= 1 + self.terms.usual_rate(number)
        shift = fen(self._excess(self.principals()) / growth)
        tried = [self.principals(shift + step * FEN) for step in (0, 1, -1)]
        return min([*tried, self.principals()], key=lambda found: abs(self._excess(found)))

    def _excess(self, found: list[Decimal]) -> Decimal:
        """By how much the last payment is higher than the others."""
        last = found[-1]
        return last + self.terms.usual_interest_of(self.numbers[-1], self.closing + last) - self.payment
