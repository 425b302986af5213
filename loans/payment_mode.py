"""To whom the money goes: entrusted payment (受托支付) to a named payee by default, self-payment within limits.

The borrower himself as payee is self-payment (自主支付); anybody else is an entrusted payment. There is no third way,
so that the mode cannot contradict the payee (个人贷款管理办法 2024).
"""

from datetime import timedelta
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


def against(contract: Contract) -> list[Blocker]:
    """Why the contract's money may not go to the payee it names."""
    application = contract.application
    if mode_of(application, contract.payee_name) is Mode.ENTRUSTED:
        return []
    limit = self_payment_limit(application)
    if contract.amount > limit:
        return [Blocker("entrusted_payment_required", f"单笔超过{yuan(limit)}元须受托支付", "payee_name")]
    if _paid_lately(application) + contract.amount > limit:
        return [Blocker("payment_split_suspected", "近期自主支付合计超过限额，须受托支付", "payee_name")]
    return []


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
