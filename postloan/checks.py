"""Doing and reviewing a check. The executor looks, somebody else reviews."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import clock
from aladdin.problems import NotFound, NotPermitted
from organization.access import require
from organization.models import Branch, Staff
from postloan.models import PostLoanCheck, PostLoanCheckQuerySet
from postloan.moves import move, tell_executor


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the executor found."""

    method: str
    findings: str
    conclusion: str
    use_of_funds: str = ""
    visited_at: datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def overdue(*, within: Branch) -> PostLoanCheckQuerySet:
    """Checks of the branch and those below it that are past their due day, the oldest first."""
    late: PostLoanCheckQuerySet = PostLoanCheck.objects.filter(branch__path__startswith=within.path).overdue()
    return late.select_related("executor", "branch", "loan_account").order_by("due_on", "pk")


@transaction.atomic
def start(check: PostLoanCheck, *, by: Staff) -> PostLoanCheck:
    """The executor begins. Raises `not_the_executor` (403)."""
    locked = _locked(check)
    _require_executor(locked, by)
    move(locked, "start", by=by)
    return locked


@transaction.atomic
def submit(check: PostLoanCheck, report: Report, *, by: Staff) -> PostLoanCheck:
    """The executor hands the report in, for the first time or after a return.

    Raises `not_the_executor` (403), `check_incomplete` (409)."""
    locked = _locked(check)
    _require_executor(locked, by)
    for name, value in vars(report).items():
        setattr(locked, name, value)
    locked.submitted_at = clock.now()
    move(locked, "submit", by=by)
    return locked


@transaction.atomic
def send_back(check: PostLoanCheck, *, by: Staff, reason: str) -> PostLoanCheck:
    """The reviewer wants more. Raises `own_check` (403)."""
    locked = _locked(check)
    _require_reviewer(locked, by, action="post_loan_check.review")
    move(locked, "send_back", by=by, reason=reason)
    tell_executor(locked, "post_loan_check.returned", reason=reason[:200])
    return locked


@transaction.atomic
def complete(check: PostLoanCheck, *, by: Staff, opinion: str) -> PostLoanCheck:
    """The reviewer accepts the report. Raises `own_check` (403)."""
    locked = _locked(check)
    _require_reviewer(locked, by, action="post_loan_check.complete")
    locked.reviewer = by
    locked.review_opinion = opinion
    locked.completed_at = clock.now()
    move(locked, "complete", by=by)
    tell_executor(locked, "post_loan_check.completed")
    return locked


@transaction.atomic
def cancel(check: PostLoanCheck, *, by: Staff, reason: str) -> PostLoanCheck:
    """The reviewer drops a check that has lost its object. Raises `own_check` (403)."""
    locked = _locked(check)
    _require_reviewer(locked, by, action="post_loan_check.complete")
    move(locked, "cancel", by=by, reason=reason)
    return locked


def find(check_id: UUID, *, by: Staff) -> PostLoanCheck:
    """The check, if this person may see it. Raises NotFound."""
    visible = PostLoanCheck.objects.visible_to(by).select_related("executor", "reviewer", "branch", "loan_account")
    check: PostLoanCheck | None = visible.filter(pk=check_id).first()
    if check is None:
        raise NotFound
    return check


def _locked(check: PostLoanCheck) -> PostLoanCheck:
    held: PostLoanCheck = PostLoanCheck.objects.select_for_update().get(pk=check.pk)
    return held


def _require_executor(check: PostLoanCheck, by: Staff) -> None:
    require(by, "post_loan_check.do")
    if check.executor_id != by.pk:
        raise NotPermitted("not_the_executor", "只有检查人本人可以办理该检查")


def _require_reviewer(check: PostLoanCheck, by: Staff, *, action: str) -> None:
    require(by, action)
    if check.executor_id == by.pk:
        raise NotPermitted("own_check", "检查人不能审核自己的检查")
