"""What is missing and why: the list that the phone shows, so that the RM never guesses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aladdin.problems import NotPermitted
from loans import blockers, checklist, doors, duplicates, form_gates, gates, hard_rules, obligors
from loans.blocker import Blocker
from loans.codes import Step
from loans.decision import support
from loans.forms.modules import MODULES
from loans.machine import MOVES
from loans.models import LoanApplication
from loans.states import OWNER, State
from loans.transitions import check_person
from organization.roles import Role

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
class Way:
    """Where something is done, and by whom."""

    method: str
    path: str
    who: Role


@dataclass(frozen=True)
class Guided(Blocker):
    """A blocker with the way to remove it."""

    door: Way | None = None


@dataclass(frozen=True)
class Next:
    """Where the case stands, whose turn it is, what is missing for the way forward, and what only warns."""

    state: State
    owner: str
    move: str
    label: str
    blockers: list[Guided]
    warnings: list[Blocker]
    possible: list[str]
    steps: list["StepState"] = field(default_factory=list)
    returned_to: list["ReturnedTo"] = field(default_factory=list)


@dataclass(frozen=True)
class ReturnedTo:
    """A step to which the case was sent back, and what is to be put right there."""

    step: Step | None
    items: list[str]

    @property
    def label(self) -> str:
        return self.step.label if self.step else "全部资料"


@dataclass(frozen=True)
class StepState:
    """One step of the product's intake and what it still lacks."""

    step: Step
    door: Way
    blockers: list[Guided]

    @property
    def has_form(self) -> bool:
        return self.step in MODULES

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
        blockers=_guided(application, blockers.of_file(application, name) if name else []),
        warnings=warnings(application),
        possible=[each for each in MOVES if _may(application, each, by)],
        steps=steps(application),
        returned_to=_returned_to(application) if state == State.RETURNED else [],
    )


def _returned_to(application: LoanApplication) -> list[ReturnedTo]:
    """The steps of the last return, each with its open items."""
    found: dict[str, list[str]] = {}
    for item in application.return_items.filter(round=application.returns).order_by("id"):
        found.setdefault(item.step, []).append(item.text)
    return [ReturnedTo(Step(step) if step else None, texts) for step, texts in found.items()]


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
        Step.SPOUSE_GUARANTOR: lambda: [
            *gates.parties(application),
            *form_gates.shortcomings(application, Step.SPOUSE_GUARANTOR),
        ],
        Step.BUSINESS_INFORMATION: lambda: list(form_gates.shortcomings(application, Step.BUSINESS_INFORMATION)),
        Step.COLLATERAL: lambda: list(form_gates.shortcomings(application, Step.COLLATERAL)),
        Step.MATERIALS: lambda: list(checklist.shortcomings(application, stage="SUBMISSION")),
        Step.DUE_DILIGENCE: lambda: list(gates.investigation(application)),
        Step.CONFIRMATION: lambda: list(gates.return_items(application)),
    }
    return [
        StepState(step, _way(application, doors.STEPS[step]), _guided(application, lacking[step](), step))
        for step in map(Step, application.product_version.steps)
    ]


def _guided(application: LoanApplication, found: Iterable[Blocker], step: Step | None = None) -> list[Guided]:
    """Each blocker with who removes it and where."""
    return [Guided(each.code, each.detail, each.field, _way(application, doors.of(each, step), each)) for each in found]


def _way(application: LoanApplication, door: doors.Door, blocker: Blocker | None = None) -> Way:
    return Way(door.method, door.address(application, blocker), door.who)


def _credit(application: LoanApplication) -> list[Blocker]:
    """Each obligor's authorization, until it is spent; from then on his report."""
    waiting = [each for each in obligors.of(application) if gates.standing_authorization(each) is None]
    return [blocker for each in waiting for blocker in gates.report_lacking(each)]


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
