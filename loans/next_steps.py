"""What is missing and why: the list that the phone shows, so that the RM never guesses."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aladdin.problems import NotPermitted
from loans import blockers, checklist, duplicates, gates, hard_rules, obligors
from loans.blocker import Blocker
from loans.codes import Step
from loans.decision import support
from loans.machine import MOVES
from loans.models import LoanApplication
from loans.states import OWNER, State
from loans.transitions import check_person

if TYPE_CHECKING:
    from organization.models import Staff

#: The way forward from each state; ended cases have none.
FORWARD: dict[State, str] = {
    State.DRAFT: "accept",
    State.ACCEPTED: "verify_identity",
    State.ID_VERIFIED: "authorize_credit",
    State.CREDIT_AUTHORIZED: "investigate",
    State.INVESTIGATING: "submit",
    State.SUBMITTED: "take_up_review",
    State.UNDER_REVIEW: "pass_to_approval",
    State.IN_APPROVAL: "approve",
    State.RETURNED: "resubmit",
    State.APPROVED: "begin_contract",
    State.CONTRACTING: "sign_contract",
    State.CONTRACTED: "request_disbursement",
    State.DISBURSING: "disburse",
}


@dataclass(frozen=True)
class Next:
    """Where the case stands, whose turn it is, what is missing for the way forward, and what only warns."""

    state: State
    owner: str
    move: str
    label: str
    blockers: list[Blocker]
    warnings: list[Blocker]
    possible: list[str]
    steps: list["StepState"] = field(default_factory=list)


@dataclass(frozen=True)
class StepState:
    """One step of the product's intake and what it still lacks."""

    step: Step
    blockers: list[Blocker]

    @property
    def is_done(self) -> bool:
        return not self.blockers


def next_of(application: LoanApplication, *, by: "Staff") -> Next:
    """What comes next for this case, as this person sees it."""
    state = State(application.state)
    name = FORWARD.get(state, "")
    return Next(
        state=state,
        owner=OWNER[state].label,
        move=name,
        label=MOVES[name].label if name else "",
        blockers=blockers.of_file(application, name) if name else [],
        warnings=warnings(application),
        possible=[each for each in MOVES if _may(application, each, by)],
        steps=steps(application),
    )


def _may(application: LoanApplication, name: str, by: "Staff") -> bool:
    """Whether state and person allow the move; what it lacks is said apart. The system's own moves are left out."""
    move = MOVES[name]
    if move.action is None or application.state not in move.sources:
        return False
    try:
        check_person(application, name, by)
    except NotPermitted:
        return False
    return True


def steps(application: LoanApplication) -> list[StepState]:
    """The steps of the product in their order, each with what it lacks."""
    lacking = {
        Step.APPLICANT: lambda: blockers.of_file(application, "accept"),
        Step.IDENTITY_CHECK: lambda: [*gates.identity(application), *gates.identity_paper(application)],
        Step.CREDIT_AUTHORIZATION: lambda: _credit(application),
        Step.SPOUSE_GUARANTOR: lambda: list(gates.parties(application)),
        Step.BUSINESS_INFORMATION: lambda: _business(application),
        Step.MATERIALS: lambda: list(checklist.shortcomings(application, stage="SUBMISSION")),
        Step.DUE_DILIGENCE: lambda: list(gates.investigation(application)),
        Step.CONFIRMATION: lambda: list(gates.return_items(application)),
    }
    return [StepState(Step(step), lacking[Step(step)]()) for step in application.product_version.steps]


def _credit(application: LoanApplication) -> list[Blocker]:
    """Each obligor's authorization, until it is spent; from then on his report."""
    waiting = [each for each in obligors.of(application) if gates.standing_authorization(each) is None]
    return [blocker for each in waiting for blocker in gates.report_lacking(each)]


def _business(application: LoanApplication) -> list[Blocker]:
    if application.employer:
        return []
    return [Blocker("field_missing", "请填写经营主体或工作单位名称", "employer")]


def warnings(application: LoanApplication) -> list[Blocker]:
    """What does not stop the case, but whoever decides should know."""
    found = [
        Blocker("material_expires_soon", f"{entry.type.label}即将到期", f"materials.{entry.type}")
        for entry in checklist.entries(application)
        if entry.expires_soon
    ]
    if duplicates.are_open(application):
        found.append(Blocker("picture_used_before", "有影像曾用于其他客户的申请，请核实", "materials"))
    return found + list(hard_rules.warnings(application, support.stage_of(application)))
