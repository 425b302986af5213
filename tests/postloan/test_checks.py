"""Doing and reviewing a check: the executor looks, somebody else reviews, and being late is a fact."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_fsm import can_proceed

from aladdin import clock
from organization.models import RoleAssignment, Staff
from organization.roles import Role
from postloan import checks
from postloan.machine import CheckKind, CheckStatus
from postloan.models import PostLoanCheck
from tests.loans.builders import Case, done, refused
from tests.loans.lending import later

CHECKS = "/api/v1/post-loan-checks"
REPORT: dict[str, Any] = {
    "method": "PHONE",
    "findings": "货物已到仓，经营正常。",
    "conclusion": "NORMAL",
    "use_of_funds": "支付货款，已核发票与转账凭证。",
}
ON_SITE = REPORT | {
    "method": "ON_SITE",
    "latitude": "39.523800",
    "longitude": "116.683600",
    "visited_at": "2026-11-24T09:30:00+08:00",
}


def post(case: Case, check: PostLoanCheck, step: str, data: Any = None, *, by: Staff | None = None) -> Any:
    return case.phone(by or case.bank.rm).post(f"{CHECKS}/{check.pk}/{step}", data or {})


@pytest.fixture
def handed_in(case: Case, check: PostLoanCheck) -> PostLoanCheck:
    """A check that waits for its reviewer."""
    done(post(case, check, "start"))
    done(post(case, check, "submit", ON_SITE))
    return check


def test_a_check_from_start_to_end(case: Case, check: PostLoanCheck) -> None:
    assert done(post(case, check, "start"))["status"] == "IN_PROGRESS"
    assert done(post(case, check, "submit", ON_SITE))["status"] == "SUBMITTED"
    reviewer = case.bank.post_loan_reviewer
    returned = post(case, check, "return", {"reason": "请补充发票照片"}, by=reviewer)
    assert done(returned)["status"] == "RETURNED"
    told = done(case.rm.get("/api/v1/notices"))["results"]
    assert any("请补充发票照片" in each["body"] for each in told)
    done(post(case, check, "submit", ON_SITE | {"findings": "已补充发票。"}))
    answer = done(post(case, check, "complete", {"opinion": "同意"}, by=reviewer))
    assert (answer["status"], answer["reviewer"], answer["was_late"]) == ("COMPLETED", str(reviewer.pk), False)

    log = done(case.rm.get(f"{CHECKS}/{check.pk}/transitions"))
    assert [(each["name"], each["to_status"]) for each in log] == [
        ("open", "PENDING"),
        ("start", "IN_PROGRESS"),
        ("submit", "SUBMITTED"),
        ("send_back", "RETURNED"),
        ("submit", "SUBMITTED"),
        ("complete", "COMPLETED"),
    ]
    assert log[0]["by_name"] == "系统"
    assert log[3]["reason"] == "请补充发票照片"


# --- What a report needs -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "report, missing",
    [
        (REPORT | {"use_of_funds": ""}, ["use_of_funds_missing"]),
        (REPORT | {"method": "ON_SITE"}, ["place_missing", "visit_time_missing"]),
        (ON_SITE | {"use_of_funds": "", "longitude": None}, ["use_of_funds_missing", "place_missing"]),
    ],
)
def test_a_report_that_lacks_something_is_not_handed_in(
    case: Case, check: PostLoanCheck, report: dict[str, Any], missing: list[str]
) -> None:
    done(post(case, check, "start"))
    problem = refused(post(case, check, "submit", report), 409, "check_incomplete")
    assert [each["code"] for each in problem["blockers"]] == missing
    row = PostLoanCheck.objects.get()
    assert (row.status, row.findings) == ("IN_PROGRESS", "")


@pytest.mark.parametrize("field", ["method", "findings", "conclusion"])
def test_a_report_says_how_what_and_with_which_end(case: Case, check: PostLoanCheck, field: str) -> None:
    done(post(case, check, "start"))
    report = {name: value for name, value in REPORT.items() if name != field}
    assert field in refused(post(case, check, "submit", report), 400, "invalid")["errors"]


# --- Who -----------------------------------------------------------------------------------------
def test_only_the_executor_does_it(case: Case, check: PostLoanCheck) -> None:
    PostLoanCheck.objects.filter(pk=check.pk).update(branch=case.bank.east)
    RoleAssignment.objects.create(staff=case.bank.manager, role=Role.RM)
    refused(post(case, check, "start", by=case.bank.manager), 403, "not_the_executor")
    refused(post(case, check, "start", by=case.bank.post_loan_reviewer), 403, "not_permitted")
    refused(post(case, check, "start", by=case.bank.other_rm), 404, "not_found")
    refused(post(case, check, "start", by=case.bank.stranger), 404, "not_found")


@pytest.mark.parametrize("step, data", [("return", {"reason": "重做"}), ("complete", {"opinion": "同意"})])
def test_nobody_reviews_his_own_check(case: Case, handed_in: PostLoanCheck, step: str, data: dict[str, str]) -> None:
    RoleAssignment.objects.create(staff=case.bank.rm, role=Role.POST_LOAN_REVIEWER)
    refused(post(case, handed_in, step, data), 403, "own_check")


def test_a_manager_returns_but_does_not_complete(case: Case, handed_in: PostLoanCheck) -> None:
    refused(post(case, handed_in, "complete", {"opinion": "同意"}, by=case.bank.manager), 403, "not_permitted")
    done(post(case, handed_in, "return", {"reason": "照片不清"}, by=case.bank.manager))


def test_the_database_keeps_executor_and_reviewer_apart(case: Case, handed_in: PostLoanCheck) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PostLoanCheck.objects.filter(pk=handed_in.pk).update(reviewer=case.bank.rm)


# --- States --------------------------------------------------------------------------------------
#: The table of domain 1.7: from which states each arrow leads away.
ARROWS = {
    "open": {"PLANNED"},
    "start": {"PENDING"},
    "submit": {"IN_PROGRESS", "RETURNED"},
    "send_back": {"SUBMITTED"},
    "complete": {"SUBMITTED"},
    "cancel": {"PENDING", "IN_PROGRESS", "RETURNED"},
}


@pytest.mark.parametrize("status", CheckStatus.values)
@pytest.mark.parametrize("arrow", ARROWS)
def test_every_state_by_every_arrow(status: str, arrow: str) -> None:
    check = PostLoanCheck(status=status)
    assert can_proceed(getattr(check, arrow), check_conditions=False) == (status in ARROWS[arrow])


def test_a_move_out_of_order_is_refused(case: Case, check: PostLoanCheck) -> None:
    reviewer = case.bank.post_loan_reviewer
    refused(post(case, check, "submit", ON_SITE), 409, "check_transition_not_allowed")
    refused(post(case, check, "complete", {"opinion": "同意"}, by=reviewer), 409, "check_transition_not_allowed")
    done(post(case, check, "start"))
    refused(post(case, check, "start"), 409, "check_transition_not_allowed")


def test_a_check_is_cancelled_with_a_reason(case: Case, check: PostLoanCheck) -> None:
    reviewer = case.bank.post_loan_reviewer
    assert "reason" in refused(post(case, check, "cancel", by=reviewer), 400, "invalid")["errors"]
    assert done(post(case, check, "cancel", {"reason": "合并检查"}, by=reviewer))["status"] == "CANCELLED"
    refused(post(case, check, "start"), 409, "check_transition_not_allowed")


def test_the_log_is_never_changed(handed_in: PostLoanCheck) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        handed_in.transitions.update(reason="anders")
    with pytest.raises(IntegrityError), transaction.atomic():
        handed_in.transitions.all().delete()


# --- Late ----------------------------------------------------------------------------------------
def test_past_its_day_a_check_is_overdue_until_it_is_handed_in(case: Case, check: PostLoanCheck) -> None:
    with clock.at(later(days=15)):
        assert list(checks.overdue(within=case.bank.city)) == []
        assert not PostLoanCheck.objects.get().is_overdue
    with clock.at(later(days=16)):
        assert list(checks.overdue(within=case.bank.city)) == [check]
        assert list(checks.overdue(within=case.bank.east)) == [check]
        assert list(checks.overdue(within=case.bank.west)) == []
        assert PostLoanCheck.objects.get().is_overdue


def test_a_check_handed_in_in_time_waits_without_being_overdue(case: Case, handed_in: PostLoanCheck) -> None:
    with clock.at(later(days=40)):
        assert list(checks.overdue(within=case.bank.head)) == []
        assert not PostLoanCheck.objects.get().is_overdue


def test_a_check_returned_past_its_day_is_overdue_again(case: Case, handed_in: PostLoanCheck) -> None:
    with clock.at(later(days=16)):
        checks.send_back(handed_in, by=case.bank.post_loan_reviewer, reason="照片不清")
        assert list(checks.overdue(within=case.bank.east)) == [handed_in]


def test_late_work_can_still_be_done_and_stays_late(case: Case, check: PostLoanCheck) -> None:
    checks.start(check, by=case.bank.rm)
    with clock.at(later(days=20)):
        checks.submit(check, checks.Report(**REPORT), by=case.bank.rm)
        checks.complete(check, by=case.bank.post_loan_reviewer, opinion="同意，但已逾期")
    row = PostLoanCheck.objects.get()
    assert (row.status, row.was_late, row.is_overdue) == ("COMPLETED", True, False)
    assert list(checks.overdue(within=case.bank.head)) == []


def test_the_query_and_the_row_agree_on_what_is_overdue(check: PostLoanCheck) -> None:
    moments = [None, later(days=1), later(days=17)]
    for status in CheckStatus.values:
        for submitted_at in moments:
            if submitted_at is None and status in ("SUBMITTED", "RETURNED", "COMPLETED"):
                continue
            if status == "COMPLETED":
                continue  # needs its reviewer; closed either way
            PostLoanCheck.objects.filter(pk=check.pk).update(status=status, submitted_at=submitted_at)
            for days in (0, 15, 16, 30):
                with clock.at(later(days=days)):
                    row = PostLoanCheck.objects.get()
                    assert PostLoanCheck.objects.overdue().exists() == row.is_overdue, (status, submitted_at, days)


# --- Lists ---------------------------------------------------------------------------------------
def test_who_sees_which_checks(case: Case, check: PostLoanCheck) -> None:
    seen = {
        "rm": 1, "manager": 1, "city_manager": 1, "post_loan_reviewer": 1, "auditor": 1,
        "other_rm": 0, "stranger": 0, "other_manager": 0,
    }  # fmt: skip
    for person, number in seen.items():
        page = done(case.phone(getattr(case.bank, person)).get(CHECKS))
        assert len(page["results"]) == number, person
    refused(case.phone(case.bank.product_manager).get(CHECKS), 403, "not_permitted")


def test_the_list_shows_the_overdue_ones(case: Case, check: PostLoanCheck) -> None:
    with clock.at(later(days=1)):
        assert done(case.rm.get(CHECKS, {"overdue": "true"}))["results"] == []
    PostLoanCheck.objects.filter(pk=check.pk).update(opens_on="2026-01-01", due_on="2026-01-16")
    (found,) = done(case.rm.get(CHECKS, {"overdue": "true", "kind": CheckKind.FIRST}))["results"]
    assert (found["is_overdue"], found["loan_account_no"]) == (True, check.loan_account.account_no)
    assert done(case.rm.get(f"{CHECKS}/{check.pk}"))["due_on"] == "2026-01-16"
