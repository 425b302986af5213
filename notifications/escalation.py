"""Whoever lets a deadline pass has his manager told: once for each event, with an entry in the audit trail."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from aladdin import audit, clock, parameters
from notifications.kinds import KINDS
from notifications.models import Deadline
from notifications.notices import Message, notify_many
from organization.models import Branch, Staff
from organization.roles import Role

MOST_AT_ONCE = 200


def escalate() -> int:
    """Tell the managers of those who let a deadline pass; how many events. Run again it tells nobody twice."""
    overdue = Deadline.objects.overdue(clock.now()).order_by("act_by", "pk")
    keys = list(dict.fromkeys(overdue.values_list("event_key", flat=True)[:MOST_AT_ONCE]))
    return sum(_escalate(key) for key in keys)


@transaction.atomic
def _escalate(event_key: str) -> bool:
    """One event, which may have been put to several people: their manager hears of it once."""
    overdue = Deadline.objects.overdue(clock.now()).filter(event_key=event_key)
    rows = list(overdue.select_related("recipient__branch").order_by("pk").select_for_update(of=("self",)))
    if not rows:
        return False
    messages = []
    for row in rows:
        manager = manager_of(row.recipient)
        row.escalated_at, row.escalated_to = clock.now(), manager
        if manager is not None:
            messages.append((manager, row))
    Deadline.objects.bulk_update(rows, ["escalated_at", "escalated_to"])
    _record(event_key, rows)
    notify_many(_messages(event_key, messages))
    return True


def _record(event_key: str, rows: Sequence[Deadline]) -> None:
    audit.record(
        by=None,
        action="escalate_notice",
        subject=rows[0].subject or f"notice/{rows[0].notice_id}",
        kind=rows[0].kind,
        event=event_key,
        late=[row.recipient.employee_no for row in rows],
        told=sorted({row.escalated_to.employee_no for row in rows if row.escalated_to}),
    )


def _messages(event_key: str, late: Iterable[tuple[Staff, Deadline]]) -> Iterable[Message]:
    of_manager: dict[Staff, list[Deadline]] = defaultdict(list)
    for manager, row in late:
        of_manager[manager].append(row)
    for manager, rows in of_manager.items():
        kind, names = KINDS[rows[0].kind], [row.recipient.name for row in rows]
        yield Message(
            recipient=manager,
            kind="task.escalated",
            event_key=f"escalated:{event_key}"[:120],
            subject=rows[0].subject,
            values={
                "colleague": names[0] if len(names) == 1 else f"{names[0]}等{len(names)}人",
                "count": str(parameters.integer(kind.act_within)),
                "what": kind.title,
            },
        )


def manager_of(staff: Staff) -> Staff | None:
    """The manager of the person's branch, or of the next one above that has another."""
    above = Branch.objects.get_ancestors(staff.branch).order_by("-path")
    for branch in [staff.branch, *above]:
        managers = Staff.objects.active().with_role(Role.BRANCH_MANAGER).filter(branch=branch).exclude(pk=staff.pk)
        found: Staff | None = managers.order_by("employee_no").first()
        if found is not None:
            return found
    return None
