"""Review: an independent reviewer takes a case up and passes it on, sends it back, or refuses it."""

from typing import Any

import pytest

from aladdin import clock
from loans.models import ReturnItem
from organization.models import RoleAssignment
from organization.roles import Role
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import in_force_from_today
from tests.loans.lending import OPINION, approve, claim, give_opinion, handed_in_again, in_approval, newcomer, submitted

RETURN: dict[str, Any] = {"reason_code": "INCOME_UNPROVEN", "items": ["补充近六个月工资流水"], "note": "流水不足"}


def test_a_reviewer_claims_a_case_and_writes_an_opinion(case: Case) -> None:
    submitted(case)
    assert done(claim(case))["state"] == "UNDER_REVIEW"
    assert done(give_opinion(case, risk_points="行业波动"))["state"] == "IN_APPROVAL"
    file = done(case.rm.get(case.url))
    assert file["reviewer"]["id"] == str(case.bank.reviewer.pk)
    assert file["review_opinions"][0]["risk_points"] == "行业波动"
    assert file["approval_level"] == 1
    last = file["timeline"][-1]
    assert (last["from_state"], last["to_state"]) == ("UNDER_REVIEW", "IN_APPROVAL")
    assert "建议同意" in last["reason"]


def test_the_queue_shows_waiting_cases_and_ones_own(case: Case) -> None:
    submitted(case)
    desk = case.phone(case.bank.reviewer)
    assert [each["id"] for each in done(desk.get("/api/v1/loan-queues/review"))["results"]] == [case.id]
    done(claim(case))
    colleague = case.phone(newcomer(case, case.bank.reviewer))
    assert done(colleague.get("/api/v1/loan-queues/review"))["results"] == []
    assert len(done(desk.get("/api/v1/loan-queues/review"))["results"]) == 1


def test_an_investigator_may_not_review_his_own_case(case: Case) -> None:
    submitted(case)
    RoleAssignment.objects.create(staff=case.bank.co_rm, role=Role.REVIEWER)
    refused(claim(case, by=case.bank.co_rm), 403, "separation_of_duties")


def test_only_a_reviewer_reviews(case: Case) -> None:
    submitted(case)
    for person in (case.bank.rm, case.bank.approver, case.bank.manager, case.bank.disbursement_officer):
        refused(claim(case, by=person), 403, "not_permitted")


def test_a_claimed_case_is_not_claimed_again(case: Case) -> None:
    submitted(case)
    done(claim(case))
    refused(claim(case, by=newcomer(case, case.bank.reviewer)), 409, "illegal_transition")


def test_the_opinion_is_the_claimers(case: Case) -> None:
    submitted(case)
    done(claim(case))
    refused(give_opinion(case, by=newcomer(case, case.bank.reviewer)), 403, "not_in_charge")


def test_a_reviewer_suggests_no_more_than_was_applied_for(case: Case) -> None:
    submitted(case)
    done(claim(case))
    problem = refused(give_opinion(case, amount="100000.01"), 422, "offer_out_of_range")
    assert list(problem["errors"]) == ["amount"]


def test_a_case_outside_the_scope_is_not_found(case: Case) -> None:
    submitted(case)
    elsewhere = newcomer(case, case.bank.reviewer)
    elsewhere.branch = case.bank.west
    elsewhere.save()
    refused(claim(case, by=elsewhere), 404, "not_found")


# --- Back for correction -------------------------------------------------------------------------
def test_a_return_lists_what_is_missing_and_comes_back_answered(case: Case) -> None:
    submitted(case)
    done(claim(case))
    assert done(case.post("return", RETURN, by=case.bank.reviewer))["state"] == "RETURNED"
    item = ReturnItem.objects.get(application=case.row)
    assert (item.round, item.text) == (1, "补充近六个月工资流水")
    blocked = refused(case.post("submit"), 409, "transition_blocked")
    assert "return_item_unanswered" in [each["code"] for each in blocked["blockers"]]
    done(case.post(f"return-items/{item.pk}/answer", {"answer": "已补充"}))
    blocked = refused(case.post("submit"), 409, "transition_blocked")
    assert "return_item_unanswered" not in [each["code"] for each in blocked["blockers"]]
    assert case.row.transitions.filter(name="return_for_correction").get().reason == "收入证明不足：流水不足"


def test_a_return_without_items_is_refused(case: Case) -> None:
    submitted(case)
    done(claim(case))
    problem = refused(case.post("return", RETURN | {"items": []}, by=case.bank.reviewer), 422, "return_items_missing")
    assert "items" in problem["errors"]


def test_a_return_needs_a_known_reason(case: Case) -> None:
    submitted(case)
    done(claim(case))
    answer = case.post("return", RETURN | {"reason_code": "I_DO_NOT_LIKE_IT"}, by=case.bank.reviewer)
    assert "reason_code" in refused(answer, 400, "invalid")["errors"]


def test_after_the_last_return_a_decision_is_due(case: Case) -> None:
    submitted(case)
    for _ in range(3):
        done(claim(case))
        done(case.post("return", RETURN, by=case.bank.reviewer))
        for item in ReturnItem.objects.filter(application=case.row, answered_at=None):
            done(case.post(f"return-items/{item.pk}/answer", {"answer": "已补充"}))
        handed_in_again(case)
    done(claim(case))
    problem = refused(case.post("return", RETURN, by=case.bank.reviewer), 409, "transition_blocked")
    assert [each["code"] for each in problem["blockers"]] == ["too_many_returns"]


# --- Refused -------------------------------------------------------------------------------------
REJECT = {"reason_code": "REPAYMENT_ABILITY", "note": "偿债收入比过高"}


def test_a_reviewer_without_the_veto_recommends(case: Case) -> None:
    submitted(case)
    done(claim(case))
    refused(case.post("reject", REJECT, by=case.bank.reviewer), 422, "reviewer_may_not_reject")
    done(give_opinion(case, recommendation="REJECT", opinion="还款能力不足，建议否决"))
    assert case.row.state == "IN_APPROVAL"


def test_a_reviewer_with_the_veto_refuses_and_the_rm_is_told_to_tell_the_customer(case: Case) -> None:
    in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, reviewer_may_reject=True)
    submitted(case)
    done(claim(case))
    assert done(case.post("reject", REJECT, by=case.bank.reviewer))["state"] == "REJECTED"
    notices = done(case.rm.get("/api/v1/notices"))["results"]
    told = next(each for each in notices if each["kind"] == "loan.rejected")
    assert "还款能力不足：偿债收入比过高" in told["body"]
    assert "告知客户" in told["body"]
    refused(approve(case), 409, "illegal_transition")


@pytest.mark.parametrize(
    "step, said",
    [("review/opinion", OPINION), ("return", RETURN), ("reject", REJECT)],
)
def test_a_case_that_nobody_claimed_cannot_be_decided(case: Case, step: str, said: dict[str, Any]) -> None:
    submitted(case)
    refused(case.post(step, said, by=case.bank.reviewer), 409, "illegal_transition")


def test_the_log_keeps_who_when_and_a_digest(case: Case) -> None:
    in_approval(case)
    moves = list(case.row.transitions.order_by("id"))
    assert [each.name for each in moves][-2:] == ["take_up_review", "pass_to_approval"]
    assert {each.by_id for each in moves[-2:]} == {case.bank.reviewer.pk}
    assert all(len(each.snapshot_sha256) == 64 and each.at <= clock.now() for each in moves)
