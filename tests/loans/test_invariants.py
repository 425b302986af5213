"""The invariants (a) to (e) of domain 1.4, of the table itself and in the database; people and conditions aside they
hold whoever writes."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from loans import blockers, gates
from loans.machine import MOVES
from loans.models import Contract, Payment
from loans.states import State
from tests.loans.builders import Case
from tests.loans.lending import disbursed, released


def reachable(without: str) -> set[str]:
    """The states that can be come to from the draft if one move did not exist."""
    found: set[str] = {State.DRAFT}
    while True:
        grown = found | {
            move.target for move in MOVES.values() if move.name != without and not found.isdisjoint(move.sources)
        }
        if grown == found:
            return found
        found = grown


#: Moves that nobody gets round on his way to the money, and a gate that each of them asks for.
GATES: dict[str, Callable[..., object] | None] = {
    "accept": None,
    "verify_identity": gates.identity,
    "authorize_credit": gates.authorization,
    "investigate": gates.report,
    "take_up_review": None,
    "pass_to_approval": None,
    "approve": None,
    "begin_contract": blockers._cost_was_disclosed,
    "sign_contract": blockers._contract_is_signed,
    "request_disbursement": blockers._contract_is_signed,
    "disburse": blockers._money_has_moved,
}


@pytest.mark.parametrize("move", GATES)
def test_a_no_way_to_the_money_leads_round_a_gate(move: str) -> None:
    assert State.DISBURSED not in reachable(without=move)
    assert State.DISBURSED in reachable(without="")
    if gate := GATES[move]:
        assert gate in blockers.GUARDS[move]


@pytest.mark.parametrize("move", ["submit", "resubmit"])
def test_a_every_file_that_is_handed_in_was_looked_into(move: str) -> None:
    """The first time and every time after: identity, report, investigation."""
    assert {gates.identity, gates.report, gates.investigation} <= set(blockers.GUARDS[move])


def test_a_cost_is_disclosed_whichever_way_the_contract_goes() -> None:
    for move in ("begin_contract", "sign_contract", "request_disbursement", "disburse"):
        assert blockers._cost_was_disclosed in blockers.GUARDS[move]


def test_b_the_same_five_are_five_wherever_they_come_from() -> None:
    """Every move of review, approval and payment is closed to those who investigate."""
    names = ("take_up_review", "pass_to_approval", "return_for_correction", "reject", "escalate", "approve")
    assert set(names) | {"disburse", "refuse_disbursement", "investigate"} <= blockers._APART


def test_c_every_line_of_the_log_says_all_of_it(case: Case) -> None:
    disbursed(case)
    for line in case.row.transitions.all():
        assert line.to_state
        assert line.snapshot_sha256
        assert line.by_id or line.name in blockers.BY_SYSTEM
        assert line.name == "create" or (line.from_state and line.waited_for and line.working_seconds is not None)


def test_e_no_contract_beyond_the_approval_and_no_draws_beyond_the_contract(case: Case) -> None:
    payment = released(case)
    contracts, payments = Contract.objects.filter(pk=payment.contract_id), Payment.objects.filter(pk=payment.pk)
    for lie in ({"amount": Decimal("100000.01")}, {"term_months": 13}):
        with pytest.raises(IntegrityError, match="beyond its approval"), transaction.atomic():
            contracts.update(**lie)
    with pytest.raises(IntegrityError, match="beyond their contract"), transaction.atomic():
        payments.update(amount=Decimal("100000.01"))


def test_e_a_failed_draw_leaves_room_and_a_second_one_does_not(case: Case) -> None:
    payment = released(case)
    Payment.objects.filter(pk=payment.pk).update(state="FAILED")
    second = Payment.objects.get(pk=payment.pk)
    second.pk, second.client_ref, second.state, second._state.adding = None, "ZF-2", "SENT", True
    second.id = type(second)().id
    second.save(force_insert=True)
    third = Payment.objects.get(pk=payment.pk)
    third.id, third.client_ref, third.state, third._state.adding = type(third)().id, "ZF-3", "SUCCEEDED", True
    third.core_serial_no, third.settled_at, third.amount = "CB3", second.sent_at, Decimal("0.01")
    with pytest.raises(IntegrityError, match="beyond their contract"), transaction.atomic():
        third.save(force_insert=True)
