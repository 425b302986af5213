"""What late loans owe at the end of each business date, worked out once a night and kept.

Each night's row is told anew from the whole history, so that nothing drifts by rounding and a night that was missed is
simply made up for. Status and risk class are not touched here: they are core banking's and post-loan's.
"""

from datetime import date, timedelta
from uuid import UUID

from aladdin import clock
from crm.batching import batches
from loans import repayments
from loans.models import LatenessOfDay, LoanAccount, RepaymentInstalment

_AT_ONCE = 500


def accrue(on: date | None = None) -> int:
    """Write the rows of a business date (yesterday unless told) that are not there yet; their number."""
    day = on or clock.today() - timedelta(days=1)
    written = 0
    for ids in batches(_late(day), _AT_ONCE):
        accounts = LoanAccount.objects.filter(pk__in=ids).select_related("agreement").order_by("pk")
        rows = [row for account in accounts if (row := of_day(account, day)) is not None]
        LatenessOfDay.objects.bulk_create(rows, ignore_conflicts=True)
        written += len(rows)
    return written


def of_day(account: LoanAccount, day: date) -> LatenessOfDay | None:
    """What the account owed at the end of a day for being late; None where it was not."""
    position = repayments.position_of(account, day)
    if not position.overdue and not position.penalty and not position.compound:
        return None
    return LatenessOfDay(
        account=account,
        business_date=day,
        overdue_days=position.overdue_days,
        overdue_principal=position.overdue_principal,
        overdue_interest=position.overdue_interest,
        penalty=position.penalty,
        compound=position.compound,
        penalty_rate=repayments.late_terms(account).penalty_rate(day),
        balance=position.balance,
    )


def _late(day: date) -> list[UUID]:
    """Accounts with an instalment past its day, with costs of lateness the night before, or misused; not yet written
    for this day."""
    unpaid = RepaymentInstalment.objects.current().filter(due_on__lt=day, paid_on=None).order_by()
    night_before = LatenessOfDay.objects.filter(business_date=day - timedelta(days=1)).order_by()
    late = unpaid.values_list("account", flat=True).union(night_before.values_list("account", flat=True))
    live = LoanAccount.objects.live().exclude(lateness__business_date=day)
    misused = live.filter(agreement__misused_from__lte=day).values_list("pk", flat=True)
    of_late = live.filter(pk__in=list(late)).values_list("pk", flat=True)
    return sorted({*misused, *of_late})
