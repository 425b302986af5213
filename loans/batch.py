"""Several cases decided at once, where the product lets it: each alone, in its own transaction, with its own result.

What is approved is what the reviewer suggested, else what was applied for; whoever wants other terms decides case by
case.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin.problems import Conflict, NotFound, Problem, RuleBroken
from loans import approval, rejection
from loans.models import LoanApplication
from loans.states import State
from organization.access import require
from organization.models import Staff

Decide = Callable[[LoanApplication], LoanApplication]


@dataclass(frozen=True)
class Result:
    """What became of one case: its state, or the refusal as a single decision would have given it."""

    application_id: UUID
    application_no: str = ""
    state: str = ""
    refusal: dict[str, Any] | None = field(default=None)


def approve(ids: Iterable[UUID], *, opinion: str, by: Staff) -> list[Result]:
    """Approve each of the cases as it was suggested. Raises `not_permitted` (403)."""
    require(by, "loan.approve")
    return [_one(each, lambda held: approval.approve(held, _grant(held, opinion), by=by), by) for each in ids]


def reject(ids: Iterable[UUID], *, reason_code: str, note: str, by: Staff) -> list[Result]:
    """Refuse each of the cases for the same reason. Raises `not_permitted` (403)."""
    require(by, "loan.approve")
    said = {"reason_code": reason_code, "note": note}
    return [_one(each, lambda held: rejection.reject(held, by=by, **said), by) for each in ids]


def _one(application_id: UUID, decide: Decide, by: Staff) -> Result:
    """A refusal of one leaves the others as they are."""
    found = LoanApplication.objects.visible_to(by).select_related("product_version").filter(pk=application_id).first()
    number = found.application_no if found else ""
    try:
        if found is None:
            raise NotFound("没有找到该申请")
        _check_kind(found)
        with transaction.atomic():
            return Result(application_id, number, state=decide(found).state)
    except Problem as refusal:
        return Result(application_id, number, refusal=refusal.body())


def _check_kind(application: LoanApplication) -> None:
    if not application.product_version.batch_decisions:
        raise RuleBroken("batch_not_allowed", "该产品须逐笔审批")
    if application.state != State.IN_APPROVAL:
        detail = f"当前状态“{State(application.state).label}”不能审批"
        raise Conflict("illegal_transition", detail, state=application.state)


def _grant(application: LoanApplication, opinion: str) -> approval.Grant:
    said = application.review_opinions.order_by("-at").first()
    amount = said.amount if said and said.amount is not None else application.amount
    months = said.term_months if said and said.term_months is not None else application.term_months
    rate = said.rate if said else None
    return approval.Grant(amount=amount or Decimal(0), term_months=months or 0, rate=rate, opinion=opinion)
