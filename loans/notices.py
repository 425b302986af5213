"""Whom a move is told to: the relationship manager what became of it, the next in line that it is his turn."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from aladdin.jobs import wake
from loans import chain
from loans.models import ApplicationTransition, Draw, DrawTransition, LoanApplication
from notifications import deadlines, streams
from notifications.notices import Message, notify_many
from organization.models import Branch, Staff
from organization.roles import Role

Recipients = Callable[[LoanApplication], Iterable[Staff]]


def _lead(application: LoanApplication) -> Iterable[Staff]:
    return [application.investigator]


def _both(application: LoanApplication) -> Iterable[Staff]:
    return [each for each in (application.investigator, application.co_investigator) if each is not None]


def _in_line(application: LoanApplication, role: Role) -> Iterable[Staff]:
    """Holders of the role at the application's branch or above it, without those who already have a part."""
    chain = [application.branch_id, *Branch.objects.get_ancestors(application.branch).values_list("pk", flat=True)]
    part = {application.investigator_id, application.co_investigator_id}
    if role is not Role.REVIEWER:
        part.add(application.reviewer_id)
    if role is Role.DISBURSEMENT_OFFICER:
        part.add(application.approver_id)
    staff = Staff.objects.active().with_role(role).filter(branch__in=chain)
    able: Iterable[Staff] = staff.exclude(pk__in=[each for each in part if each is not None])
    return able


def _query_officers(application: LoanApplication) -> Iterable[Staff]:
    return _in_line(application, Role.CREDIT_QUERY_OFFICER)


def _reviewers(application: LoanApplication) -> Iterable[Staff]:
    """The one who reviewed it before; at the first time all who could."""
    return [application.reviewer] if application.reviewer else _in_line(application, Role.REVIEWER)


def _approvers(application: LoanApplication) -> Iterable[Staff]:
    """Who is asked at the level that the application has reached."""
    return chain.asked(application)


def _officers(application: LoanApplication) -> Iterable[Staff]:
    return _in_line(application, Role.DISBURSEMENT_OFFICER)


#: Move → (kind of notice, to whom). A move that is not here happens under the eyes of who would be told.
NOTICES: dict[str, tuple[tuple[str, Recipients], ...]] = {
    "accept": (("loan.accepted", _lead),),
    "authorize_credit": (("loan.credit_authorized", _lead), ("task.credit_query", _query_officers)),
    "investigate": (("loan.credit_report_ready", _both),),
    "submit": (("loan.submitted", _lead), ("task.review", _reviewers)),
    "resubmit": (("loan.submitted", _lead), ("task.review", _reviewers)),
    "pass_to_approval": (("task.approval", _approvers),),
    "escalate": (("task.approval", _approvers),),
    "return_for_correction": (("loan.returned", _both),),
    "approve": (("loan.approved", _both),),
    "reject": (("loan.rejected", _both),),
    "sign_contract": (("loan.contracted", _lead),),
    "request_disbursement": (("task.disbursement", _officers),),
    "refuse_disbursement": (("loan.disbursement_refused", _lead),),
    "disburse": (("loan.disbursed", _both),),
    "withdraw": (("loan.withdrawn", _both),),
    "cancel": (("loan.cancelled", _both),),
    "expire_approval": (("loan.approval_expired", _both),),
}
#: Moves that nobody is told of, since whom it concerns stands beside or has made it himself.
SILENT = frozenset(
    {
        "verify_identity",  # A sees the answer on the phone
        "take_up_review",  # the reviewer did it; A follows the state
        "begin_contract",  # A and the customer sit together
        "fall_back",  # what led to it was A's own doing, or is told by `next`
    }
)
#: Kinds whose text says why.
_WITH_REASON = {
    "loan.returned",
    "loan.rejected",
    "loan.disbursement_refused",
    "loan.disbursement_failed",
    "loan.withdrawn",
    "loan.cancelled",
}

#: Tasks that are done, or nobody's any more, once the application has moved; taking up a review is doing it.
_TASKS = ("task.credit_query", "task.review", "task.disbursement")
#: Moves that leave whose turn it is as it was.
_SIDE_STEPS = frozenset({"verify_identity", "begin_contract", "fall_back"})

#: What it is called where no person but a provider's answer made the move.
_BY_SYSTEM = {"loan.disbursement_refused": "loan.disbursement_failed"}


def moved(application: LoanApplication, name: str, row: ApplicationTransition) -> None:
    """Tell everybody whom this move concerns, once for each row of the log."""
    if name not in _SIDE_STEPS:
        deadlines.done(f"loan-application/{application.pk}", _TASKS)
    messages = []
    for registered, recipients in NOTICES.get(name, ()):
        kind = _BY_SYSTEM.get(registered, registered) if row.by_id is None else registered
        extra = {"reason": row.reason or "未说明"} if kind in _WITH_REASON else {}
        event_key = f"{kind}:transition:{row.pk}"
        messages += [_message(each, kind, application, event_key, extra) for each in recipients(application)]
    notify_many(messages)


#: Move of a later draw → (kind of notice, to whom).
DRAW_NOTICES: dict[str, tuple[str, Recipients]] = {
    "request": ("task.draw", _officers),
    "refuse": ("loan.draw_refused", _lead),
    "fail": ("loan.draw_failed", _lead),
    "pay": ("loan.draw_paid", _both),
    "cancel": ("loan.draw_cancelled", _both),
}


def draw_moved(application: LoanApplication, draw: Draw, row: DrawTransition) -> None:
    """Tell whom the move of a later draw concerns; that it was released, its outcome tells."""
    if row.name not in DRAW_NOTICES:
        return
    kind, recipients = DRAW_NOTICES[row.name]
    which = f"第{draw.number}次提款"
    extra = {"reason": f"{which}：{row.reason}"[:200] if row.name in _SAYING_WHY else which}
    event_key = f"{kind}:draw:{row.pk}"
    notify_many([_message(each, kind, application, event_key, extra) for each in recipients(application)])


_SAYING_WHY = frozenset({"refuse", "fail", "cancel"})


def asked_to_assist(application: LoanApplication) -> None:
    """Tell B that he is asked to investigate too."""
    if application.co_investigator is not None:
        kind = "task.co_investigation"
        event_key = f"{kind}:{application.pk}:{application.co_investigator_id}"
        notify_many([_message(application.co_investigator, kind, application, event_key)])


def asked_to_countersign(application: LoanApplication, signed: int) -> None:
    """Tell the others of the level that a second signature is wanted; once for each first one."""
    kind = "task.approval"
    event_key = f"{kind}:countersign:{signed}"
    notify_many([_message(each, kind, application, event_key) for each in chain.asked(application)])


def level_sleeps(application: LoanApplication, people: Iterable[Staff], *, reason: str, event_key: str) -> bool:
    """Tell people that a case waits too long at its level; whether anybody had not been told of it."""
    kind = "task.approval_asleep"
    key = f"{kind}:{application.pk}:{event_key}"
    return bool(notify_many([_message(each, kind, application, key, {"reason": reason}) for each in people]))


def tell_lead(application: LoanApplication, kind: str, *, event_key: str, **extra: str) -> None:
    """One notice about the application to its investigator A, e.g. `loan.disbursement_failed`."""
    notify_many([_message(application.investigator, kind, application, event_key, extra)])


def _message(
    recipient: Staff,
    kind: str,
    application: LoanApplication,
    event_key: str,
    extra: Mapping[str, str] | None = None,
) -> Message:
    values = {
        "customer": application.customer.masked_name(),
        "product": application.product.name,
        "application_no": application.application_no,
        "amount": str(application.amount or 0),
        **(extra or {}),
    }
    subject = f"loan-application/{application.pk}"
    return Message(recipient=recipient, kind=kind, event_key=event_key, subject=subject, values=values)


def pipeline_changed(application: LoanApplication) -> None:
    """Let the boards of the branch and of those above it know, by a job, that the pipeline moved."""
    branch_id = str(application.branch_id)
    wake("loans.announce_pipeline", key=f"pipeline:{branch_id}", branch_id=branch_id)


def announce_pipeline(branch_id: UUID) -> None:
    """Ring the boards of the branch and of those above it; who watches one asks for its figures himself."""
    branch = Branch.objects.filter(pk=branch_id).first()
    if branch is not None:
        for each in [branch, *Branch.objects.get_ancestors(branch)]:
            streams.publish(streams.key_of_branch(each.pk), "pipeline_changed", {"branch": str(branch_id)})
