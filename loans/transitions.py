"""The one way in which an application moves, and the log of it.

Always in the same order: lock, may he, does the state allow, change, log, audit, notice. A capability does its own
work in the same transaction and calls `move`; there is no second way to change a state.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet
from django.db.models.functions import JSONObject
from django_fsm import TransitionNotAllowed

from aladdin import audit, clock, working_time
from aladdin.problems import Conflict, NotPermitted
from loans import blockers, notices, outside_events, submissions, waiting
from loans.machine import MOVES
from loans.models import ApplicationTransition, LoanApplication
from loans.reading import undisturbed
from loans.states import State
from organization.access import require

if TYPE_CHECKING:
    from uuid import UUID

    from organization.models import Staff


#: What nearly every step asks of next, read with the application itself.
_BESIDE = ("customer", "product", "product_version", "branch", "investigator", "co_investigator")


def hold(application_id: "UUID") -> LoanApplication:
    """The application, locked until the transaction ends, with what it stands on as it is now (not locked)."""
    rows = LoanApplication.objects.select_related(*_BESIDE).select_for_update(of=("self",))
    held: LoanApplication = rows.get(pk=application_id)
    return held


def move(
    application: LoanApplication,
    name: str,
    *,
    by: "Staff | None",
    reason: str = "",
    reason_code: str = "",
    **marks: Any,
) -> LoanApplication:
    """Make the move `name` (see `loans.machine.MOVES`) in the capability's transaction; `marks` are what its method
    takes.

    The instance is saved whole, with what the capability has set on it before. Raises `not_permitted`,
    `separation_of_duties` or `not_in_charge` (403), `illegal_transition` (409: there is no such arrow from this
    state) and `transition_blocked` (409), the last three with all `blockers`."""
    _lock(application)
    check_person(application, name, by)
    before, since = State(application.state), application.state_since
    try:
        getattr(application, name)(**marks)
    except TransitionNotAllowed:
        raise _refusal(application, name) from None
    application.state_since = application.updated_at = clock.now()
    application.version += 1
    _put_in_hand(application)
    application.save()
    spent = working_time.between(since, application.state_since, working_time.hours_on())
    _follow_up(application, name, before, by, reason, reason_code=reason_code, working_seconds=spent)
    return application


#: Moves that happen by themselves as soon as the gates are open, in the order of the procedure.
_BY_ITSELF = {
    State.ACCEPTED: "verify_identity",
    State.ID_VERIFIED: "authorize_credit",
    State.CREDIT_AUTHORIZED: "investigate",
}


def advance(application: LoanApplication, *, by: "Staff | None", reason: str = "") -> bool:
    """Move on as far as what was proved allows; whether the case moved. `by` is who opened the gate."""
    moved = False
    with undisturbed():
        while (name := _BY_ITSELF.get(State(application.state))) and not blockers.of_file(application, name):
            may_himself = not blockers.of_person(application, name, by)
            move(application, name, by=by if may_himself else None, reason=reason)
            moved = True
    return moved


def _put_in_hand(application: LoanApplication) -> None:
    """A case under review is in its reviewer's hands; at any other desk it lies there until somebody takes it."""
    under_review = application.state == State.UNDER_REVIEW
    application.assignee = application.reviewer if under_review else None
    application.assigned_at = application.state_since if under_review else None


def began(application: LoanApplication, *, by: "Staff", by_customer: bool = False) -> None:
    """Log the birth of a draft: (new) → DRAFT, which the RM began, or the customer himself through the RM's link."""
    if by_customer:
        _log(application, "create", None, None, "客户通过链接自助申请")
    else:
        _log(application, "create", None, by, "")
    audit.record(by=by, action="loan.create", subject=subject_of(application))
    notices.pipeline_changed(application)


def subject_of(application: LoanApplication) -> str:
    """How audit and deep links name an application."""
    return f"loan-application/{application.pk}"


def check_move(application: LoanApplication, name: str, by: "Staff | None") -> None:
    """Raise unless the person may make the move and the state has such an arrow: for a capability that writes
    before it moves. What else stands in the way is asked when it moves."""
    check_person(application, name, by)
    if application.state not in MOVES[name].sources:
        raise _refusal(application, name)


def check_person(application: LoanApplication, name: str, by: "Staff | None") -> None:
    """Raise NotPermitted unless the person's role and his part in this case let him make the move."""
    action = MOVES[name].action
    if by is not None and action is not None:
        require(by, action)
    found = blockers.of_person(application, name, by)
    if found:
        raise NotPermitted(found[0].code, found[0].detail, blockers=[each.as_dict() for each in found])


def _lock(application: LoanApplication) -> None:
    """Lock the row; an instance read before somebody else's change is read again."""
    held = LoanApplication.objects.select_for_update().filter(pk=application.pk)
    if held.values_list("version", flat=True).get() != application.version:
        application.refresh_from_db()


def _refusal(application: LoanApplication, name: str) -> Conflict:
    arrow = MOVES[name]
    if application.state not in arrow.sources:
        detail = f"当前状态“{State(application.state).label}”不能进行“{arrow.label}”"
        wrong = {"code": "wrong_state", "detail": detail}
        return Conflict("illegal_transition", detail, state=application.state, blockers=[wrong])
    found = blockers.of_file(application, name)
    detail = f"暂不能“{arrow.label}”：" + "；".join(each.detail for each in found)
    reasons = [each.as_dict() for each in found]
    return Conflict("transition_blocked", detail, state=application.state, blockers=reasons)


def _follow_up(
    application: LoanApplication, name: str, before: State, by: "Staff | None", reason: str, **said: Any
) -> None:
    row = _log(application, name, before, by, reason, waited_for=waiting.waited_for(application, before), **said)
    detail = {"from": before, "to": application.state, "reason": reason}
    audit.record(by=by, action=f"loan.{name}", subject=subject_of(application), **detail)
    notices.pipeline_changed(application)
    outside_events.moved(application, row)
    notices.moved(application, name, row)  # last: the recipients' streams stay locked until commit


def _log(
    application: LoanApplication, name: str, before: State | None, by: "Staff | None", reason: str, **said: Any
) -> ApplicationTransition:
    taken = snapshot(application)
    if name in submissions.HANDING_IN:
        taken |= submissions.beside_the_row(application, _plain)
    return ApplicationTransition.objects.create(
        application=application,
        name=name,
        from_state=before or "",
        to_state=application.state,
        by=by,
        at=clock.now(),
        reason=reason,
        snapshot=taken,
        snapshot_sha256=digest(taken),
        **said,
    )


def snapshot(application: LoanApplication) -> dict[str, Any]:
    """The file as it stood: the row without what is sealed, and the digests of its papers and gates."""
    row = {
        field.attname: _plain(getattr(application, field.attname))
        for field in application._meta.concrete_fields
        if not field.attname.endswith("_sealed")
    }
    return {"application": row} | {name: sorted(rows) for name, rows in _digests(application).items()}


def _digests(application: LoanApplication) -> dict[str, list[Any]]:
    """Papers and gates in one question, since every move asks: each row as the list of its columns."""
    parts: dict[str, tuple[QuerySet[Any], tuple[str, ...]]] = {
        "materials": (application.materials.standing(), ("type", "original_sha256")),
        "parties": (application.parties.standing(), ("pk", "role")),
        "authorizations": (application.credit_authorizations.all(), ("authorization_no", "text_sha256")),
    }
    asked = {
        f"its_{name}": ArraySubquery(rows.order_by().values(row=JSONObject(**{each: each for each in columns})))
        for name, (rows, columns) in parts.items()
    }
    asked["its_reports"] = ArraySubquery(application.credit_reports.order_by().values("report_no"))
    found = LoanApplication.objects.filter(pk=application.pk).order_by().values(**asked).get()
    return {"credit_reports": found["its_reports"]} | {
        name: [[each[column] for column in columns] for each in found[f"its_{name}"]]
        for name, (_, columns) in parts.items()
    }


def digest(taken: dict[str, Any]) -> str:
    """SHA-256 of a snapshot in its one canonical form, so that an auditor can recompute it."""
    canonical = json.dumps(taken, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> str | int | bool | None:
    return value if value is None or isinstance(value, bool | int) else str(value)
