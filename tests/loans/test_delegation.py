"""Lending one's seat at approval: for days, never for a higher limit, never for one's own cases, seen everywhere."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock
from loans.models import ApprovalAuthority, ApprovalDecision, ApprovalDelegation, StaffRelative
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approve, in_approval, later, newcomer
from tests.world import hire

DOOR = "/api/v1/approval-delegations"
BIG = {"amount": "400000.00", "term_months": 36}


@pytest.fixture
def deputy(case: Case) -> Staff:
    """Another approver, with authority at the highest level and for other loans than the outlet's."""
    staff = hire(case.bank.city, Staff.Position.CREDIT, Role.APPROVER, name="代审批")
    ApprovalAuthority.objects.create(staff=staff, level=3, max_amount=80_000, effective_from=clock.today())
    return staff


def lend(case: Case, to: Staff, *, by: Staff | None = None, days: int = 5, begin: int = 0, **said: Any) -> Any:
    first = clock.today() + timedelta(days=begin)
    body = {
        "to": to.employee_no,
        "first_day": str(first),
        "last_day": str(first + timedelta(days=days - 1)),
        "reason": "休假",
    }
    return case.phone(by or case.bank.approver).post(DOOR, body | said)


def test_a_deputy_decides_from_a_lent_seat_and_everybody_sees_it(case: Case, deputy: Staff) -> None:
    in_approval(case)
    refused(approve(case, amount="80000.00", by=deputy), 403, "no_authority_at_level")
    done(lend(case, deputy))
    assert len(done(case.phone(deputy).get("/api/v1/loan-queues/approval"))["results"]) == 1
    assert done(approve(case, amount="80000.00", by=deputy))["state"] == "APPROVED"
    (decision,) = done(case.rm.get(case.url))["approval_decisions"]
    assert (decision["by"]["name"], decision["on_behalf_of"]["name"]) == ("代审批", "吴审批")
    move = case.row.transitions.order_by("id").last()
    assert move is not None
    assert move.reason.startswith("（受吴审批")
    told = done(case.phone(deputy).get("/api/v1/notices"))["results"]
    assert "吴审批" in next(each for each in told if each["kind"] == "approval.delegated")["body"]


def test_a_lent_seat_never_raises_ones_own_limit(case: Case, deputy: Staff) -> None:
    """The lender may grant 300,000, the deputy 80,000 by his own right: 100,000 go up."""
    in_approval(case)
    done(lend(case, deputy))
    assert done(approve(case, by=deputy))["state"] == "IN_APPROVAL"
    decision = ApprovalDecision.objects.get()
    assert (decision.decision, decision.authority_limit) == ("ESCALATE", Decimal(80_000))


def test_nor_the_lenders(case: Case, deputy: Staff) -> None:
    ApprovalAuthority.objects.filter(staff=deputy).update(max_amount=10_000_000)
    in_approval(case, **BIG)
    done(lend(case, deputy))
    done(approve(case, **BIG, by=deputy))
    assert ApprovalDecision.objects.get().authority_limit == 300_000


def test_ones_own_right_goes_before_a_lent_seat(case: Case, deputy: Staff) -> None:
    ApprovalAuthority.objects.create(staff=deputy, level=1, max_amount=50_000, effective_from=clock.today())
    in_approval(case)
    done(lend(case, deputy))
    done(approve(case, by=deputy))
    decision = ApprovalDecision.objects.get()
    assert (decision.authority_limit, decision.delegation) == (Decimal(50_000), None)


def test_a_seat_does_not_open_the_lenders_own_cases(case: Case, deputy: Staff) -> None:
    """The lender's brother is the borrower: his stand-in keeps out as well."""
    in_approval(case)
    done(lend(case, deputy))
    StaffRelative.objects.create(
        staff=case.bank.approver, kinship="SIBLING", identity_index=case.customer.identity_index
    )
    refused(approve(case, by=deputy), 403, "delegation_of_conflicted")


def test_nor_ones_own(case: Case, deputy: Staff) -> None:
    in_approval(case)
    done(lend(case, deputy))
    StaffRelative.objects.create(staff=deputy, kinship="SELF", identity_index=case.customer.identity_index)
    refused(approve(case, by=deputy), 403, "relative_of_customer")


def test_a_lent_seat_is_not_lent_on(case: Case, deputy: Staff) -> None:
    third = hire(case.bank.city, Staff.Position.CREDIT, Role.APPROVER)
    ApprovalAuthority.objects.create(staff=third, level=3, max_amount=80_000, effective_from=clock.today())
    in_approval(case)
    done(lend(case, deputy))
    done(lend(case, third, by=deputy))
    refused(approve(case, by=third), 403, "no_authority_at_level")


def test_it_holds_from_its_first_to_its_last_day(case: Case, deputy: Staff) -> None:
    in_approval(case)
    done(lend(case, deputy, begin=1, days=2))
    refused(approve(case, amount="80000.00", by=deputy), 403, "no_authority_at_level")
    with clock.at(later(days=3)):
        refused(approve(case, amount="80000.00", by=deputy), 403, "no_authority_at_level")
    with clock.at(later(days=2)):
        assert done(approve(case, amount="80000.00", by=deputy))["state"] == "APPROVED"


def test_the_lender_takes_it_back(case: Case, deputy: Staff) -> None:
    in_approval(case)
    row = done(lend(case, deputy))
    door = f"{DOOR}/{row['id']}/revoke"
    refused(case.phone(deputy).post(door), 403, "not_your_delegation")
    refused(case.phone(case.bank.senior_approver).post(door), 404, "not_found")
    done(case.phone(case.bank.approver).post(door))
    refused(case.phone(case.bank.approver).post(door), 409, "delegation_over")
    refused(approve(case, amount="80000.00", by=deputy), 403, "no_authority_at_level")
    assert len(done(case.phone(deputy).get(DOOR))["results"]) == 1


def test_a_lender_who_left_the_desk_lends_nothing(case: Case, deputy: Staff) -> None:
    in_approval(case)
    done(lend(case, deputy))
    case.bank.approver.role_assignments.all().delete()
    refused(approve(case, amount="80000.00", by=deputy), 403, "no_authority_at_level")


@pytest.mark.parametrize(
    "said, code",
    [
        ({"begin": -1}, "delegation_backdated"),
        ({"days": 0}, "delegation_ends_before_it_begins"),
        ({"days": 91}, "delegation_too_long"),
    ],
)
def test_days_that_do_not_hold_are_refused(case: Case, deputy: Staff, said: dict[str, Any], code: str) -> None:
    refused(lend(case, deputy, **said), 422, code)
    assert not ApprovalDelegation.objects.exists()


def test_a_seat_goes_only_to_who_could_hold_one(case: Case, deputy: Staff) -> None:
    for unsuitable in (case.bank.approver, case.bank.reviewer, newcomer(case, case.bank.approver)):
        refused(lend(case, unsuitable), 422, "delegate_unsuitable")
    refused(lend(case, deputy, by=newcomer(case, case.bank.approver)), 422, "no_authority_to_lend")
    refused(lend(case, Staff(employee_no="E99999")), 404, "not_found")
    refused(lend(case, deputy, by=case.bank.reviewer), 403, "not_permitted")
