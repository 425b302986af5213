"""Which checks a loan gets, and when their windows open."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock, parameters
from crm.ownership import managing_rm
from loans.codes import LoanKind
from loans.models import LoanAccount, Payment, PlannedCheck
from postloan.machine import CheckKind, CheckStatus
from postloan.models import PostLoanCheck
from postloan.moves import move, tell_executor

_ENDED = (LoanAccount.Status.SETTLED, LoanAccount.Status.WRITTEN_OFF)


def first_check_is_close(*, is_business: bool, is_entrusted: bool, amount: Decimal, large: Decimal) -> bool:
    """Whether the shorter period holds: business purpose, entrusted payment, or more than `large` yuan (domain 1.7)."""
    return is_business or is_entrusted or amount > large


def first_check_due_on(account: LoanAccount) -> date:
    """The day by which the use of funds must have been looked at, in calendar days from the disbursement: as the
    product's own plan says, or where it says nothing by the bank's parameters."""
    day = account.disbursed_on
    planned = _days_planned(account)
    if planned is not None:
        return day + timedelta(days=planned)
    close = first_check_is_close(
        is_business=account.application.product.kind in (LoanKind.BUSINESS, LoanKind.CORPORATE),
        is_entrusted=account.payment.mode == Payment.Mode.ENTRUSTED,
        amount=account.principal,
        large=parameters.decimal("postloan.first_check_large_amount", on=day),
    )
    kind = "close" if close else "plain"
    return day + timedelta(days=parameters.integer(f"postloan.first_check_days_{kind}", on=day))


def _days_planned(account: LoanAccount) -> int | None:
    """The shortest of the lines of the product's plan that fit this loan."""
    lines = account.application.product_version.planned_checks.filter(kind=PlannedCheck.Kind.FIRST)
    fitting = [line.days for line in lines if line.days is not None and _fits(line, account)]
    return min(fitting, default=None)


def _fits(line: PlannedCheck, account: LoanAccount) -> bool:
    match line.condition:
        case PlannedCheck.Condition.ENTRUSTED:
            return account.payment.mode == Payment.Mode.ENTRUSTED
        case PlannedCheck.Condition.AMOUNT_ABOVE:
            return account.principal > (line.amount_above or 0)
        case _:
            return True


@transaction.atomic
def plan_first_check(account: LoanAccount) -> PostLoanCheck:
    """Plan the first check of a disbursed loan, once: asked again, the same one comes back."""
    due_on = first_check_due_on(account)
    opens_on = max(account.disbursed_on, due_on - timedelta(days=parameters.integer("postloan.window_days")))
    check: PostLoanCheck
    check, is_new = PostLoanCheck.objects.get_or_create(
        loan_account=account,
        kind=CheckKind.FIRST,
        defaults={
            "branch": account.branch,
            "executor": managing_rm(account.customer) or account.application.investigator,
            "opens_on": opens_on,
            "due_on": due_on,
        },
    )
    if is_new:
        audit.record(by=None, action="plan_check", subject=f"post-loan-check/{check.pk}", due_on=str(due_on))
        if opens_on <= clock.today():
            open_window(check)
    return check


def open_windows() -> int:
    """Hand out the planned checks whose window has opened; the number of those."""
    due = PostLoanCheck.objects.filter(status=CheckStatus.PLANNED, opens_on__lte=clock.today())
    opened = 0
    for pk in due.order_by("opens_on", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            check = (
                PostLoanCheck.objects.select_for_update(skip_locked=True)
                .filter(pk=pk, status=CheckStatus.PLANNED)
                .first()
            )
            if check is not None:
                open_window(check)
                opened += 1
    return opened


def open_window(check: PostLoanCheck) -> None:
    """PLANNED → PENDING for a check that the caller holds, with word to its executor; a settled loan's is cancelled."""
    move(check, "open", by=None)
    if check.loan_account.status in _ENDED:
        move(check, "cancel", by=None, reason="贷款已结清")
        return
    tell_executor(check, "post_loan_check.due", due_on=f"{check.due_on:%Y-%m-%d}")


@transaction.atomic
def stop_checks(account: LoanAccount) -> int:
    """Cancel what is left to do on a settled loan; the number of checks. Planned ones end when they open."""
    left = PostLoanCheck.objects.select_for_update().filter(loan_account=account).to_do()
    for check in left:
        move(check, "cancel", by=None, reason="贷款已结清")
    return len(left)
