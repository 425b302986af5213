"""Where the machine asks the rules that are kept as data.

The machine's models are built before the rules' own: so the rules are looked up only when a case is asked about.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from loans.blocker import Blocker
from loans.codes import Stage

if TYPE_CHECKING:
    from loans.models import LoanApplication, LoanParty


def on_entry(application: "LoanApplication") -> Iterable[Blocker]:
    """What may not even be written down: an age or a purpose that the product does not allow."""
    return _blockers(application, Stage.ENTRY)


def on_acceptance(application: "LoanApplication") -> Iterable[Blocker]:
    """Whom the bank does not lend to, or not like this."""
    return _blockers(application, Stage.ACCEPTANCE)


def on_person(application: "LoanApplication", party: "LoanParty") -> Iterable[Blocker]:
    """Who may not stand beside a borrower either: whoever is on the list that keeps borrowers out."""
    from loans.decision import evaluation  # noqa: PLC0415  models are not loaded before
    from loans.obligors import Obligor  # noqa: PLC0415  as above

    return evaluation.against_person(application, Obligor(application, party))


def on_submission(application: "LoanApplication") -> Iterable[Blocker]:
    """What the investigation and the bureau's report bring besides."""
    return _blockers(application, Stage.SUBMISSION)


def on_approval(application: "LoanApplication") -> Iterable[Blocker]:
    """What must not be so on the day of the decision, and decisions that belong to a higher level."""
    from loans.decision import evaluation  # noqa: PLC0415  models are not loaded before

    return evaluation.against_approval(application)


def on_disbursement(application: "LoanApplication") -> Iterable[Blocker]:
    """What must not have happened since the approval."""
    return _blockers(application, Stage.DISBURSEMENT)


def warnings(application: "LoanApplication", stage: Stage) -> Iterable[Blocker]:
    """What does not stop the case, but whoever decides has to know."""
    from loans.decision import evaluation  # noqa: PLC0415  as above

    return evaluation.warnings(application, stage)


def _blockers(application: "LoanApplication", stage: Stage) -> Iterable[Blocker]:
    from loans.decision import evaluation  # noqa: PLC0415  as above

    return evaluation.blockers(application, stage)
