"""Levels of approval that sleep are woken, their managers and the next level told; in the end the case goes up."""

from datetime import datetime

from aladdin import clock
from loans import sleeping
from loans.models import LoanApplication
from notifications.models import Notice
from tests.loans.builders import Case, done
from tests.loans.lending import approve, in_approval

MONDAY = datetime.fromisoformat("2026-01-05T09:00:00+08:00")


def asleep_since_monday(case: Case) -> Case:
    in_approval(case)
    LoanApplication.objects.update(state_since=MONDAY)
    return case


def told(case: Case) -> set[str]:
    rows = Notice.objects.filter(kind="task.approval_asleep", subject=f"loan-application/{case.id}")
    return set(rows.values_list("stream__staff__name", flat=True))


def run(moment: str) -> tuple[int, int]:
    with clock.at(datetime.fromisoformat(f"2026-01-{moment}:00+08:00")):
        return sleeping.wake_sleeping_levels()


def test_working_hours_are_counted_not_the_night(case: Case) -> None:
    asleep_since_monday(case)
    assert run("05T16:59") == (0, 0)
    assert told(case) == set()
    assert run("05T17:00") == (1, 0)
    assert told(case) == {"吴审批", "郑终审", "高行长"}
    assert run("06T08:00") == (0, 0), "nobody is told twice"


def test_whoever_took_the_case_is_the_one_who_is_reminded(case: Case) -> None:
    in_approval(case)
    done(case.post("take", by=case.bank.approver))
    LoanApplication.objects.update(state_since=MONDAY)
    run("05T17:30")
    assert "吴审批" in told(case)


def test_a_level_that_sleeps_on_is_passed_over(case: Case) -> None:
    asleep_since_monday(case)
    assert run("06T16:00") == (1, 1)
    move = case.row.transitions.order_by("id").last()
    assert move is not None
    assert (move.name, move.by, case.row.approval_level) == ("escalate", None, 2)
    assert "系统上报" in move.reason
    assert done(approve(case, by=case.bank.senior_approver))["state"] == "APPROVED"


def test_at_the_top_there_is_nobody_to_pass_it_to(case: Case) -> None:
    asleep_since_monday(case)
    LoanApplication.objects.update(approval_level=3)
    assert run("09T16:00")[1] == 0
    assert case.row.state == "IN_APPROVAL"


def test_a_case_that_was_decided_is_let_alone(case: Case) -> None:
    asleep_since_monday(case)
    done(approve(case))
    assert run("09T16:00") == (0, 0)
