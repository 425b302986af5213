"""To whom the money goes: entrusted payment (受托支付) to a named payee by default, self-payment within limits.

The borrower himself as payee is self-payment (自主支付); anybody else is an entrusted payment. There is no third way,
so that the mode cannot contradict the payee (个人贷款管理办法 2024).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from aladdin import clock, parameters
from aladdin.money import yuan
from loans.blocker import Blocker
from loans.models import Contract, LoanApplication, Payment

Mode = Payment.Mode


def mode_of(application: LoanApplication, payee_name: str) -> Mode:
    """SELF where the payee is the borrower, else ENTRUSTED."""
    return Mode.SELF if _plain(payee_name) == _plain(application.customer.name) else Mode.ENTRUSTED


def self_payment_limit(application: LoanApplication) -> Decimal:
    """Up to which single draw, in yuan, the borrower may be paid himself: the product's limit within the law's."""
    kind = application.product.kind.lower()
    lawful = parameters.decimal(f"loan.self_payment_up_to_{kind}")
    return min(application.product_version.self_payment_up_to, lawful)


@dataclass(frozen=True)
class Payout:
    """One payment that a contract foresees: yuan, and to whom."""

    amount: Decimal
    payee_name: str
    payee_account: str
    payee_bank: str
    mode: Mode


def payouts(contract: Contract) -> list[Payout]:
    """The payments of the contract: one for each draw, or one alone."""
    rows = list(contract.draws.all()) if contract.draw_until else [contract]
    return [
        Payout(
            row.amount,
            row.payee_name,
            row.payee_account,
            row.payee_bank,
            mode_of(contract.application, row.payee_name),
        )
        for row in rows
    ]


def against(application: LoanApplication, amount: Decimal, payee_name: str) -> list[Blocker]:
    """Why `amount` yuan may not go to this payee now."""
    if mode_of(application, payee_name) is Mode.ENTRUSTED:
        return []
    limit = self_payment_limit(application)
    if amount > limit:
        return [_too_much(limit)]
    if _paid_lately(application) + amount > limit:
        return [Blocker("payment_split_suspected", "近期自主支付合计超过限额，须受托支付", "payee_name")]
    return []


def against_plan(application: LoanApplication, planned: Iterable[tuple[date, str, Decimal]]) -> list[Blocker]:
    """Why planned payments, each with its day and payee, may not be made: each is a single draw, and those to the
    borrower that lie close together are one (化整为零)."""
    limit = self_payment_limit(application)
    own = [(day, amount) for day, name, amount in planned if mode_of(application, name) is Mode.SELF]
    if any(amount > limit for _, amount in own):
        return [_too_much(limit)]
    days = parameters.integer("loan.payment_splitting_days")
    if most_within(own, days) > limit:
        return [Blocker("payment_split_suspected", f"{days}天内的自主支付合计超过限额，须受托支付", "draws")]
    return []


def most_within(paid: Iterable[tuple[date, Decimal]], days: int) -> Decimal:
    """The largest sum, in yuan, of payments less than or as many days apart as `days`."""
    rows = list(paid)
    sums = (sum((amount for day, amount in rows if 0 <= (day - first).days <= days), Decimal(0)) for first, _ in rows)
    return max(sums, default=Decimal(0))


def _too_much(limit: Decimal) -> Blocker:
    return Blocker("entrusted_payment_required", f"单笔超过{yuan(limit)}元须受托支付", "payee_name")


def _paid_lately(application: LoanApplication) -> Decimal:
    """Self-payments to this customer in the last days: a large draw cut in pieces (化整为零) is one draw."""
    days = parameters.integer("loan.payment_splitting_days")
    recent = Payment.objects.filter(
        application__customer=application.customer_id,
        application__product=application.product_id,
        mode=Mode.SELF,
        state=Payment.State.SUCCEEDED,
        settled_at__gte=clock.now() - timedelta(days=days),
    )
    return recent.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _plain(name: str) -> str:
    return "".join(name.split())
