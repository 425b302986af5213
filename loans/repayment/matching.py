"""Which instalment each repayment pays, and what is owed on a day: one pure rule for the whole life of a loan.

The whole history is told from the beginning each time, so that a reversal is a repayment that never was, and the
same history always gives the same position.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from aladdin.money import fen
from loans.repayment.lateness import LateTerms

ZERO = Decimal(0)


class Item(StrEnum):
    """What a repayment may pay, in the order of the contract (domain 2.1): fees first, principal last."""

    FEE = "FEE"
    COMPOUND = "COMPOUND"
    PENALTY = "PENALTY"
    INTEREST = "INTEREST"
    PRINCIPAL = "PRINCIPAL"


_OF_INSTALMENT = (Item.COMPOUND, Item.PENALTY, Item.INTEREST, Item.PRINCIPAL)
#: Where a loan is non-performing the bank may take the principal first, that of all instalments before all else.
_PRINCIPAL_FIRST = (Item.PRINCIPAL, Item.INTEREST, Item.PENALTY, Item.COMPOUND)


@dataclass(frozen=True, kw_only=True)
class Due:
    """One line of the schedule."""

    number: int
    due_on: date
    principal: Decimal
    interest: Decimal


@dataclass(frozen=True, kw_only=True)
class Received:
    """One repayment. `parts` is how the core banking system itself split it; None leaves that to the contract's order,
    or takes the principal first (先本后息), as the bank may where a loan is non-performing. A reversed one never
    was."""

    reference: str
    on: date
    amount: Decimal
    parts: dict[Item, Decimal] | None = None
    is_reversed: bool = False
    principal_first: bool = False


@dataclass(frozen=True)
class Allocation:
    """So much of a repayment for one item; `number` nought is the loan as a whole (fees, misuse)."""

    reference: str
    number: int
    item: Item
    amount: Decimal


@dataclass
class Charge:
    """A cost that grows by the day: exact until it is asked for, then in whole fen less what was paid."""

    accrued: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        """In yuan."""
        return max(fen(self.accrued) - self.paid, ZERO)


@dataclass
class LineState:
    """One instalment as it stands: what is paid, what is left, and what its lateness costs."""

    due: Due
    principal_paid: Decimal = ZERO
    interest_paid: Decimal = ZERO
    penalty: Charge = field(default_factory=Charge)
    compound: Charge = field(default_factory=Charge)
    paid_on: date | None = None
    counted_until: date | None = None

    @property
    def principal_left(self) -> Decimal:
        return self.due.principal - self.principal_paid

    @property
    def interest_left(self) -> Decimal:
        return self.due.interest - self.interest_paid

    @property
    def is_paid(self) -> bool:
        """Principal and interest, whatever its lateness still costs."""
        return not self.principal_left and not self.interest_left


@dataclass(frozen=True)
class Position:
    """What is owed on a day, in yuan, and which repayment paid what. `surplus` is paid beyond all that is to come."""

    on: date
    lines: tuple[LineState, ...]
    allocations: tuple[Allocation, ...]
    fees: Decimal
    misuse: Decimal
    surplus: Decimal
    grace_days: int = 0

    @property
    def overdue(self) -> list[LineState]:
        """Instalments whose day has passed."""
        return [line for line in self.lines if line.due.due_on < self.on and not line.is_paid]

    @property
    def overdue_days(self) -> int:
        """Due on D and not paid: the first day is D+1 (domain 1.8)."""
        return (self.on - self.overdue[0].due.due_on).days if self.overdue else 0

    @property
    def overdue_principal(self) -> Decimal:
        return sum((line.principal_left for line in self.overdue), ZERO)

    @property
    def overdue_interest(self) -> Decimal:
        return sum((line.interest_left for line in self.overdue), ZERO)

    @property
    def penalty(self) -> Decimal:
        """Penalty interest that is due, that for misuse with it."""
        return self.misuse + sum((line.penalty.owed for line in self._charged()), ZERO)

    @property
    def compound(self) -> Decimal:
        return sum((line.compound.owed for line in self._charged()), ZERO)

    @property
    def balance(self) -> Decimal:
        """Principal still owed, due or not."""
        return sum((line.principal_left for line in self.lines), ZERO)

    @property
    def due_now(self) -> Decimal:
        """What would bring the loan up to date."""
        owed = [line for line in self.lines if line.due.due_on <= self.on]
        bare = sum((line.principal_left + line.interest_left for line in owed), ZERO)
        return self.fees + self.penalty + self.compound + bare

    def _charged(self) -> Iterator[LineState]:
        return (line for line in self.lines if _is_charged(line, self.on, self.grace_days))


def match(
    schedule: Iterable[Due],
    received: Iterable[Received],
    terms: LateTerms,
    on: date,
    *,
    fees: Sequence[tuple[date, Decimal]] = (),
) -> Position:
    """The position at the end of a business date.

    Repayments count in the order of their days. Each pays what is due, the oldest instalment first, in the order of
    the contract; what is left over pays the coming instalments early, the next one first.
    """
    book = _Book(terms, [LineState(due) for due in sorted(schedule, key=lambda due: due.number)], list(fees))
    for each in sorted((each for each in received if not each.is_reversed and each.on <= on), key=lambda each: each.on):
        book.take(each)
    return book.position(on)


def _is_charged(line: LineState, on: date, grace_days: int) -> bool:
    return on > line.due.due_on + timedelta(days=grace_days)


@dataclass
class _Book:
    """The history as far as it has been told."""

    terms: LateTerms
    lines: list[LineState]
    fees: list[tuple[date, Decimal]]
    allocations: list[Allocation] = field(default_factory=list)
    misuse: Charge = field(default_factory=Charge)
    misuse_until: date | None = None
    surplus: Decimal = ZERO

    # --- Time passes -----------------------------------------------------------------------------
    def pass_to(self, day: date) -> None:
        """Let lateness cost what it costs until the end of a day."""
        self._misuse_to(day)
        for line in self.lines:
            begins_on = max(line.counted_until or line.due.due_on, line.due.due_on)
            if day > begins_on:
                line.penalty.accrued += self.terms.accrued("penalty", line.principal_left, begins_on, day)
                line.compound.accrued += self.terms.accrued("compound", line.interest_left, begins_on, day)
                line.counted_until = day

    def _misuse_to(self, day: date) -> None:
        """On principal not yet due, which grows less with every due date."""
        if self.terms.misused_from is None:
            return
        begins_on = self.misuse_until or self.terms.misused_from
        for line in self.lines:
            until = min(day, line.due.due_on)
            self.misuse.accrued += self.terms.accrued("misuse", line.principal_left, begins_on, until)
        self.misuse_until = max(begins_on, day)

    # --- Money comes -----------------------------------------------------------------------------
    def take(self, received: Received) -> None:
        """Spread one repayment."""
        self.pass_to(received.on)
        if received.parts is not None:
            left = sum((self._take_part(received, item, part) for item, part in received.parts.items()), ZERO)
        else:
            left = self._take_by_order(received)
        self.surplus += left
        self._close_paid(received.on)

    def _take_by_order(self, received: Received) -> Decimal:
        left = received.amount
        due = [line for line in self.lines if line.due.due_on <= received.on]
        if received.principal_first:
            for item in _PRINCIPAL_FIRST:
                left = self._pay(received, due, (item,), left)
        left = self._pay_whole(received, left)
        left = self._pay(received, due, _OF_INSTALMENT, left)
        return self._pay(received, self.lines, (Item.INTEREST, Item.PRINCIPAL), left)

    def _take_part(self, received: Received, item: Item, part: Decimal) -> Decimal:
        if item is Item.FEE:
            return self._pay_fees(received, part)
        left = self._pay_misuse(received, part) if item is Item.PENALTY else part
        return self._pay(received, self.lines, (item,), left)

    def _pay_whole(self, received: Received, left: Decimal) -> Decimal:
        """What the loan as a whole owes: fees, and the penalty for misuse."""
        return self._pay_misuse(received, self._pay_fees(received, left))

    def _pay_fees(self, received: Received, left: Decimal) -> Decimal:
        owed = self._fees_on(received.on)
        return self._allocate(received, 0, Item.FEE, min(owed, left), left)

    def _pay_misuse(self, received: Received, left: Decimal) -> Decimal:
        paid = min(self.misuse.owed, left)
        self.misuse.paid += paid
        return self._allocate(received, 0, Item.PENALTY, paid, left)

    def _pay(self, received: Received, lines: Iterable[LineState], items: Sequence[Item], left: Decimal) -> Decimal:
        """Line after line, item after item; what is left of the money."""
        for line in lines:
            for item in items:
                if not left:
                    return left
                paid = min(_owed(line, item, received.on, self.terms.grace_days), left)
                _put(line, item, paid)
                left = self._allocate(received, line.due.number, item, paid, left)
        return left

    def _allocate(self, received: Received, number: int, item: Item, paid: Decimal, left: Decimal) -> Decimal:
        if paid:
            self.allocations.append(Allocation(received.reference, number, item, paid))
        return left - paid

    def _close_paid(self, on: date) -> None:
        """An instalment paid within its days of grace costs nothing more."""
        for line in self.lines:
            if line.is_paid and line.paid_on is None:
                line.paid_on = on
                if not _is_charged(line, on, self.terms.grace_days):
                    line.penalty.accrued = line.compound.accrued = ZERO

    def _fees_on(self, on: date) -> Decimal:
        asked = sum((amount for day, amount in self.fees if day <= on), ZERO)
        return asked - sum((each.amount for each in self.allocations if each.item is Item.FEE), ZERO)

    # --- What is owed ----------------------------------------------------------------------------
    def position(self, on: date) -> Position:
        """After everything that was told."""
        self.pass_to(on)
        fees, misuse = self._fees_on(on), self.misuse.owed
        lines, grace = tuple(self.lines), self.terms.grace_days
        return Position(on, lines, tuple(self.allocations), fees, misuse, self.surplus, grace)


def _owed(line: LineState, item: Item, on: date, grace_days: int) -> Decimal:
    if item is Item.PRINCIPAL:
        return line.principal_left
    if item is Item.INTEREST:
        return line.interest_left
    if not _is_charged(line, on, grace_days):
        return ZERO
    return line.penalty.owed if item is Item.PENALTY else line.compound.owed


def _put(line: LineState, item: Item, paid: Decimal) -> None:
    if item is Item.PRINCIPAL:
        line.principal_paid += paid
    elif item is Item.INTEREST:
        line.interest_paid += paid
    elif item is Item.PENALTY:
        line.penalty.paid += paid
    else:
        line.compound.paid += paid
