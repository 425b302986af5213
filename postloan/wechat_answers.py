"""What the account answers about the post-loan checks that wait for an employee: how many, never whose."""

from notifications.wechat.answers import contribute
from organization.access import may
from organization.models import Staff
from postloan.models import PostLoanCheck


def register() -> None:
    """Let the account answer 待办."""
    contribute("todo", "postloan", waiting)


def waiting(staff: Staff) -> str:
    """Checks to do, and how many of them are late."""
    if not may(staff, "post_loan_check.do"):
        return ""
    to_do = PostLoanCheck.objects.filter(executor=staff).to_do()
    count = to_do.count()
    if not count:
        return ""
    late = to_do.overdue().count()
    return f"贷后检查：{count} 项" + (f"，其中逾期 {late} 项" if late else "")
