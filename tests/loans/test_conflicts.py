"""Nobody takes part in his own loan, a relative's, or one that he entered."""

from typing import Any

import pytest

from loans.models import StaffRelative
from organization.roles import Role
from tests.loans.builders import Case, done, picture, refused
from tests.loans.lending import approve, claim, disbursing, give_opinion, in_approval, release, submitted


def related(case: Case, who: str, kinship: str = "SPOUSE", **said: Any) -> None:
    staff = getattr(case.bank, who)
    index = case.customer.identity_index
    StaffRelative.objects.create(staff=staff, kinship=kinship, identity_index=index, **said)


@pytest.mark.parametrize("kinship", ["SELF", "SPOUSE", "CHILD"])
def test_an_approver_keeps_out_of_his_familys_loan(case: Case, kinship: str) -> None:
    in_approval(case)
    related(case, "approver", kinship)
    refused(approve(case), 403, "relative_of_customer")
    reject = {"reason_code": "POLICY", "note": "不符"}
    refused(case.post("reject", reject, by=case.bank.approver), 403, "relative_of_customer")


def test_so_does_a_reviewer(case: Case) -> None:
    submitted(case)
    related(case, "reviewer")
    refused(claim(case), 403, "relative_of_customer")


def test_so_does_an_officer(case: Case) -> None:
    disbursing(case)
    related(case, "disbursement_officer")
    refused(release(case), 403, "relative_of_customer")


def test_so_does_an_rm(case: Case) -> None:
    case.draft()
    related(case, "rm")
    refused(case.post("accept"), 403, "relative_of_customer")


def test_a_relationship_that_has_ended_no_longer_counts(case: Case) -> None:
    in_approval(case)
    related(case, "approver", effective_from="2020-01-01", effective_to="2021-01-01")
    done(approve(case))


def test_whoever_entered_papers_does_not_decide_on_them(case: Case) -> None:
    """A colleague put papers into the file before he became a reviewer."""
    case.to("INVESTIGATING")
    done(case.upload("materials", type="ID_CARD", file=picture()))
    case.row.materials.update(uploaded_by=case.bank.reviewer)
    type(case.row).objects.filter(pk=case.id).update(state="SUBMITTED", submitted_at=case.row.accepted_at)
    refused(claim(case), 403, "separation_of_duties")


def test_credit_staff_and_their_families_get_no_unsecured_loan(case: Case) -> None:
    """商业银行法 40."""
    case.draft()
    related(case, "reviewer", "CHILD")
    refused(case.post("accept"), 422, "related_party_unsecured")
    case.bank.reviewer.role_assignments.update(role=Role.PRODUCT_MANAGER)
    done(case.post("accept"))


def test_the_manager_of_the_queue_gives_a_case_to_nobody_who_must_keep_out(case: Case) -> None:
    submitted(case)
    related(case, "reviewer")
    said = {"to": str(case.bank.reviewer.pk), "reason": "改派"}
    refused(case.post("reassign", said, by=case.bank.city_manager), 422, "not_suitable")
    assert give_opinion(case).status_code == 403
