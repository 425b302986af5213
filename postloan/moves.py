"""The one way in which a check changes its state: run the arrow, raise the version, log, audit."""

from django_fsm import can_proceed

from aladdin import audit
from aladdin.problems import Conflict
from notifications.notices import notify
from organization.models import Staff
from postloan.machine import missing_in_report
from postloan.models import PostLoanCheck, PostLoanCheckTransition


def move(check: PostLoanCheck, name: str, *, by: Staff | None, reason: str = "") -> None:
    """Take a locked check along the arrow `name` and save it with everything set on it.

    Raises `check_transition_not_allowed` (409) from a state without that arrow, `check_incomplete` (409, with all
    blockers) for a report that lacks something."""
    arrow = getattr(check, name)
    before = check.status
    if not can_proceed(arrow, check_conditions=False):
        raise Conflict(
            "check_transition_not_allowed",
            f"检查任务当前为“{check.get_status_display()}”，不能进行此操作",
            status_now=before,
        )
    if not can_proceed(arrow):
        blockers = [{"code": code, "detail": detail} for code, detail in missing_in_report(check)]
        raise Conflict("check_incomplete", "检查报告不完整，不能提交", blockers=blockers)
    arrow()
    check.version += 1
    check.save()
    PostLoanCheckTransition.objects.create(
        check_row=check, name=name, from_status=before, to_status=check.status, by=by, reason=reason
    )
    audit.record(by=by, action=f"{name}_check", subject=f"post-loan-check/{check.pk}", reason=reason)


def tell_executor(check: PostLoanCheck, kind: str, **values: str) -> None:
    """One notice to the executor about the move just made. Last in the transaction: his stream stays locked."""
    notify(
        recipient=check.executor,
        kind=kind,
        event_key=f"{kind}:{check.pk}:{check.version}",
        subject=f"post-loan-check/{check.pk}",
        values={"customer": check.loan_account.customer.masked_name(), "check": check.get_kind_display()} | values,
    )
