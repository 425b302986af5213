"""Paying back early (提前还款), in part or in whole: what it takes on a day, and how the rest is then repaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from aladdin.money import FEN, fen
from loans.repayment.annuity import level_payment
from loans.repayment.registry import Instalment, Method
from loans.repayment.remaining import Running


class Way(StrEnum):
    """What the customer wants of it."""

    SHORTEN = "SHORTEN"
    """The payments stay about as high, there are fewer."""
    LOWER = "LOWER"
    """The term stays, the payments are lower."""
    WHOLE = "WHOLE"
    """Nothing is left."""


#: Methods of which a part paid early can shorten the term: those that repay month by month.
CAN_SHORTEN = frozenset({Method.EQUAL_INSTALLMENT, Method.EQUAL_PRINCIPAL, Method.FLAT_INTEREST})


@dataclass(frozen=True, kw_only=True)
class Prepaid:
    """What is paid on the day, in yuan, and the loan that goes on; None where nothing is left."""

    on: date
    way: Way
    principal: Decimal
    interest: Decimal
    fee: Decimal
    after: Running | None

    @property
    def total(self) -> Decimal:
        """What the customer needs on his account."""
        return self.principal + self.interest + self.fee


def prepay(running: Running, *, way: Way, amount: Decimal, on: date, fee_percent: Decimal = Decimal(0)) -> Prepaid:
    """`amount` yuan of principal paid early on a day (the whole balance for WHOLE), with interest to that day by
    actual days on all that is left, and the contract's fee on what is paid early.

    Raises:
        ValueError: an amount that is not part of the balance, or a method that cannot be shortened.
    """
    principal = running.balance if way is Way.WHOLE else amount
    if not 0 < principal <= running.balance or (way is not Way.WHOLE and principal == running.balance):
        raise ValueError("a part is more than nothing and less than all")
    return Prepaid(
        on=on,
        way=way,
        principal=principal,
        interest=running.interest_to(on),
        fee=fen(principal * fee_percent / 100),
        after=None if way is Way.WHOLE else _after(running, way, principal, on),
    )


def _after(running: Running, way: Way, amount: Decimal, on: date) -> Running:
    if way is Way.LOWER:
        base = running.flat_base
        scaled = None if base is None else fen(base * (running.balance - amount) / running.balance)
        return running.reduced(amount, on, payments=len(running.lines), flat_base=scaled)
    if running.agreement.method not in CAN_SHORTEN:
        raise ValueError("this method cannot be shortened")
    return running.reduced(amount, on, payments=_payments_for(running, running.balance - amount))


def _payments_for(running: Running, balance: Decimal) -> int:
    """The fewest payments, none higher than they are now by more than a fen."""
    usual, most = _usual(running.lines), len(running.lines)
    if running.agreement.method is Method.EQUAL_INSTALLMENT:
        present, rates = usual.payment, [running.rate / 1200] * most
        by_count = (level_payment(balance, Decimal(0), rates[:count]) for count in range(1, most))
    else:
        present = usual.principal
        by_count = (balance / count for count in range(1, most))
    return next((count for count, each in enumerate(by_count, 1) if fen(each) <= present + FEN), most)


def _usual(lines: Sequence[Instalment]) -> Instalment:
    """One that is neither the last, which takes the remainder, nor the first, which may have odd days."""
    return lines[-2] if len(lines) > 1 else lines[0]
