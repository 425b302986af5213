"""Changing the authority matrix: drafted by one, put to the decisions of the past, published by another.

Before it rules it is known which past decisions would have gone elsewhere. The matrix itself is the rows of
`ApprovalAuthority`; a published change ends rows and begins new ones on its day, nothing that has ruled is altered.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from loans import authority, numbers
from loans.codes import ApprovalLevel
from loans.models import (
    ApprovalAuthority,
    ApprovalDecision,
    AuthorityChange,
    AuthorityDraft,
    AuthoritySimulation,
    SimulatedDecision,
)
from loans.refusals import refuse
from organization.access import may, require
from organization.models import Staff

D, Out = ApprovalDecision.Decision, SimulatedDecision.Outcome


@dataclass(frozen=True, kw_only=True)
class Line:
    """One change: GIVE a limit in yuan (in place of whatever the person has for just this), or END it."""

    act: str
    staff: Staff
    level: int
    kind: str = ""
    guarantee: str = ""
    max_amount: Decimal | None = None


# --- Drafting ------------------------------------------------------------------------------------
@transaction.atomic
def draft(*, title: str, effective_from: date, lines: Sequence[Line], by: Staff) -> AuthorityDraft:
    """Draft a change. Raises `draft_backdated`, `draft_empty`, `not_an_approver`, `limit_missing`,
    `changed_twice`, `nothing_to_end` (422)."""
    require(by, "authority.draft")
    _check_day(effective_from)
    _check_lines(lines, effective_from)
    made = AuthorityDraft.objects.create(
        code=numbers.authority_draft_no(), title=title, effective_from=effective_from, made_by=by
    )
    _put(made, lines)
    audit.record(by=by, action="draft_authority", subject=subject_of(made), lines=len(lines))
    return made


@transaction.atomic
def redraft(row: AuthorityDraft, lines: Sequence[Line], *, by: Staff) -> AuthorityDraft:
    """Set the lines anew; what was simulated before no longer counts. Raises `not_your_draft` (403),
    `draft_closed` (409), and as `draft`."""
    require(by, "authority.draft")
    held = _open(row)
    if held.made_by_id != by.pk:
        raise NotPermitted("not_your_draft", "只有制定人可以修改草稿")
    _check_lines(lines, held.effective_from)
    held.changes.all().delete()
    _put(held, lines)
    audit.record(by=by, action="redraft_authority", subject=subject_of(held), lines=len(lines))
    return held


@transaction.atomic
def discard(row: AuthorityDraft, *, by: Staff) -> AuthorityDraft:
    """Give a draft up. Raises `draft_closed` (409)."""
    require(by, "authority.draft")
    held = _open(row)
    held.state = AuthorityDraft.State.DISCARDED
    held.save(update_fields=["state"])
    audit.record(by=by, action="discard_authority_draft", subject=subject_of(held))
    return held


def _put(made: AuthorityDraft, lines: Iterable[Line]) -> None:
    AuthorityChange.objects.bulk_create(AuthorityChange(draft=made, **vars(line)) for line in lines)


def _check_day(effective_from: date) -> None:
    if effective_from <= clock.today():
        raise refuse("draft_backdated", "授权调整最早自次日起生效", "effective_from")


def _check_lines(lines: Sequence[Line], effective_from: date) -> None:
    if not lines:
        raise refuse("draft_empty", "请列明要调整的授权", "changes")
    keys = [(line.staff.pk, line.level, line.kind, line.guarantee) for line in lines]
    if len(set(keys)) < len(keys):
        raise refuse("changed_twice", "同一项授权在一次调整中只能出现一次", "changes")
    for line in lines:
        if line.act == AuthorityChange.Act.GIVE and not may(line.staff, "loan.approve"):
            raise refuse("not_an_approver", f"{line.staff}没有“有权审批人”角色", "changes")
        if (line.act == AuthorityChange.Act.GIVE) != bool(line.max_amount):
            raise refuse("limit_missing", "授予须填写单户上限，终止不填", "changes")
        if line.act == AuthorityChange.Act.END and not _ruling(line, effective_from).exists():
            raise refuse("nothing_to_end", f"{line.staff}没有可终止的此项授权", "changes")


def _ruling(line: "Line | AuthorityChange", day: date) -> QuerySet[ApprovalAuthority]:
    """The person's rows for just this that still rule on the day."""
    return ApprovalAuthority.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gt=day),
        staff=line.staff,
        level=line.level,
        kind=line.kind,
        guarantee=line.guarantee,
    )


def _open(row: AuthorityDraft) -> AuthorityDraft:
    held = AuthorityDraft.objects.select_for_update().get(pk=row.pk)
    if held.state != AuthorityDraft.State.DRAFT:
        raise Conflict("draft_closed", f"该授权调整{held.get_state_display()}，不能更改")
    return held


# --- Simulating ----------------------------------------------------------------------------------
Limits = Callable[[UUID, ApprovalDecision], Decimal | None]


@transaction.atomic
def simulate(row: AuthorityDraft, *, by: Staff) -> AuthoritySimulation:
    """Put the drafted matrix to every decision of the past days that the parameter names, and keep which of them
    would have gone another way. Raises `draft_closed` (409)."""
    require(by, "authority.draft")
    held = _open(row)
    last = clock.today()
    first = last - timedelta(days=parameters.integer("loan.simulation_days"))
    looked_at = list(_past_decisions(first))
    after = _limits(_drafted(held))
    found = [each for each in (_judged(decision, after) for decision in looked_at) if each is not None]
    simulation = AuthoritySimulation.objects.create(
        draft=held,
        lines_sha256=digest(held),
        first_day=first,
        last_day=last,
        looked_at=len(looked_at),
        changed=len(found),
        by=by,
    )
    for each in found:
        each.simulation = simulation
    SimulatedDecision.objects.bulk_create(found, batch_size=1000)
    audit.record(
        by=by, action="simulate_authority", subject=subject_of(held), looked_at=len(looked_at), changed=len(found)
    )
    return simulation


def digest(row: AuthorityDraft) -> str:
    """SHA-256 of the draft's day and lines: a simulation counts for just these."""
    names = ("act", "staff_id", "level", "kind", "guarantee", "max_amount")
    lines = sorted([str(value) for value in each] for each in row.changes.values_list(*names))
    text = json.dumps([f"{row.effective_from}", *lines], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _past_decisions(first: date) -> QuerySet[ApprovalDecision]:
    """Whoever granted, or would have liked to: decisions on an amount."""
    rows = ApprovalDecision.objects.filter(
        decision__in=[D.APPROVE, D.CONCUR, D.ESCALATE],
        amount__isnull=False,
        at__date__gte=first,
        level__lt=ApprovalLevel.COMMITTEE,
    )
    return rows.select_related("application__product", "delegation").order_by("id")


def _drafted(row: AuthorityDraft) -> list[ApprovalAuthority]:
    """The matrix as it would be on the draft's day; rows that were never saved stand for what is given."""
    day = row.effective_from
    changes = list(row.changes.all())
    replaced = {(each.staff_id, each.level, each.kind, each.guarantee) for each in changes}
    in_force = ApprovalAuthority.objects.filter(
        Q(effective_to__isnull=True) | Q(effective_to__gt=day), effective_from__lte=day
    )
    kept = [each for each in in_force if (each.staff_id, each.level, each.kind, each.guarantee) not in replaced]
    return [*kept, *(_given(each, day) for each in changes if each.act == AuthorityChange.Act.GIVE)]


def _given(change: AuthorityChange, day: date) -> ApprovalAuthority:
    return ApprovalAuthority(
        staff_id=change.staff_id,
        level=change.level,
        kind=change.kind,
        guarantee=change.guarantee,
        max_amount=change.max_amount or Decimal(0),
        effective_from=day,
    )


def _limits(rows: Iterable[ApprovalAuthority]) -> Limits:
    """A look-up of a person's limit for the loan of a decision, at its level."""
    of_staff: dict[UUID, list[ApprovalAuthority]] = {}
    for row in rows:
        of_staff.setdefault(row.staff_id, []).append(row)

    def limit(staff_id: UUID, decision: ApprovalDecision) -> Decimal | None:
        product, level = decision.application.product, decision.level
        fitting = authority.most_specific(
            row
            for row in of_staff.get(staff_id, ())
            if row.level == level and row.kind in ("", product.kind) and row.guarantee in ("", product.guarantee)
        )
        return fitting.max_amount if fitting else None

    return limit


def _judged(decision: ApprovalDecision, after: Limits) -> SimulatedDecision | None:
    """How the decision would go; None where as it went. A lent seat is its lender's.

    What went up although it was within the authority went up for another reason, and would again."""
    seat = decision.delegation.delegator_id if decision.delegation else decision.by_id
    limit, sum_of_all = after(seat, decision), decision.exposure or decision.amount or Decimal(0)
    before = decision.authority_limit
    went_up = decision.decision == D.ESCALATE
    if limit is None:
        outcome = Out.NO_AUTHORITY
    elif sum_of_all > limit and not went_up:
        outcome = Out.GOES_UP
    elif sum_of_all <= limit and went_up and before is not None and sum_of_all > before:
        outcome = Out.LAST_WORD
    else:
        return None
    return SimulatedDecision(
        decision=decision, outcome=outcome, exposure=sum_of_all, limit_before=before, limit_after=limit
    )


def latest(row: AuthorityDraft) -> AuthoritySimulation | None:
    """The newest simulation of just these lines."""
    found: AuthoritySimulation | None = row.simulations.filter(lines_sha256=digest(row)).first()
    return found


# --- Publishing ----------------------------------------------------------------------------------
@transaction.atomic
def publish(row: AuthorityDraft, *, by: Staff) -> AuthorityDraft:
    """The change rules from its day on. Raises `maker_is_checker`, `own_authority` (403), `draft_closed`,
    `simulation_missing`, `authority_in_the_way` (409), `draft_backdated` (422)."""
    require(by, "authority.publish")
    held = _open(row)
    changes = list(held.changes.select_related("staff"))
    if by.pk == held.made_by_id:
        raise NotPermitted("maker_is_checker", "制定人不能发布自己的授权调整，须由另一人复核发布")
    if by.pk in {each.staff_id for each in changes}:
        raise NotPermitted("own_authority", "不能发布涉及本人授权的调整")
    _check_day(held.effective_from)
    if latest(held) is None:
        raise Conflict("simulation_missing", "发布前须以历史审批模拟本次调整")
    for each in changes:
        _apply(each, held.effective_from)
    held.state = AuthorityDraft.State.PUBLISHED
    held.published_by, held.published_at = by, clock.now()
    held.save()
    audit.record(
        by=by, action="publish_authority", subject=subject_of(held), lines=len(changes), on=f"{held.effective_from}"
    )
    return held


def _apply(change: AuthorityChange, day: date) -> None:
    rows = _ruling(change, day).select_for_update()
    if rows.filter(effective_from__gte=day).exists():
        detail = f"{change.staff}在生效日之后已有此项授权，请先处理"
        raise Conflict("authority_in_the_way", detail)
    for row in rows:
        row.effective_to = day
        row.save(update_fields=["effective_to"])
    if change.act == AuthorityChange.Act.GIVE:
        _given(change, day).save(force_insert=True)


def subject_of(row: AuthorityDraft) -> str:
    """How the audit trail names a draft."""
    return f"authority-draft/{row.code}"


def read_lines(said: Iterable[dict[str, Any]]) -> list[Line]:
    """Lines as the door hears them: people by their numbers. Raises `staff_unknown` (422)."""
    said = list(said)
    people = {each.employee_no: each for each in Staff.objects.filter(employee_no__in=[one["staff"] for one in said])}
    unknown = sorted({one["staff"] for one in said} - people.keys())
    if unknown:
        detail = f"没有工号{'、'.join(unknown)}"
        raise RuleBroken("staff_unknown", detail, errors={"changes": [detail]})
    return [Line(**{**one, "staff": people[one["staff"]]}) for one in said]
