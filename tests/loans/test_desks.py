"""Work queues: a case lies at a desk until somebody takes it; then it is his until he lays it back, his manager
gives it to a colleague, or it moves on."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from aladdin import clock
from loans.models import ApprovalAuthority, DeskAssignment, LoanApplication
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approve, claim, disbursing, give_opinion, in_approval, newcomer, release, submitted

QUEUES = "/api/v1/work-queues"
MONDAY = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
RELEASE = {"reason": "今日外出"}


def queue(case: Case, staff: Any, desk: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(case.phone(staff).get(f"{QUEUES}/{desk}", asked))["results"]
    return found


def test_a_reviewer_takes_a_case_and_no_colleague_gets_it(case: Case) -> None:
    submitted(case)
    colleague = newcomer(case, case.bank.reviewer)
    assert len(queue(case, colleague, "REVIEW", whose="unassigned")) == 1
    taken = done(case.post("take", by=case.bank.reviewer))
    assert taken["assignee"]["id"] == str(case.bank.reviewer.pk)
    assert queue(case, colleague, "REVIEW", whose="unassigned") == []
    assert [row["id"] for row in queue(case, case.bank.reviewer, "REVIEW", whose="mine")] == [case.id]
    refused(case.post("take", by=colleague), 409, "already_taken")
    refused(claim(case, by=colleague), 403, "taken_by_another")
    assert done(claim(case))["state"] == "UNDER_REVIEW"
    assert case.row.assignee == case.bank.reviewer


def test_what_is_laid_back_is_anybodys_again(case: Case) -> None:
    submitted(case)
    done(case.post("take", by=case.bank.reviewer))
    colleague = newcomer(case, case.bank.reviewer)
    refused(case.post("lay-back", RELEASE, by=colleague), 403, "not_taken_by_you")
    done(case.post("lay-back", RELEASE, by=case.bank.reviewer))
    assert done(claim(case, by=colleague))["state"] == "UNDER_REVIEW"
    assert list(DeskAssignment.objects.values_list("act", "reason")) == [("TAKE", ""), ("RELEASE", "今日外出")]


def test_a_review_that_has_begun_is_given_on_by_the_manager_alone(case: Case) -> None:
    submitted(case)
    done(claim(case))
    refused(case.post("lay-back", RELEASE, by=case.bank.reviewer), 409, "review_begun")
    colleague = newcomer(case, case.bank.reviewer)
    said = {"to": str(colleague.pk), "reason": "周审查休假"}
    refused(case.post("reassign", said, by=case.bank.reviewer), 403, "not_permitted")
    done(case.post("reassign", said, by=case.bank.city_manager))
    assert (case.row.reviewer, case.row.assignee) == (colleague, colleague)
    refused(give_opinion(case), 403, "not_in_charge")
    assert done(give_opinion(case, by=colleague))["state"] == "IN_APPROVAL"


@pytest.mark.parametrize("who", ["rm", "approver"])
def test_a_case_is_given_to_nobody_who_could_not_do_the_work(case: Case, who: str) -> None:
    submitted(case)
    said = {"to": str(getattr(case.bank, who).pk), "reason": "改派"}
    problem = refused(case.post("reassign", said, by=case.bank.city_manager), 422, "not_suitable")
    assert list(problem["errors"]) == ["to"]
    assert case.row.assignee is None


def test_a_manager_gives_cases_to_his_own_people_alone(case: Case) -> None:
    submitted(case)
    said = {"to": str(case.bank.reviewer.pk), "reason": "改派"}
    refused(case.post("reassign", said, by=case.bank.manager), 404, "not_found")
    done(case.post("reassign", said, by=case.bank.city_manager))
    refused(case.post("reassign", said, by=case.bank.city_manager), 409, "already_in_hand")


def test_what_an_approver_took_is_his_to_decide(case: Case) -> None:
    in_approval(case)
    colleague = newcomer(case, case.bank.approver)
    refused(case.post("take", by=colleague), 403, "no_authority_at_level")
    ApprovalAuthority.objects.create(staff=colleague, level=1, max_amount=300_000, effective_from=clock.today())
    done(case.post("take", by=colleague))
    refused(approve(case), 403, "taken_by_another")
    assert done(case.phone(case.bank.approver).get("/api/v1/loan-queues/approval"))["results"] == []
    assert done(approve(case, by=colleague))["state"] == "APPROVED"
    assert case.row.assignee is None


def test_what_an_officer_took_is_his_to_pay(case: Case) -> None:
    disbursing(case)
    colleague = newcomer(case, case.bank.disbursement_officer)
    done(case.post("take", by=colleague))
    refused(release(case), 403, "taken_by_another")
    assert release(case, by=colleague).status_code == 202


def test_what_a_query_officer_took_is_his_to_ask(case: Case) -> None:
    case.to("CREDIT_AUTHORIZED")
    colleague = newcomer(case, case.bank.query_officer)
    done(case.post("take", by=colleague))
    refused(case.post("credit-reports", {"reason": "02"}, by=case.bank.query_officer), 403, "taken_by_another")
    done(case.post("credit-reports", {"reason": "02"}, by=colleague))


def test_an_investigator_takes_no_part_at_a_desk(case: Case) -> None:
    submitted(case)
    case.bank.co_rm.role_assignments.create(role="REVIEWER")
    refused(case.post("take", by=case.bank.co_rm), 403, "separation_of_duties")
    assert queue(case, case.bank.co_rm, "REVIEW", whose="unassigned") == []


def test_what_lies_at_no_desk_cannot_be_taken(case: Case) -> None:
    case.draft()
    refused(case.post("take", by=case.bank.reviewer), 409, "not_at_a_desk")


def test_ages_are_working_time_and_can_be_asked_for(case: Case) -> None:
    submitted(case)
    LoanApplication.objects.update(state_since=MONDAY)
    with clock.at(datetime.fromisoformat("2026-01-05T20:00:00+08:00")):
        (row,) = queue(case, case.bank.reviewer, "REVIEW")
        assert row["waiting_seconds"] == 8.5 * 3600
        assert len(queue(case, case.bank.reviewer, "REVIEW", older_than=8)) == 1
        assert queue(case, case.bank.reviewer, "REVIEW", older_than=9) == []
        (told,) = done(case.phone(case.bank.reviewer).get(QUEUES))
    assert (told["desk"], told["mine"], told["unassigned"], told["branch"]) == ("REVIEW", 0, 1, 1)
    assert told["older_than"] == {"2": 1, "4": 1, "8": 1, "24": 0}


def test_a_manager_sees_all_desks_of_his_branches_and_strangers_nothing(case: Case) -> None:
    submitted(case)
    told = {row["desk"]: row["branch"] for row in done(case.phone(case.bank.city_manager).get(QUEUES))}
    assert told == {"QUERY": 0, "REVIEW": 1, "APPROVAL": 0, "DISBURSEMENT": 0}
    assert queue(case, case.bank.other_manager, "REVIEW") == []
    refused(case.phone(case.bank.reviewer).get(f"{QUEUES}/KITCHEN"), 404, "not_found")


def test_the_record_of_takings_cannot_be_rewritten(case: Case) -> None:
    submitted(case)
    done(case.post("take", by=case.bank.reviewer))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DeskAssignment.objects.update(reason="x")
