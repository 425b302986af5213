"""What went through a person's deposit accounts with the bank: the bank's own evidence of an income."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Avg, Min, Q, QuerySet, Sum

from aladdin.money import fen
from crm.models import Account, Transaction

#: Fewer days of history than this tell nothing of a month.
LEAST_DAYS = 90
_DAYS_A_MONTH = Decimal("30.4375")
_CREDIT = Q(direction=Transaction.Direction.CREDIT)
_WAGES = Q(purpose__in=[Transaction.Purpose.SALARY, Transaction.Purpose.PENSION])


@dataclass(frozen=True, kw_only=True)
class Flows:
    """Movements of `days` days, in yuan: what came in and went out a month, of it wages and pensions, and the lowest
    and the average balance of the account that most came in to. What moved between the person's own accounts is
    neither income nor expense."""

    days: int
    inflow: Decimal
    wages: Decimal
    outflow: Decimal
    lowest: Decimal
    average: Decimal


def flows_of(identity_index: str, *, until: date, days: int = 180) -> Flows | None:
    """The flows of the person with that index in the `days` before a business date; None where the bank has no
    account of his that is old enough and moved."""
    accounts = Account.objects.deposits().filter(customer__identity_index=identity_index)
    opened = accounts.aggregate(first=Min("opened_on"))["first"]
    if opened is None or (until - opened).days < LEAST_DAYS:
        return None
    span = min(days, (until - opened).days)
    moved = Transaction.objects.filter(
        account__in=accounts, posted_on__gte=until - timedelta(days=span), posted_on__lt=until
    )
    return _summed(moved, accounts, span)


def _summed(moved: QuerySet[Transaction], accounts: QuerySet[Account], span: int) -> Flows | None:
    own = list(accounts.values_list("number_index", flat=True))
    with_others = moved.exclude(counterparty_index__in=own)
    sums = with_others.aggregate(
        inflow=Sum("amount", filter=_CREDIT),
        wages=Sum("amount", filter=_CREDIT & _WAGES),
        outflow=Sum("amount", filter=~_CREDIT),
    )
    main = (
        moved.values("account")
        .annotate(came_in=Sum("amount", filter=_CREDIT), lowest=Min("balance_after"), average=Avg("balance_after"))
        .order_by("-came_in", "account")
        .first()
    )
    if main is None:
        return None
    months = span / _DAYS_A_MONTH
    monthly = {name: fen((amount or Decimal(0)) / months) for name, amount in sums.items()}
    return Flows(days=span, lowest=main["lowest"], average=fen(main["average"]), **monthly)
