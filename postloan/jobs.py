"""What post-loan work runs by itself."""

from uuid import UUID

from aladdin.jobs import job
from loans.models import LoanAccount
from postloan import plan


@job("postloan.plan_first_check")
def plan_first_check(*, loan_account_id: str) -> None:
    """Deferred at disbursement."""
    plan.plan_first_check(LoanAccount.objects.get(pk=UUID(loan_account_id)))


@job("postloan.stop_checks")
def stop_checks(*, loan_account_id: str) -> None:
    """Deferred when a loan is settled."""
    plan.stop_checks(LoanAccount.objects.get(pk=UUID(loan_account_id)))


@job("postloan.open_windows", every="10 16 * * *")
def open_windows() -> None:
    """At ten past midnight in Shanghai."""
    plan.open_windows()
