"""For whom a case waits in each state: the bank's time and the customer's are measured apart."""

from typing import TYPE_CHECKING

from loans.codes import Waiting
from loans.reasons import ReturnReason
from loans.states import State

if TYPE_CHECKING:
    from loans.models import LoanApplication

#: The customer makes up his mind, signs, or reads: nobody in the bank can hurry it.
_CUSTOMERS = frozenset({State.DRAFT, State.ID_VERIFIED, State.APPROVED, State.CONTRACTING})
#: Reasons of a return that the bank's own people have to put right; for all others the customer brings something.
_OWN_FAULTS = frozenset({ReturnReason.INVESTIGATION_THIN.value})


def waited_for(application: "LoanApplication", state: State) -> Waiting:
    """Whom the case waits for, or waited for, in this state."""
    if state == State.RETURNED:
        returned = application.transitions.filter(name="return_for_correction").order_by("-id")
        code = returned.values_list("reason_code", flat=True).first()
        return Waiting.BANK if code in _OWN_FAULTS else Waiting.CUSTOMER
    return Waiting.CUSTOMER if state in _CUSTOMERS else Waiting.BANK
