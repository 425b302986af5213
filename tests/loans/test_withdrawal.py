"""The customer takes his application back: with what shows his will, any time before the money moves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin import clock
from loans import withdrawal
from loans.models import Payment, Withdrawal
from tests.loans.builders import Case, done, refused
from tests.loans.lending import contracted, disbursing, in_approval, released, submitted

WISH = {"reason": "另有安排", "told_by": "PHONE", "evidence": "通话录音20261125-07"}


@pytest.mark.parametrize("step", [submitted, in_approval, contracted, disbursing])
def test_until_the_money_moves_it_is_never_too_late(case: Case, step: Any) -> None:
    step(case)
    assert done(case.post("withdraw", WISH))["state"] == "WITHDRAWN"
    row = Withdrawal.objects.get(application=case.row)
    assert (row.told_by, row.evidence, row.by) == ("PHONE", "通话录音20261125-07", case.bank.rm)


def test_money_that_was_asked_for_is_given_back_first(case: Case) -> None:
    disbursing(case)
    done(case.post("withdraw", WISH))
    moves = list(case.row.transitions.order_by("id").values_list("name", "by"))[-2:]
    assert moves == [("refuse_disbursement", None), ("withdraw", case.bank.rm.pk)]


def test_once_a_payment_was_sent_it_is_too_late(case: Case) -> None:
    released(case)
    problem = refused(case.post("withdraw", WISH), 409, "transition_blocked")
    assert [each["code"] for each in problem["blockers"]] == ["payment_under_way"]
    assert case.row.state == "DISBURSING"


def test_money_that_has_moved_is_not_taken_back_by_a_word(case: Case) -> None:
    """Even where the state would allow it: an earlier draw was paid."""
    payment = released(case)
    Payment.objects.filter(pk=payment.pk).update(state="SUCCEEDED", core_serial_no="CB1", settled_at=clock.now())
    type(case.row).objects.filter(pk=case.id).update(state="CONTRACTED")
    problem = refused(case.post("withdraw", WISH), 409, "transition_blocked")
    assert [each["code"] for each in problem["blockers"]] == ["money_has_moved"]


def test_the_rm_shows_that_the_customer_wants_it(case: Case) -> None:
    submitted(case)
    problem = refused(case.post("withdraw", {"reason": "另有安排"}), 422, "withdrawal_evidence_missing")
    assert list(problem["errors"]) == ["evidence"]
    refused(case.post("withdraw", WISH | {"told_by": "LINK"}), 422, "withdrawal_by_link")
    assert case.row.state == "SUBMITTED"


def test_the_customer_himself_needs_no_rm(case: Case) -> None:
    in_approval(case)
    withdrawal.by_customer(case.row, reason="不需要了", evidence="自助链接 K7")
    move = case.row.transitions.order_by("id").last()
    assert move is not None
    assert (move.to_state, move.by) == ("WITHDRAWN", None)
    assert Withdrawal.objects.get().told_by == "LINK"


def test_a_withdrawal_by_nobody_is_none(case: Case) -> None:
    submitted(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Withdrawal.objects.create(application=case.row, told_by="PHONE", evidence="x", reason="x")
