"""Several decisions at once: only where the product lets it, each alone, each with its own result."""

from typing import Any

import pytest

from loans.models import ApprovalAuthority, ApprovalDecision, StaffRelative
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import in_force_from_today
from tests.loans.lending import in_approval

DOOR = "/api/v1/loan-approvals/batch"


@pytest.fixture
def cases(case: Case, another_case: Any) -> list[Case]:
    """Three cases in approval of a product that lets them be decided together."""
    in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, batch_decisions=True)
    return [in_approval(each) for each in (case, another_case(), another_case())]


def decide(case: Case, ids: list[str], **said: Any) -> Any:
    body = {"applications": ids, "decision": "APPROVE", "opinion": "同意"} | said
    return case.phone(case.bank.approver).post(DOOR, body)


def test_each_is_decided_alone(cases: list[Case]) -> None:
    """One of the three is a relative's: it is refused, the others are approved."""
    first, second, third = cases
    index = second.customer.identity_index
    StaffRelative.objects.create(staff=first.bank.approver, kinship="CHILD", identity_index=index)
    results = done(decide(first, [each.id for each in cases]))
    assert [each["state"] for each in results] == ["APPROVED", "", "APPROVED"]
    assert results[1]["refusal"]["code"] == "relative_of_customer"
    assert [each.row.state for each in cases] == ["APPROVED", "IN_APPROVAL", "APPROVED"]
    assert ApprovalDecision.objects.filter(decision="APPROVE").count() == 2
    again = done(decide(first, [first.id]))
    assert again[0]["refusal"]["code"] == "illegal_transition"
    assert third.row.approver == first.bank.approver


def test_above_the_authority_each_goes_up(cases: list[Case]) -> None:
    ApprovalAuthority.objects.filter(staff=cases[0].bank.approver).update(max_amount=50_000)
    results = done(decide(cases[0], [each.id for each in cases]))
    assert [each["state"] for each in results] == ["IN_APPROVAL"] * 3
    assert {each.row.approval_level for each in cases} == {2}


def test_refused_together_with_one_reason(cases: list[Case]) -> None:
    ids = [each.id for each in cases[:2]]
    problem = refused(decide(cases[0], ids, decision="REJECT"), 400, "invalid")
    assert list(problem["errors"]) == ["reason_code"]
    results = done(decide(cases[0], ids, decision="REJECT", reason_code="POLICY", opinion="不符合政策"))
    assert [each["state"] for each in results] == ["REJECTED"] * 2
    decision = ApprovalDecision.objects.filter(decision="REJECT").first()
    assert decision is not None
    assert (decision.reason_code, decision.reason) == ("POLICY", "不符合产品或授信政策：不符合政策")


def test_a_product_that_does_not_let_it_is_decided_case_by_case(case: Case) -> None:
    in_approval(case)
    (result,) = done(decide(case, [case.id]))
    assert result["refusal"]["code"] == "batch_not_allowed"
    assert case.row.state == "IN_APPROVAL"


def test_what_is_out_of_sight_is_not_found_and_nothing_is_decided_by_others(cases: list[Case]) -> None:
    (result,) = done(decide(cases[0], ["00000000-0000-7000-8000-000000000000"]))
    assert result["refusal"]["code"] == "not_found"
    body = {"applications": [cases[0].id], "decision": "APPROVE", "opinion": "同意"}
    refused(cases[0].phone(cases[0].bank.reviewer).post(DOOR, body), 403, "not_permitted")
    refused(decide(cases[0], []), 400, "invalid")
