"""What the account answers about the loan cases that wait for an employee: how many of each, never whose."""

from django.db.models import Count, Q

from loans import desks
from loans.codes import Desk
from loans.models import LoanApplication
from loans.states import OWNER, State
from notifications.wechat.answers import contribute
from organization.access import may
from organization.models import Staff
from organization.roles import Role

_OF_RM = tuple(state for state, role in OWNER.items() if role is Role.RM)


def register() -> None:
    """Let the account answer 待办."""
    contribute("todo", "loans", waiting)


def waiting(staff: Staff) -> str:
    """Cases in flight by state for whoever leads them, and what lies at each desk for whoever works there."""
    if not may(staff, "loan.read"):
        return ""
    return "\n".join([*_led(staff), *_at_desks(staff)])


def _led(staff: Staff) -> list[str]:
    cases = LoanApplication.objects.in_flight().filter(Q(investigator=staff), state__in=_OF_RM)
    counted = dict(cases.order_by().values_list("state").annotate(count=Count("pk")))
    return [f"{state.label}：{counted[state]} 笔" for state in State if state in counted]


def _at_desks(staff: Staff) -> list[str]:
    lines = []
    for desk in Desk:
        if not may(staff, desks.DESKS[desk].action):
            continue
        mine, free = (desks.queue(staff, desk, whose).count() for whose in ("mine", "unassigned"))
        if mine or free:
            lines.append(f"{desk.label}：本人 {mine} 笔，待领取 {free} 笔")
    return lines
