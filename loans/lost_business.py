"""How much came of nothing, and why: offers and applications that ended without a loan, counted by reason.

Figures only, of the branches within the person's scope; nobody's name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Avg, Count, F, Model, Q, QuerySet, Sum

from aladdin.clock import SHANGHAI
from loans.models import ApplicationTransition, ClosingReason, LoanOffer
from loans.states import State
from organization.models import Branch, Staff
from organization.scope import branch_filter, scope_of

_ENDED = {
    State.REJECTED: "REJECTION",
    State.WITHDRAWN: "WITHDRAWAL",
    State.CANCELLED: "CANCELLATION",
    State.APPROVAL_EXPIRED: "CANCELLATION",
}
_UNSTATED = {"WITHDRAWAL": "CUSTOMER_OTHER", "CANCELLATION": "BANK_OTHER", "REJECTION": "OTHER"}
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which ends: between two days (both included), of a branch (with those below it), of a product."""

    since: date
    until: date
    branch: UUID | None = None
    product: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """So many ends for one reason at one stage of one product in one branch; amounts in yuan."""

    stage: str
    reason_code: str
    reason: str
    party: str
    branch: str
    product: str
    count: int
    amount: Decimal
    competitor_rate: Decimal | None


def by_reason(query: Query, *, by: Staff) -> list[Row]:
    """The most frequent first."""
    words = {row.code: row for row in ClosingReason.objects.all()}
    rows = [*_of_offers(query, by, words), *_of_applications(query, by, words)]
    return sorted(rows, key=lambda row: (-row.count, row.reason_code, row.branch, row.product))


def _of_offers(query: Query, by: Staff, words: dict[str, ClosingReason]) -> Iterable[Row]:
    lost = LoanOffer.objects.filter(
        _in_scope(by, "branch", Q(owner=by)),
        state__in=[LoanOffer.State.DECLINED, LoanOffer.State.REFUSED, LoanOffer.State.EXPIRED],
        closed_on__range=(query.since, query.until),
    )
    found = _narrowed(lost, query, "branch", "product")
    grouped = found.values("reason__code", "branch__name", "product__name").annotate(
        count=Count("pk"), total=Sum("amount"), rate=Avg("competitor_rate")
    )
    for row in grouped.order_by():
        code = row["reason__code"] or "OFFER_EXPIRED"
        yield _row("OFFER", code, words, row["branch__name"], row["product__name"], row)


def _of_applications(query: Query, by: Staff, words: dict[str, ClosingReason]) -> Iterable[Row]:
    begins, ends = _moment(query.since), _moment(query.until + timedelta(days=1))
    mine = Q(application__investigator=by) | Q(application__co_investigator=by)
    ended = ApplicationTransition.objects.filter(
        _in_scope(by, "application__branch", mine), to_state__in=list(_ENDED), at__gte=begins, at__lt=ends
    )
    found = _narrowed(ended, query, "application__branch", "application__product")
    grouped = found.values(
        "to_state",
        "reason_code",
        branch_name=F("application__branch__name"),
        product_name=F("application__product__name"),
    ).annotate(count=Count("pk"), total=Sum("application__amount"))
    for row in grouped.order_by():
        stage = _ENDED[State(row["to_state"])]
        code = row["reason_code"] or _code_of(State(row["to_state"]), stage)
        yield _row(stage, code, words, row["branch_name"], row["product_name"], row)


def _code_of(state: State, stage: str) -> str:
    return "APPROVAL_EXPIRED" if state == State.APPROVAL_EXPIRED else _UNSTATED[stage]


def _in_scope(by: Staff, branch: str, own: Q) -> Q:
    return own | branch_filter(by, scope_of(by), branch)


def _narrowed(rows: "QuerySet[M]", query: Query, branch: str, product: str) -> "QuerySet[M]":
    if query.branch is not None:
        rows = rows.filter(**{f"{branch}__in": _below(query.branch)})
    return rows.filter(**{f"{product}__code": query.product}) if query.product else rows


def _below(branch_id: UUID) -> list[UUID]:
    top = Branch.objects.filter(pk=branch_id).first()
    return list(Branch.objects.filter(path__startswith=top.path).values_list("pk", flat=True)) if top else []


def _row(
    stage: str, code: str, words: dict[str, ClosingReason], branch: str, product: str, found: Mapping[str, Any]
) -> Row:
    known = words.get(code)
    return Row(
        stage=stage,
        reason_code=code,
        reason=known.label if known else code,
        party=known.party if known else "BANK",
        branch=branch,
        product=product,
        count=int(str(found["count"])),
        amount=Decimal(str(found["total"] or 0)),
        competitor_rate=None if found.get("rate") is None else Decimal(str(found["rate"])),
    )


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)
