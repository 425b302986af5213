"""Approval: each level within its authority, nobody in a case of his own, never more than was applied for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from loans import authority, expiry
from loans.codes import ApprovalLevel
from loans.models import ApprovalAuthority, ApprovalDecision, LoanApplication
from organization.models import RoleAssignment
from organization.roles import Role
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import in_force_from_today
from tests.loans.lending import (
    GRANT,
    approve,
    approved,
    disbursed,
    disclosed,
    draw_up,
    give_opinion,
    handed_in_again,
    in_approval,
    later,
    newcomer,
)

REJECT = {"reason_code": "CREDIT_RECORD", "note": "近两年多次逾期"}
RETURN = {"reason_code": "PURPOSE_UNPROVEN", "items": ["补充装修合同"]}
BIG = {"amount": "400000.00", "term_months": 36}


def test_within_his_authority_an_approver_grants(case: Case) -> None:
    in_approval(case)
    answer = done(approve(case, amount="80000.00", conditions="落实共同还款人", rate="4.35"))
    assert (answer["state"], answer["approved_amount"]) == ("APPROVED", "80000.00")
    file = done(case.rm.get(case.url))
    assert file["approver"]["id"] == str(case.bank.approver.pk)
    assert file["approved_rate"] == "4.350000"
    assert file["approval_expires_on"] == str(clock.today() + timedelta(days=90))
    assert file["approval_decisions"][0]["conditions"] == "落实共同还款人"


def test_the_rate_is_the_products_of_the_day_unless_said(case: Case) -> None:
    in_approval(case)
    done(approve(case))
    assert case.row.approved_rate == Decimal("4.500000")  # LPR 3.00 plus 150 basis points


@pytest.mark.parametrize(
    "said, field",
    [
        ({"amount": "100000.01"}, "amount"),
        ({"amount": "100.00"}, "amount"),
        ({"term_months": 61}, "term_months"),
        ({"term_months": 2}, "term_months"),
        ({"rate": "2.999999"}, "rate"),
        ({"rate": "24.000001"}, "rate"),
    ],
)
def test_nothing_is_granted_outside_application_and_product(case: Case, said: dict[str, Any], field: str) -> None:
    in_approval(case)
    problem = refused(approve(case, **said), 422, "offer_out_of_range")
    assert list(problem["errors"]) == [field]
    assert case.row.state == "IN_APPROVAL"


def test_above_his_authority_an_approver_recommends_and_the_next_level_decides(case: Case) -> None:
    in_approval(case, **BIG)
    assert done(approve(case, **BIG))["state"] == "IN_APPROVAL"
    assert case.row.approval_level == ApprovalLevel.CENTRE
    recommended = ApprovalDecision.objects.get(application=case.row)
    assert (recommended.decision, recommended.level, recommended.amount) == ("ESCALATE", 1, Decimal("400000.00"))
    move = case.row.transitions.order_by("id").last()
    assert move is not None
    assert (move.from_state, move.to_state, move.name) == ("IN_APPROVAL", "IN_APPROVAL", "escalate")
    assert done(approve(case, **BIG, by=case.bank.senior_approver))["state"] == "APPROVED"
    assert case.row.approver == case.bank.senior_approver


def test_who_decided_on_a_lower_level_may_not_decide_again(case: Case) -> None:
    in_approval(case, **BIG)
    done(approve(case, **BIG))
    authority.grant_standard(case.bank.approver, ApprovalLevel.CENTRE)
    refused(approve(case, **BIG), 403, "separation_of_duties")


def test_the_next_level_is_told_and_sees_the_case_in_its_queue(case: Case) -> None:
    in_approval(case, **BIG)
    lower, higher = case.phone(case.bank.approver), case.phone(case.bank.senior_approver)
    assert len(done(lower.get("/api/v1/loan-queues/approval"))["results"]) == 1
    assert done(higher.get("/api/v1/loan-queues/approval"))["results"] == []
    done(approve(case, **BIG))
    assert done(lower.get("/api/v1/loan-queues/approval"))["results"] == []
    assert len(done(higher.get("/api/v1/loan-queues/approval"))["results"]) == 1
    assert "task.approval" in [each["kind"] for each in done(higher.get("/api/v1/notices"))["results"]]


def test_where_nobody_may_grant_as_much_the_top_level_is_refused(case: Case) -> None:
    in_force_from_today(
        "PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        furnish=lambda draft: draft.approval_tiers.filter(level__gt=2).delete(),
    )
    in_approval(case, **BIG)
    ApprovalAuthority.objects.filter(staff=case.bank.senior_approver).update(max_amount=350_000)
    done(approve(case, **BIG))
    problem = refused(approve(case, **BIG, by=case.bank.senior_approver), 422, "authority_exceeded")
    assert (problem["limit"], problem["exposure"]) == ("350000.00", "400000.00")
    assert case.row.state == "IN_APPROVAL"
    answer = case.post("escalate", {"reason": "请上级定"}, by=case.bank.senior_approver)
    refused(answer, 422, "no_higher_level")


def test_an_approver_may_leave_a_small_case_to_the_next_level(case: Case) -> None:
    in_approval(case)
    done(case.post("escalate", {"reason": "行业风险，请上级审批"}, by=case.bank.approver))
    assert (case.row.state, case.row.approval_level) == ("IN_APPROVAL", 2)


def test_authority_counts_the_customers_other_loans(case: Case) -> None:
    """300,000 in the outlet's authority: 250,000 owed already and 100,000 more exceed it."""
    disbursed(case, amount="250000.00", term_months=36)
    in_approval(case)
    done(approve(case))
    assert (case.row.state, case.row.approval_level) == ("IN_APPROVAL", 2)


def test_authority_ends_with_its_day(case: Case) -> None:
    in_approval(case)
    ApprovalAuthority.objects.filter(staff=case.bank.approver).update(effective_to=clock.today())
    refused(approve(case), 403, "no_authority_at_level")


def test_the_special_row_goes_before_the_general_one(case: Case) -> None:
    in_approval(case)
    ApprovalAuthority.objects.create(
        staff=case.bank.approver, level=1, guarantee="UNSECURED", max_amount=50_000, effective_from=date(2020, 1, 1)
    )
    done(approve(case))
    assert case.row.approval_level == 2


def test_without_a_row_nobody_approves(case: Case) -> None:
    in_approval(case)
    refused(approve(case, by=newcomer(case, case.bank.approver)), 403, "no_authority_at_level")


@pytest.mark.parametrize("person", ["rm", "co_rm", "reviewer"])
def test_who_had_a_part_in_the_case_may_not_approve_it(case: Case, person: str) -> None:
    in_approval(case)
    staff = getattr(case.bank, person)
    RoleAssignment.objects.create(staff=staff, role=Role.APPROVER)
    authority.grant_standard(staff, ApprovalLevel.OUTLET)
    refused(approve(case, by=staff), 403, "separation_of_duties")


def test_the_database_itself_keeps_the_five_apart(case: Case) -> None:
    approved(case)
    rows = LoanApplication.objects.filter(pk=case.id)
    for one, other in (("approver", "reviewer"), ("reviewer", "co_investigator"), ("approver", "investigator")):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{one: getattr(case.row, other)})
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(disbursement_officer=case.bank.approver)


def test_only_an_approver_approves(case: Case) -> None:
    in_approval(case)
    for staff in (case.bank.rm, case.bank.reviewer, case.bank.manager, case.bank.disbursement_officer):
        refused(approve(case, by=staff), 403, "not_permitted")


# --- No ------------------------------------------------------------------------------------------
def test_a_rejection_says_why(case: Case) -> None:
    in_approval(case)
    assert done(case.post("reject", REJECT, by=case.bank.approver))["state"] == "REJECTED"
    decision = ApprovalDecision.objects.get(application=case.row)
    assert (decision.decision, decision.reason) == ("REJECT", "信用记录不符合要求：近两年多次逾期")
    assert case.row.closed_at is not None
    assert (
        "note"
        in refused(case.post("reject", {"reason_code": "POLICY"}, by=case.bank.approver), 400, "invalid")["errors"]
    )


def test_an_approver_of_another_level_cannot_reject(case: Case) -> None:
    in_approval(case)
    answer = case.post("reject", REJECT, by=case.bank.senior_approver)
    refused(answer, 403, "no_authority_at_level")


def test_a_return_from_approval_begins_a_new_round(case: Case) -> None:
    """Who returned the case may decide it when it comes back: that is no second level."""
    in_approval(case)
    assert done(case.post("return", RETURN, by=case.bank.approver))["state"] == "RETURNED"
    assert case.row.approval_level is None
    handed_in_again(case)
    done(case.post("review/claim", by=case.bank.reviewer))
    done(give_opinion(case))
    assert done(approve(case))["state"] == "APPROVED"


def test_a_decision_is_never_changed(case: Case) -> None:
    approved(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalDecision.objects.filter(application=case.row).update(amount=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApprovalDecision.objects.filter(application=case.row).delete()


def test_the_same_decision_sent_twice_counts_once(case: Case) -> None:
    in_approval(case)
    phone = case.phone(case.bank.approver)
    first = phone.post(f"{case.url}/approve", GRANT, key="one-decision")
    again = phone.post(f"{case.url}/approve", GRANT, key="one-decision")
    assert (done(first), again.headers["Idempotency-Replayed"]) == (done(again), "true")
    assert ApprovalDecision.objects.filter(application=case.row).count() == 1
    refused(approve(case), 409, "illegal_transition")


# --- Expiry --------------------------------------------------------------------------------------
def test_an_unused_approval_expires_after_its_last_day(case: Case) -> None:
    approved(case)
    with clock.at(later(days=90)):
        assert expiry.expire_approvals() == 0
    with clock.at(later(days=91)):
        assert expiry.expire_approvals() == 1
        assert expiry.expire_approvals() == 0
    assert case.row.state == "APPROVAL_EXPIRED"
    move = case.row.transitions.order_by("id").last()
    assert move is not None
    assert (move.by, move.name) == (None, "expire_approval")


def test_past_the_last_day_no_contract_is_begun(case: Case) -> None:
    disclosed(case)
    LoanApplication.objects.filter(pk=case.id).update(approval_expires_on=clock.today() - timedelta(days=1))
    problem = refused(draw_up(case), 409, "transition_blocked")
    assert [each["code"] for each in problem["blockers"]] == ["approval_expired"]


# --- Properties ----------------------------------------------------------------------------------
_ROW = st.builds(
    lambda kind, guarantee, most: ApprovalAuthority(kind=kind, guarantee=guarantee, max_amount=Decimal(most)),
    st.sampled_from(["", "CONSUMPTION"]),
    st.sampled_from(["", "UNSECURED"]),
    st.integers(min_value=1, max_value=10**7),
)


@given(st.lists(_ROW, min_size=1, max_size=6))
def test_of_fitting_rows_the_most_special_counts_and_of_equals_the_lowest(rows: list[ApprovalAuthority]) -> None:
    chosen = authority.most_specific(rows)
    assert chosen is not None
    special = max(bool(row.kind) + bool(row.guarantee) for row in rows)
    equals = [row.max_amount for row in rows if bool(row.kind) + bool(row.guarantee) == special]
    assert chosen.max_amount == min(equals)
