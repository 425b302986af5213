"""When and by whom due diligence is done: by A or B of the case, while the file is theirs."""

from aladdin.problems import Conflict, NotPermitted
from loans.models import LoanApplication
from loans.states import State
from organization.access import require
from organization.models import Staff

#: From the bureau's report until the file is handed in, and again when it comes back.
OPEN_IN = (State.INVESTIGATING, State.RETURNED)
#: People talk with the customer, and write his figures down, before the report is there.
TALKED_IN = (State.ACCEPTED, State.ID_VERIFIED, State.CREDIT_AUTHORIZED, *OPEN_IN)


def check_open(held: LoanApplication, states: tuple[State, ...] = OPEN_IN) -> None:
    """Raise `wrong_state_for_investigation` (409) unless the case is in one of the states."""
    if held.state not in states:
        detail = f"当前状态“{State(held.state).label}”不能办理尽职调查"
        raise Conflict("wrong_state_for_investigation", detail, state=held.state)


def investigator_only(held: LoanApplication, by: Staff) -> None:
    """Raise `not_permitted`, `not_in_charge` (403) unless the person is A or B of the case."""
    require(by, "loan.investigate")
    if by.pk not in {held.investigator_id, held.co_investigator_id}:
        raise NotPermitted("not_in_charge", "只有本笔主办或协办客户经理可以办理")
