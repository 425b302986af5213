"""What of the bank a person's page shows: his branch and what lies below it, or the whole bank."""

from django.db.models import QuerySet

from loans.models import LoanApplication
from organization.models import Branch, Staff
from organization.scope import Scope, scope_of
from postloan import checks
from postloan.models import PostLoanCheckQuerySet


def branch_shown(staff: Staff) -> Branch:
    """Head office for who sees the bank, else the own branch."""
    if scope_of(staff) is not Scope.BANK:
        return staff.branch
    head: Branch = Branch.objects.get(path=staff.branch.path[: Branch.steplen])
    return head


def applications(staff: Staff, branch: Branch) -> QuerySet[LoanApplication]:
    """Loan applications of the branch and below, as far as the person may see them."""
    seen: QuerySet[LoanApplication] = LoanApplication.objects.visible_to(staff)
    return seen.filter(branch__path__startswith=branch.path)


def late_checks(staff: Staff, branch: Branch) -> PostLoanCheckQuerySet:
    """Overdue post-loan checks of the branch and below, as far as the person may see them; the oldest first."""
    return checks.overdue(within=branch).visible_to(staff)
