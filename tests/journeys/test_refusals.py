"""Whoever may not make a move is refused at its door, and the application stays where it is.

All from the machine's own table: each move has doors in the API (or none, where the system alone makes it), each
door asks for an action, and each role either holds it or is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from loans.machine import MOVES
from loans.models import ApplicationTransition
from loans.states import TERMINAL, State
from organization.access import ACCESS
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, customer_of, picture, shelf, signature
from tests.loans.lending import GRANT, OPINION, OWN_ACCOUNT
from tests.loans.test_machine import mover, put
from tests.world import Bank, hire

Form = Callable[[], dict[str, Any]]
SHA256 = "0" * 64


@dataclass(frozen=True)
class Door:
    """An address where a move is asked for, the action that it needs, and what the phone sends."""

    path: str
    action: str
    body: Form = dict
    is_form: bool = False


#: Move → its doors. `submit` and `resubmit` share one, since the phone does not care which of the two it is.
DOORS: dict[str, list[Door]] = {
    "accept": [Door("accept", "loan.accept")],
    "verify_identity": [
        Door("identity-checks", "loan.verify_identity", lambda: {"face": picture()}, is_form=True),
        Door("identity-checks/by-hand", "loan.verify_identity_by_hand", lambda: {"note": "核对原件"}),
    ],
    "authorize_credit": [
        Door(
            "credit-authorizations",
            "loan.authorize_credit",
            lambda: {"signature": signature(), "text_sha256": SHA256, "place": "支行"},
            is_form=True,
        )
    ],
    "investigate": [Door("credit-reports", "loan.query_credit", lambda: {"reason": "02"})],
    "submit": [Door("submit", "loan.submit")],
    "resubmit": [Door("submit", "loan.submit")],
    "take_up_review": [Door("review/claim", "loan.review")],
    "pass_to_approval": [Door("review/opinion", "loan.review", lambda: dict(OPINION))],
    "return_for_correction": [
        Door("return", "loan.return", lambda: {"reason_code": "MATERIALS_MISSING", "items": ["流水"]})
    ],
    "escalate": [Door("escalate", "loan.approve", lambda: {"reason": "超出权限"})],
    "approve": [Door("approve", "loan.approve", lambda: dict(GRANT))],
    "reject": [Door("reject", "loan.reject", lambda: {"reason_code": "CREDIT_RECORD", "note": "逾期"})],
    "begin_contract": [Door("contract", "loan.sign_contract", lambda: dict(OWN_ACCOUNT))],
    "sign_contract": [
        Door(
            "contract/sign",
            "loan.sign_contract",
            lambda: {"signature": signature(), "sha256": SHA256, "recording_reference": "1"},
            is_form=True,
        )
    ],
    "request_disbursement": [Door("disbursement/request", "loan.request_disbursement")],
    "refuse_disbursement": [Door("disbursement/refuse", "loan.disburse", lambda: {"reason_code": "OTHER"})],
    "disburse": [Door("disbursement/release", "loan.disburse")],
    "withdraw": [Door("withdraw", "loan.withdraw", lambda: {"reason": "不需要了"})],
    "cancel": [Door("cancel", "loan.cancel", lambda: {"reason": "重复"})],
    "fall_back": [],
    "expire_approval": [],
}


def test_every_move_has_its_doors() -> None:
    """Two moves have none: nobody falls back, or lets an approval expire, by asking for it."""
    assert set(DOORS) == set(MOVES)
    assert {name for name, doors in DOORS.items() if not doors} == {"fall_back", "expire_approval"}
    for name, doors in DOORS.items():
        action = MOVES[name].action
        assert action is None or {door.action for door in doors} == {action}


# --- At the doors --------------------------------------------------------------------------------
@pytest.fixture
def case(bank: Bank, run_jobs: Callable[[], int]) -> Case:
    """A draft of the RM's."""
    shelf(bank)
    return Case(bank, run_jobs, customer_of(bank.rm)).draft()


def answers_to(case: Case, person: Staff) -> dict[str, str]:
    """What each door answers the person while the state would allow the move, which nobody makes."""
    return {
        f"{name} {door.path}": knock(case, door, by=person, state=MOVES[name].sources[0])
        for name, doors in DOORS.items()
        for door in doors
    }


def knock(case: Case, door: Door, *, by: Staff, state: State) -> str:
    """Status and code of the answer that leaves the case in this state as it was."""
    put(case, state)
    log = ApplicationTransition.objects.filter(application=case.row)
    before = log.count()
    how = "multipart" if door.is_form else "json"
    answer = case.phone(by).post(f"{case.url}/{door.path}", door.body(), format=how)
    assert (case.row.state, log.count()) == (state, before), f"{door.path}: {answer.content.decode()}"
    return f"{answer.status_code} {answer.json()['code']}"


def expected(answer: Callable[[Door], str]) -> dict[str, str]:
    """The answer of each door."""
    return {f"{name} {door.path}": answer(door) for name, doors in DOORS.items() for door in doors}


@pytest.mark.parametrize("role", Role)
def test_a_role_without_the_right_is_refused_and_one_elsewhere_finds_nothing(case: Case, role: Role) -> None:
    """Somebody of the other sub-branch: where his role has the right, this case is still not in his sight."""
    outsider = hire(case.bank.west, Staff.Position.OPERATIONS, role)
    holds = [action for action in ACCESS if role in ACCESS[action]]
    assert answers_to(case, outsider) == expected(
        lambda door: "404 not_found" if door.action in holds else "403 not_permitted"
    )


@pytest.mark.parametrize("who,answer", [("co_rm", "403 not_in_charge"), ("other_rm", "404 not_found")])
def test_no_other_rm_makes_the_moves_of_the_lead(case: Case, who: str, answer: str) -> None:
    """B sees the case and is told whose it is; a colleague of the same sub-branch does not even see it."""
    assert answers_to(case, getattr(case.bank, who)) == expected(
        lambda door: answer if Role.RM in ACCESS[door.action] else "403 not_permitted"
    )


@pytest.mark.parametrize(
    "name,state,role,answer",
    [
        ("pass_to_approval", State.UNDER_REVIEW, Role.REVIEWER, "403 not_in_charge"),
        ("return_for_correction", State.UNDER_REVIEW, Role.REVIEWER, "403 not_in_charge"),
        ("return_for_correction", State.UNDER_REVIEW, Role.APPROVER, "403 not_in_charge"),
        ("return_for_correction", State.IN_APPROVAL, Role.REVIEWER, "403 not_in_charge"),
        ("reject", State.UNDER_REVIEW, Role.REVIEWER, "403 not_in_charge"),
        ("reject", State.UNDER_REVIEW, Role.APPROVER, "403 not_in_charge"),
        ("reject", State.IN_APPROVAL, Role.REVIEWER, "403 not_in_charge"),
        ("escalate", State.IN_APPROVAL, Role.APPROVER, "403 no_authority_at_level"),
        ("approve", State.IN_APPROVAL, Role.APPROVER, "403 no_authority_at_level"),
    ],
)
def test_another_at_the_same_desk_does_not_take_over(
    case: Case, name: str, state: State, role: Role, answer: str
) -> None:
    """A case under review is its reviewer's, one in approval is for who holds authority at its level."""
    another = hire(case.bank.city, Staff.Position.CREDIT, role)
    (door,) = DOORS[name]
    assert knock(case, door, by=another, state=state) == answer


@pytest.mark.parametrize("state", State)
def test_a_move_out_of_order_is_refused(case: Case, state: State) -> None:
    """Although it is the very person whose move it is elsewhere."""
    answers = {
        f"{name} {door.path}": knock(case, door, by=asker(case.bank, door, state, name), state=state)
        for name, doors in DOORS.items()
        for door in doors
        if state not in MOVES[name].sources and not is_in_order(name, door, state)
    }
    assert {asked: answer for asked, answer in answers.items() if not answer.startswith("409 ")} == {}
    assert len(answers) > 10


def asker(bank: Bank, door: Door, state: State, name: str) -> Staff:
    """Who would make the move, if it were its time."""
    if door.action == "loan.query_credit":
        return bank.query_officer
    if door.action == "loan.verify_identity_by_hand":
        return bank.manager
    return mover(bank, state, name) or bank.rm


def is_in_order(name: str, door: Door, state: State) -> bool:
    """Whether the door is open all the same: handing in has one for both its moves, and a customer may be verified
    anew at nearly any time, which then moves nothing; a customer withdraws even while the money is asked for."""
    if name in {"submit", "resubmit"}:
        return state in {State.INVESTIGATING, State.RETURNED}
    if name == "withdraw":
        return state == State.DISBURSING
    return door.path == "identity-checks" and state not in {State.DRAFT, State.DISBURSING, *TERMINAL}
