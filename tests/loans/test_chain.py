"""The way of a case through the levels: by product, branch, risk and exposure; two signatures; who is asked."""

from decimal import Decimal
from typing import Any

import pytest

from aladdin import clock
from loans.models import ApprovalAuthority, ApprovalDecision, ApprovalDesk, ChainRule, RelatedGroup
from notifications.models import Notice
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, customer_of, done, refused
from tests.loans.lending import approve, claim, disbursed, give_opinion, in_approval, newcomer, submitted
from tests.world import hire

BIG = {"amount": "400000.00", "term_months": 36}


def rule(**said: Any) -> ChainRule:
    return ChainRule.objects.create(**said)


def seated(case: Case, *, level: int = 1, most: int = 300_000, at: Any = None) -> Staff:
    """Another approver with authority."""
    staff = hire(at or case.bank.city, Staff.Position.CREDIT, Role.APPROVER)
    ApprovalAuthority.objects.create(staff=staff, level=level, max_amount=most, effective_from=clock.today())
    return staff


def reviewed(case: Case, **said: Any) -> Case:
    submitted(case)
    done(claim(case))
    done(give_opinion(case, **said))
    return case


# --- Where it begins and who has the last word ---------------------------------------------------
def test_without_rules_a_case_begins_at_the_lowest_level(case: Case) -> None:
    assert reviewed(case).row.approval_level == 1


def test_a_risky_case_is_recommended_to_the_level_that_the_rule_names(case: Case) -> None:
    rule(risk_grade="HIGH", last_word=2)
    reviewed(case, risk_grade="HIGH")
    assert done(approve(case))["state"] == "IN_APPROVAL"
    assert case.row.approval_level == 2
    assert "流转规则" in ApprovalDecision.objects.get(application=case.row).reason
    assert done(approve(case, by=case.bank.senior_approver))["state"] == "APPROVED"


@pytest.mark.parametrize(
    "said, level",
    [
        ({"risk_grade": "HIGH"}, 1),
        ({"above": 99_999}, 2),
        ({"above": 100_000}, 1),
        ({"branch": "city"}, 2),
        ({"branch": "west"}, 1),
        ({"product": "PERSONAL_BUSINESS"}, 1),
        ({"product": "PERSONAL_CONSUMPTION"}, 2),
        ({"effective_to": "yesterday"}, 1),
    ],
)
def test_a_rule_counts_where_it_fits(case: Case, said: dict[str, Any], level: int) -> None:
    submitted(case)
    if branch := said.get("branch"):
        said = {"branch": getattr(case.bank, branch)}
    if product := said.get("product"):
        said = {"product": case.row.product.__class__.objects.get(code=product)}
    if "effective_to" in said:
        said = {"effective_from": clock.today().replace(year=2020), "effective_to": clock.today()}
    rule(first_level=2, **said)
    done(claim(case))
    done(give_opinion(case))
    assert case.row.approval_level == level


def test_a_level_that_the_product_lacks_is_the_next_one_or_the_topmost(case: Case) -> None:
    rule(last_word=4)
    reviewed(case)
    for approver in (case.bank.approver, case.bank.senior_approver):
        assert done(approve(case, by=approver))["state"] == "IN_APPROVAL"
    top = seated(case, level=3, most=1_000_000, at=case.bank.head)
    assert done(approve(case, by=top))["state"] == "APPROVED"


# --- Two signatures ------------------------------------------------------------------------------
def test_above_a_threshold_two_sign(case: Case) -> None:
    rule(above=50_000, signatures=2)
    second = seated(case)
    reviewed(case)
    assert done(approve(case, conditions="落实共同还款人"))["state"] == "IN_APPROVAL"
    assert case.row.approval_level == 1
    refused(approve(case, conditions="落实共同还款人"), 403, "separation_of_duties")
    assert Notice.objects.filter(stream__staff=second, kind="task.approval").count() == 2
    problem = refused(approve(case, by=second, amount="90000.00"), 422, "countersign_differs")
    assert list(problem["errors"]) == ["amount"]
    assert done(approve(case, by=second, conditions="落实共同还款人"))["state"] == "APPROVED"
    decisions = ApprovalDecision.objects.order_by("id").values_list("decision", "by")
    assert list(decisions) == [("CONCUR", case.bank.approver.pk), ("APPROVE", second.pk)]


def test_neither_of_the_two_pays_out(case: Case) -> None:
    rule(signatures=2)
    second = seated(case)
    reviewed(case)
    done(approve(case))
    done(approve(case, by=second))
    case.bank.approver.role_assignments.create(role=Role.DISBURSEMENT_OFFICER)
    officers = {row.by_id for row in case.row.approval_decisions.all()}
    assert officers == {case.bank.approver.pk, second.pk}


def test_a_return_asks_for_both_signatures_anew(case: Case) -> None:
    rule(signatures=2)
    second = seated(case)
    reviewed(case)
    done(approve(case))
    done(case.post("return", {"reason_code": "OTHER", "items": ["补充"]}, by=second))
    type(case.row).objects.filter(pk=case.id).update(state="SUBMITTED", submitted_at=clock.now(), reviewer=None)
    done(claim(case))
    done(give_opinion(case))
    assert done(approve(case, by=second))["state"] == "IN_APPROVAL"


# --- Exposure ------------------------------------------------------------------------------------
def exposure(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = done(case.phone(case.bank.approver).get(f"{case.url}/exposure"))
    return told


def test_the_debts_of_a_household_are_added_up(case: Case, another_case: Any) -> None:
    """Her husband owes 250,000 and is the co-borrower of nothing of hers: the bank's group knows them as one."""
    husband = another_case(name="李四")
    disbursed(husband, amount="250000.00", term_months=36)
    in_approval(case)
    assert exposure(case)["total"] == "100000.00"
    group = RelatedGroup.objects.create(name="张家", kind="HOUSEHOLD")
    for customer in (case.customer, husband.customer):
        group.members.create(customer=customer)
    assert exposure(case) | {"risk_grade": ""} == {
        "amount": "100000.00",
        "owed": "250000.00",
        "promised": "0.00",
        "total": "350000.00",
        "customers": 2,
        "first_level": 1,
        "last_word": 1,
        "signatures": 1,
        "risk_grade": "",
    }
    done(approve(case))
    assert (case.row.state, case.row.approval_level) == ("IN_APPROVAL", 2)
    assert ApprovalDecision.objects.get(application=case.row).exposure == Decimal("350000.00")


def test_a_spouse_in_the_file_brings_her_debts(case: Case, another_case: Any) -> None:
    wife = another_case(name="王五")
    disbursed(wife, amount="250000.00", term_months=36)
    in_approval(case)
    party = case.row.parties.model(application=case.row, role="SPOUSE", relation="SPOUSE", is_obligor=True)
    party.give_key()
    party.name, party.identity_no, party.mobile = "王五", wife.customer.identity_no, "13800000000"
    party.identity_index, party.birth_on = wife.customer.identity_index, wife.customer.birth_on
    party.created_by = case.bank.rm
    party.save()
    assert exposure(case)["total"] == "350000.00"
    party.removed_at, party.removed_by = clock.now(), case.bank.rm
    party.save()
    assert exposure(case)["total"] == "100000.00"


def test_who_left_a_group_does_not_count(case: Case, another_case: Any) -> None:
    other = another_case(name="赵六")
    disbursed(other, amount="250000.00", term_months=36)
    in_approval(case)
    group = RelatedGroup.objects.create(name="赵氏", kind="ENTERPRISE")
    group.members.create(customer=case.customer)
    first = clock.today().replace(year=2020)
    group.members.create(customer=other.customer, effective_from=first, effective_to=clock.today())
    assert exposure(case)["customers"] == 1


# --- Who is asked --------------------------------------------------------------------------------
def asked(case: Case) -> set[str]:
    waiting = Notice.objects.filter(kind="task.approval", subject=f"loan-application/{case.id}")
    return set(waiting.values_list("stream__staff__employee_no", flat=True))


def test_the_nearest_branch_with_the_authority_is_asked(case: Case) -> None:
    near, far = seated(case, at=case.bank.east), seated(case, at=case.bank.head)
    reviewed(case)
    assert asked(case) == {near.employee_no}
    assert done(approve(case, by=far))["state"] == "APPROVED", "who holds the authority may decide all the same"


def test_a_named_desk_goes_before_the_nearest(case: Case) -> None:
    seated(case, at=case.bank.east)
    head = seated(case, at=case.bank.head)
    ApprovalDesk.objects.create(branch=case.bank.city, level=1, at=case.bank.head)
    reviewed(case)
    assert asked(case) == {head.employee_no}


def test_nobody_is_asked_who_could_not_decide(case: Case) -> None:
    newcomer(case, case.bank.approver)
    ApprovalAuthority.objects.create(
        staff=seated(case, level=2), level=1, kind="HOUSING", max_amount=1, effective_from=clock.today()
    )
    reviewed(case)
    assert asked(case) == {case.bank.approver.employee_no}


def test_a_customer_of_nobodys_household_stands_alone(case: Case) -> None:
    customer_of(case.bank.rm)
    in_approval(case)
    assert exposure(case)["customers"] == 1
