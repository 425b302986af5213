"""What every capability asks before it does its work: lock, may he, does the state allow."""

from aladdin.problems import Conflict
from loans.machine import MOVES
from loans.models import LoanApplication
from loans.states import State
from loans.transitions import check_person, hold
from organization.models import Staff


def take(application: LoanApplication, name: str, *, by: Staff | None) -> LoanApplication:
    """The application, locked, for the move `name`; what the file lacks is asked when the move is made.

    Raises `not_permitted`, `separation_of_duties`, `not_in_charge` (403), `illegal_transition` (409)."""
    held = hold(application.pk)
    check_person(held, name, by)
    require_state(held, name)
    return held


def require_state(application: LoanApplication, name: str) -> None:
    """Raise Conflict unless there is an arrow `name` from the application's state."""
    arrow = MOVES[name]
    if application.state not in arrow.sources:
        detail = f"当前状态“{State(application.state).label}”不能进行“{arrow.label}”"
        raise Conflict(
            "illegal_transition",
            detail,
            state=application.state,
            blockers=[{"code": "wrong_state", "detail": detail}],
        )
