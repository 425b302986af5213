"""The state machine is the table of the domain, in code, in the database and in the documents."""

from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.problems import Conflict, NotPermitted
from loans import notices, transitions
from loans.machine import MOVES
from loans.models import ApplicationTransition, LoanApplication
from loans.states import ABANDONED, EDITABLE, IN_FLIGHT, OWNER, TERMINAL, State
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case
from tests.world import Bank

#: Domain 1.4, written by hand: move → from which states, to which.
TABLE = {
    "accept": ("DRAFT", "ACCEPTED"),
    "verify_identity": ("ACCEPTED", "ID_VERIFIED"),
    "authorize_credit": ("ID_VERIFIED", "CREDIT_AUTHORIZED"),
    "investigate": ("CREDIT_AUTHORIZED", "INVESTIGATING"),
    "submit": ("INVESTIGATING", "SUBMITTED"),
    "take_up_review": ("SUBMITTED", "UNDER_REVIEW"),
    "pass_to_approval": ("UNDER_REVIEW", "IN_APPROVAL"),
    "return_for_correction": ("UNDER_REVIEW IN_APPROVAL", "RETURNED"),
    "resubmit": ("RETURNED", "SUBMITTED"),
    "escalate": ("IN_APPROVAL", "IN_APPROVAL"),
    "approve": ("IN_APPROVAL", "APPROVED"),
    "reject": ("UNDER_REVIEW IN_APPROVAL", "REJECTED"),
    "begin_contract": ("APPROVED", "CONTRACTING"),
    "sign_contract": ("CONTRACTING", "CONTRACTED"),
    "request_disbursement": ("CONTRACTED", "DISBURSING"),
    "refuse_disbursement": ("DISBURSING", "CONTRACTED"),
    "disburse": ("DISBURSING", "DISBURSED"),
    "withdraw": (
        "DRAFT ACCEPTED ID_VERIFIED CREDIT_AUTHORIZED INVESTIGATING SUBMITTED UNDER_REVIEW IN_APPROVAL RETURNED"
        " APPROVED CONTRACTING CONTRACTED",
        "WITHDRAWN",
    ),
    "cancel": ("DRAFT ACCEPTED ID_VERIFIED CREDIT_AUTHORIZED INVESTIGATING RETURNED", "CANCELLED"),
    "fall_back": ("ID_VERIFIED CREDIT_AUTHORIZED INVESTIGATING", "ACCEPTED"),
    "expire_approval": ("APPROVED CONTRACTING CONTRACTED", "APPROVAL_EXPIRED"),
}
ENDS = {"DISBURSED", "REJECTED", "WITHDRAWN", "CANCELLED", "APPROVAL_EXPIRED"}


def put(case: Case, state: str) -> LoanApplication:
    """The case's row as it looks in that state, written past the machine, as only a test may."""
    bank, now = case.bank, clock.now()
    LoanApplication.objects.filter(pk=case.id).update(
        state=state,
        accepted_at=now,
        submitted_at=now,
        closed_at=now if state in ENDS else None,
        reviewer=bank.reviewer,
        approver=bank.approver,
        disbursement_officer=bank.disbursement_officer,
        approval_level=1,
        approved_amount=Decimal(50_000),
        approved_term_months=12,
        approved_rate=Decimal("4.5"),
        approval_expires_on=date(2099, 1, 1),
    )
    return case.row


def mover(bank: Bank, state: str, name: str) -> Staff | None:
    """Whoever may make the move in that state, as far as persons go; None is the system."""
    if name in {"verify_identity", "authorize_credit", "investigate", "fall_back", "expire_approval"}:
        return None
    if name in {"take_up_review", "pass_to_approval"}:
        return bank.reviewer
    if name in {"return_for_correction", "reject"}:
        return bank.approver if state == "IN_APPROVAL" else bank.reviewer
    if name in {"escalate", "approve"}:
        return bank.approver
    return bank.disbursement_officer if name in {"disburse", "refuse_disbursement"} else bank.rm


def marks_of(bank: Bank, name: str) -> dict[str, Any]:
    """What the move's method takes."""
    marks: dict[str, dict[str, Any]] = {
        "take_up_review": {"reviewer": bank.reviewer},
        "pass_to_approval": {"level": 1},
        "escalate": {"level": 2},
        "disburse": {"officer": bank.disbursement_officer},
        "approve": {
            "approver": bank.approver,
            "amount": Decimal(50_000),
            "term_months": 12,
            "rate": Decimal("4.5"),
            "expires_on": date(2099, 1, 1),
        },
    }
    return marks.get(name, {})


def test_the_code_has_the_moves_of_the_table() -> None:
    assert {name: (" ".join(move.sources), move.target) for name, move in MOVES.items()} == TABLE


def test_the_ends_are_those_of_the_table() -> None:
    assert TERMINAL == ENDS
    assert set(State) == IN_FLIGHT | TERMINAL
    assert ENDS - {"DISBURSED"} == ABANDONED
    assert not set(EDITABLE) & TERMINAL


@pytest.mark.parametrize("state", State.values)
def test_every_move_is_legal_exactly_where_the_table_says(case: Case, state: str) -> None:
    """A legal move succeeds or is blocked by the file; an illegal one is 409 `illegal_transition` and no more."""
    case.draft()
    bank = case.bank
    for name, (sources, target) in TABLE.items():
        application = put(case, state)
        count = ApplicationTransition.objects.count()
        with transaction.atomic():
            try:
                transitions.move(application, name, by=mover(bank, state, name), **marks_of(bank, name))
                found, reached, why = "moved", case.row.state, []
            except Conflict as refused:
                found, reached, why = refused.code, case.row.state, refused.extra["blockers"]
            grew = ApplicationTransition.objects.count() - count
            transaction.set_rollback(True)
        assert bool(why) == (found != "moved"), "a refusal says why"
        if state in sources.split():
            expected = {"moved": (target, 1), "transition_blocked": (state, 0)}
            assert (reached, grew) == expected[found], name
        else:
            assert (found, reached, grew) == ("illegal_transition", state, 0), name


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_label_an_owner_and_says_what_comes_next(case: Case, state: str) -> None:
    case.draft()
    put(case, state)
    told = case.rm.get(f"{case.url}/next").json()
    assert told["state_label"] == State(state).label
    assert told["owner"] in Role.labels
    assert OWNER[State(state)].label == told["owner"]
    assert bool(told["move"]) == (state not in ENDS)


def test_every_move_is_told_to_somebody_or_kept_silent_on_purpose() -> None:
    assert set(notices.NOTICES) | notices.SILENT == set(MOVES)
    assert not set(notices.NOTICES) & notices.SILENT


def test_the_state_cannot_be_assigned(case: Case) -> None:
    application = case.draft().row
    with pytest.raises(AttributeError, match="not allowed"):
        application.state = State.APPROVED


@pytest.mark.parametrize(
    "lie",
    [
        {"state": "ACCEPTED"},
        {"state": "UNDER_REVIEW", "accepted_at": clock.now(), "submitted_at": clock.now()},
        {"state": "APPROVED", "accepted_at": clock.now()},
        {"state": "DISBURSED", "accepted_at": clock.now()},
        {"state": "WITHDRAWN"},
        {"state": "PAID"},
        {"closed_at": clock.now()},
        {"approved_amount": Decimal(900_000)},
        {"amount": Decimal(0)},
        {"repayment_day": 32},
    ],
    ids=lambda lie: "-".join(lie) + "-" + str(lie.get("state", "")),
)
def test_a_bare_update_cannot_lie(case: Case, lie: dict[str, Any]) -> None:
    case.draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        LoanApplication.objects.filter(pk=case.id).update(**lie)


@pytest.mark.parametrize(
    "one,other",
    list(combinations(("investigator", "co_investigator", "reviewer", "approver", "disbursement_officer"), 2)),
)
def test_five_people_are_five(case: Case, one: str, other: str) -> None:
    case.draft()
    put(case, "DISBURSED")
    person = getattr(case.row, one)
    with pytest.raises(IntegrityError), transaction.atomic():
        LoanApplication.objects.filter(pk=case.id).update(**{other: person})


@pytest.mark.parametrize(
    "state,name,who,code",
    [
        ("SUBMITTED", "take_up_review", "rm", "not_permitted"),
        ("UNDER_REVIEW", "pass_to_approval", "approver", "not_permitted"),
        ("IN_APPROVAL", "approve", "reviewer", "not_permitted"),
        ("IN_APPROVAL", "reject", "reviewer", "not_in_charge"),
        ("IN_APPROVAL", "return_for_correction", "reviewer", "not_in_charge"),
        ("UNDER_REVIEW", "reject", "approver", "not_in_charge"),
        ("DISBURSING", "disburse", "approver", "not_permitted"),
        ("DRAFT", "accept", "co_rm", "not_in_charge"),
        ("INVESTIGATING", "submit", "co_rm", "not_in_charge"),
        ("APPROVED", "withdraw", "co_rm", "not_in_charge"),
        ("DRAFT", "cancel", "co_rm", "not_in_charge"),
        ("DRAFT", "cancel", "auditor", "not_permitted"),
    ],
)
def test_who_may_not_make_a_move(case: Case, state: str, name: str, who: str, code: str) -> None:
    case.draft()
    application = put(case, state)
    with pytest.raises(NotPermitted) as refused:
        transitions.move(application, name, by=getattr(case.bank, who), **marks_of(case.bank, name))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "state,name,part,role",
    [
        ("SUBMITTED", "take_up_review", "co_investigator", Role.REVIEWER),
        ("IN_APPROVAL", "approve", "co_investigator", Role.APPROVER),
        ("IN_APPROVAL", "approve", "reviewer", Role.APPROVER),
        ("DISBURSING", "disburse", "reviewer", Role.DISBURSEMENT_OFFICER),
        ("DISBURSING", "disburse", "approver", Role.DISBURSEMENT_OFFICER),
        ("DISBURSING", "refuse_disbursement", "investigator", Role.DISBURSEMENT_OFFICER),
    ],
)
def test_a_second_role_does_not_open_a_second_part(case: Case, state: str, name: str, part: str, role: Role) -> None:
    """Whoever holds two roles still has one part in a case (invariant (b))."""
    case.draft()
    application = put(case, state)
    LoanApplication.objects.filter(pk=case.id).update(disbursement_officer=None)
    person: Staff = getattr(application, part)
    person.role_assignments.create(role=role)
    person.__dict__.pop("_roles", None)
    with pytest.raises(NotPermitted) as refused:
        transitions.move(case.row, name, by=person, **marks_of(case.bank, name))
    assert refused.value.code == "separation_of_duties"


def test_the_system_does_not_make_peoples_moves(case: Case) -> None:
    application = case.draft().row
    with pytest.raises(NotPermitted) as refused:
        transitions.move(application, "accept", by=None)
    assert refused.value.code == "person_required"


# --- The log -------------------------------------------------------------------------------------
def test_the_log_says_who_when_from_where_to_where_and_of_what(case: Case) -> None:
    case.to("ACCEPTED")
    row = ApplicationTransition.objects.get(application=case.row, name="accept")
    assert (row.from_state, row.to_state, row.by) == ("DRAFT", "ACCEPTED", case.bank.rm)
    assert transitions.digest(row.snapshot) == row.snapshot_sha256
    assert row.snapshot["application"]["amount"] == "100000.00"
    assert not [name for name in row.snapshot["application"] if name.endswith("sealed")]
    assert AuditEntry.objects.filter(action="loan.accept", subject=f"loan-application/{case.id}").count() == 1


@pytest.mark.parametrize("verb", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}"])
def test_the_log_cannot_be_rewritten(case: Case, verb: str) -> None:
    case.draft()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        transaction.get_connection().cursor().execute(verb.format("loans_applicationtransition"))


def test_the_documents_are_as_the_code_is() -> None:
    call_command("draw_state_machine", check=True)
