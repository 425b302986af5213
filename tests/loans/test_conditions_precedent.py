"""Conditions precedent: rows of the approval, met with evidence, confirmed by another before the money moves."""

from typing import Any

import pytest

from loans.models import ConditionPrecedent
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approve, contracted, in_approval, newcomer, release, request

TWO = "追加共同还款人\n\n 办妥房屋抵押登记 "
MET = {"evidence": "共同还款人已签署，合同第12条"}


def codes(answer: Any) -> list[str]:
    return [each["code"] for each in refused(answer, 409, "transition_blocked")["blockers"]]


def rows(case: Case) -> list[ConditionPrecedent]:
    return list(case.row.conditions_precedent.order_by("number"))


def meet(case: Case, row: ConditionPrecedent, **said: Any) -> Any:
    return case.post(f"conditions/{row.pk}/meet", MET, **said)


def confirm(case: Case, row: ConditionPrecedent, by: Any = None) -> Any:
    return case.post(f"conditions/{row.pk}/confirm", by=by or case.bank.disbursement_officer)


def test_each_line_of_the_approval_is_a_condition_of_its_own(case: Case) -> None:
    in_approval(case)
    done(approve(case, conditions=TWO))
    told = done(case.rm.get(f"{case.url}/conditions"))
    assert [(each["number"], each["text"]) for each in told] == [(1, "追加共同还款人"), (2, "办妥房屋抵押登记")]


def test_no_money_is_asked_for_before_all_are_met_nor_paid_before_all_are_confirmed(case: Case) -> None:
    contracted(case, conditions=TWO)
    first, second = rows(case)
    assert codes(request(case)) == ["condition_unmet", "condition_unmet"]
    done(meet(case, first))
    assert codes(request(case)) == ["condition_unmet"]
    done(meet(case, second))
    done(request(case))
    assert codes(release(case)) == ["condition_unconfirmed", "condition_unconfirmed"]
    for row in (first, second):
        done(confirm(case, row))
    assert release(case).status_code == 202
    told = done(case.rm.get(f"{case.url}/conditions"))[0]
    assert told["met_by"]["id"] == str(case.bank.rm.pk)
    assert told["confirmed_by"]["id"] == str(case.bank.disbursement_officer.pk)


def test_whoever_met_a_condition_does_not_confirm_it(case: Case) -> None:
    contracted(case, conditions="追加担保")
    (row,) = rows(case)
    done(meet(case, row))
    for person in (case.bank.rm, case.bank.reviewer, case.bank.approver):
        person.role_assignments.create(role="DISBURSEMENT_OFFICER")
        refused(confirm(case, row, by=person), 403, "separation_of_duties")
    refused(meet(case, row, by=case.bank.co_rm), 403, "not_in_charge")


def test_a_condition_found_unmet_is_met_anew(case: Case) -> None:
    contracted(case, conditions="追加担保")
    (row,) = rows(case)
    refused(confirm(case, row), 409, "condition_not_met")
    done(meet(case, row))
    again = f"conditions/{row.pk}/reopen"
    done(case.post(again, {"reason": "保证合同未盖章"}, by=case.bank.disbursement_officer))
    refused(case.post(again, {"reason": "x"}, by=case.bank.disbursement_officer), 409, "condition_not_met")
    assert codes(request(case)) == ["condition_unmet"]
    done(meet(case, row))
    done(confirm(case, row))
    refused(meet(case, row), 409, "condition_confirmed")
    refused(confirm(case, row, by=newcomer(case, case.bank.disbursement_officer)), 409, "condition_confirmed")


@pytest.mark.parametrize("step", ["meet", "confirm"])
def test_a_condition_of_another_case_is_not_found(case: Case, another_case: Any, step: str) -> None:
    contracted(case, conditions="追加担保")
    other = contracted(another_case())
    (row,) = rows(case)
    by = case.bank.rm if step == "meet" else case.bank.disbursement_officer
    refused(other.post(f"conditions/{row.pk}/{step}", MET, by=by), 404, "not_found")


def test_once_the_case_has_ended_nothing_is_met_any_more(case: Case) -> None:
    contracted(case, conditions="追加担保")
    (row,) = rows(case)
    done(case.post("withdraw", {"reason": "不要了", "evidence": "书面申请"}))
    refused(meet(case, row), 409, "not_to_be_met_now")
