"""What other systems hear of lending: every move of an application, without a word about the person."""

from loans.machine import MOVES
from loans.models import ApplicationTransition, LoanApplication
from loans.states import State
from notifications import webhooks
from notifications.webhooks.catalogue import EventType, record

_STATES = {"type": "string", "enum": list(State.values)}
_AMOUNT = {"type": ["string", "null"], "pattern": r"^\d+\.\d{2}$", "description": "yuan, to the fen"}

APPLICATION_MOVED = webhooks.declare(
    EventType(
        "loan.application.moved",
        "贷款申请状态变化",
        {
            1: record(
                application={"type": "string", "format": "uuid"},
                application_no={"type": "string"},
                product={"type": "string"},
                branch={"type": "string", "description": "branch code"},
                move={"type": "string", "enum": sorted(MOVES)},
                from_state=_STATES,
                to_state=_STATES,
                amount=_AMOUNT,
                approved_amount=_AMOUNT,
            )
        },
    )
)


def moved(application: LoanApplication, row: ApplicationTransition) -> None:
    """Tell of a move, in its transaction."""
    webhooks.emit(
        APPLICATION_MOVED.code,
        subject=f"loan-application/{application.pk}",
        data={
            "application": str(application.pk),
            "application_no": application.application_no,
            "product": application.product.code,
            "branch": application.branch.code,
            "move": row.name,
            "from_state": row.from_state,
            "to_state": row.to_state,
            "amount": _yuan(application.amount),
            "approved_amount": _yuan(application.approved_amount),
        },
    )


def _yuan(amount: object) -> str | None:
    return None if amount is None else f"{amount:.2f}"
