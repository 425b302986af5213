"""Rates that follow the LPR: the spread is fixed in the contract, the prime rate's leg is taken anew on 1 January or on
the day of the loan's anniversary (PBOC 公告〔2019〕第30号). From that day on the schedule has a version of its own."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.money import rate as to_rate
from loans import accounts, products, schedules
from loans.models import LoanAccount, LoanProductVersion, RepaymentAgreement, ScheduleVersion

_BASIS_POINTS = 100


def spread_bp(version: LoanProductVersion, rate: Decimal, on: date) -> Decimal | None:
    """By how many basis points a rate lies above the prime rate of a day; None for a product whose rate is fixed."""
    if version.fixed_rate is not None:
        return None
    return (rate - products.lpr(version.lpr_tenor, on)) * _BASIS_POINTS


def reprice_due() -> int:
    """Adjust every rate whose day has come; the number of loans looked at. One transaction each."""
    due = RepaymentAgreement.objects.filter(next_repricing_on__lte=clock.today())
    live = due.filter(account__in=LoanAccount.objects.live()).order_by("next_repricing_on", "pk")
    return sum(_reprice(account_id) for account_id in list(live.values_list("account_id", flat=True)))


@transaction.atomic
def _reprice(account_id: UUID) -> bool:
    """False where another has done it meanwhile."""
    account = accounts.hold(account_id)
    agreement = RepaymentAgreement.objects.get(account=account)
    on = agreement.next_repricing_on
    if on is None or on > clock.today():
        return False
    _follow_the_lpr(account, agreement, on)
    agreement.next_repricing_on = schedules.repricing_after(agreement, on)
    agreement.save(update_fields=["next_repricing_on"])
    return True


def _follow_the_lpr(account: LoanAccount, agreement: RepaymentAgreement, on: date) -> None:
    """A new version from the day, unless the rate stays or nothing is to come."""
    prime = products.lpr(agreement.lpr_tenor, on)
    new = to_rate(prime + (agreement.spread_bp or Decimal(0)) / _BASIS_POINTS)
    running = schedules.running(account, on)
    if running is None or new == account.rate:
        return
    before = account.rate
    cause = ScheduleVersion.Cause.REPRICING
    schedules.follow(account, running, running.repriced(max(new, Decimal(0)), on), cause=cause, on=on, lpr=prime)
    account.version += 1
    account.save(update_fields=["rate", "matures_on", "version"])
    audit.record(
        by=None,
        action="loan.reprice",
        subject=f"loan-account/{account.pk}",
        before=str(before),
        after=str(account.rate),
    )
