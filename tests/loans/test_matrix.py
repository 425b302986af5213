"""A change of the authority matrix is drafted by one, put to past decisions, and published by another."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from aladdin import clock
from loans.models import ApprovalAuthority, ApprovalDecision, AuthorityDraft, AuthoritySimulation
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approve, in_approval, later
from tests.world import hire

DOOR = "/api/v1/authority-drafts"
BIG = {"amount": "400000.00", "term_months": 36}


@pytest.fixture
def checker(case: Case) -> Staff:
    return hire(case.bank.head, Staff.Position.HEAD_OFFICE, Role.PRODUCT_MANAGER)


def line(staff: Staff, most: int | None, **said: Any) -> dict[str, Any]:
    act = "END" if most is None else "GIVE"
    return {"act": act, "staff": staff.employee_no, "level": 1, "max_amount": most and f"{most}.00"} | said


def draft(case: Case, *lines: dict[str, Any], **said: Any) -> Any:
    tomorrow = clock.today() + timedelta(days=1)
    body = {"title": "支行权限调整", "effective_from": str(tomorrow), "changes": list(lines)} | said
    return case.phone(case.bank.product_manager).post(DOOR, body)


def simulate(case: Case, code: str) -> dict[str, Any]:
    told: dict[str, Any] = done(case.phone(case.bank.product_manager).post(f"{DOOR}/{code}/simulation"))
    return told


def simulated(case: Case, code: str) -> list[tuple[str, str]]:
    rows = done(case.phone(case.bank.product_manager).get(f"{DOOR}/{code}/simulation"))["results"]
    return [(row["application_no"], row["outcome"]) for row in rows]


def publish(case: Case, code: str, by: Staff) -> Any:
    return case.phone(by).post(f"{DOOR}/{code}/publish")


# --- Simulating ----------------------------------------------------------------------------------
def test_past_decisions_show_what_would_have_gone_elsewhere(case: Case, another_case: Any) -> None:
    small, big = in_approval(case), in_approval(another_case(), **BIG)
    done(approve(small))
    done(approve(big, **BIG))
    lower, higher = (done(draft(case, line(case.bank.approver, most)))["code"] for most in (90_000, 500_000))
    assert simulate(case, lower) | {"id": 0, "by": 0, "at": 0, "first_day": 0, "last_day": 0} == {
        "id": 0, "by": 0, "at": 0, "first_day": 0, "last_day": 0, "looked_at": 2, "changed": 1,
    }  # fmt: skip
    assert simulated(case, lower) == [(small.row.application_no, "GOES_UP")]
    simulate(case, higher)
    assert simulated(case, higher) == [(big.row.application_no, "LAST_WORD")]
    ended = done(draft(case, line(case.bank.approver, None)))["code"]
    simulate(case, ended)
    assert {outcome for _, outcome in simulated(case, ended)} == {"NO_AUTHORITY"}


def test_what_went_up_for_another_reason_would_go_up_again(case: Case) -> None:
    in_approval(case)
    done(case.post("escalate", {"reason": "请上级定"}, by=case.bank.approver))
    ApprovalDecision.objects.create(
        application=case.row, level=1, decision="ESCALATE", amount=50_000, exposure=50_000,
        authority_limit=300_000, reason="按规则上报", by=case.bank.approver,
    )  # fmt: skip
    code = done(draft(case, line(case.bank.approver, 500_000)))["code"]
    assert simulate(case, code)["changed"] == 0


def test_a_special_row_of_the_draft_goes_before_the_general_one(case: Case) -> None:
    done(approve(in_approval(case)))
    code = done(draft(case, line(case.bank.approver, 50_000, kind="CONSUMPTION")))["code"]
    assert simulate(case, code)["changed"] == 1
    other = done(draft(case, line(case.bank.approver, 50_000, kind="HOUSING")))["code"]
    assert simulate(case, other)["changed"] == 0


def test_old_decisions_are_not_looked_at(case: Case) -> None:
    done(approve(in_approval(case)))
    with clock.at(later(days=400)):
        code = done(draft(case, line(case.bank.approver, 1)))["code"]
        assert simulate(case, code)["looked_at"] == 0


# --- Publishing ----------------------------------------------------------------------------------
def test_it_rules_from_its_day_on_and_what_ruled_stays_as_it_was(case: Case, checker: Staff) -> None:
    code = done(draft(case, line(case.bank.approver, 50_000)))["code"]
    simulate(case, code)
    assert done(publish(case, code, checker))["state"] == "PUBLISHED"
    old, new = ApprovalAuthority.objects.filter(staff=case.bank.approver).order_by("effective_from")
    tomorrow = clock.today() + timedelta(days=1)
    assert (old.max_amount, old.effective_to) == (Decimal(300_000), tomorrow)
    assert (new.max_amount, new.effective_from, new.effective_to) == (Decimal(50_000), tomorrow, None)
    in_approval(case)
    with clock.at(later(days=1)):
        assert done(approve(case))["state"] == "IN_APPROVAL"
    assert case.row.approval_level == 2


def test_nothing_is_published_unsimulated_nor_after_its_lines_changed(case: Case, checker: Staff) -> None:
    code = done(draft(case, line(case.bank.approver, 50_000)))["code"]
    refused(publish(case, code, checker), 409, "simulation_missing")
    simulate(case, code)
    changed = {"changes": [line(case.bank.approver, 60_000)]}
    told = done(case.phone(case.bank.product_manager).post(f"{DOOR}/{code}/changes", changed))
    assert told["simulation"] is None
    refused(publish(case, code, checker), 409, "simulation_missing")
    simulate(case, code)
    done(publish(case, code, checker))
    refused(publish(case, code, checker), 409, "draft_closed")
    refused(case.phone(checker).post(f"{DOOR}/{code}/discard"), 409, "draft_closed")


def test_the_maker_does_not_publish_nor_anybody_his_own_authority(case: Case, checker: Staff) -> None:
    checker.role_assignments.create(role=Role.APPROVER)
    code = done(draft(case, line(checker, 50_000)))["code"]
    simulate(case, code)
    refused(publish(case, code, case.bank.product_manager), 403, "maker_is_checker")
    refused(publish(case, code, checker), 403, "own_authority")
    done(publish(case, code, case.bank.admin))


def test_only_the_maker_changes_a_draft(case: Case, checker: Staff) -> None:
    code = done(draft(case, line(case.bank.approver, 50_000)))["code"]
    answer = case.phone(checker).post(f"{DOOR}/{code}/changes", {"changes": [line(case.bank.approver, 1)]})
    refused(answer, 403, "not_your_draft")
    done(case.phone(checker).post(f"{DOOR}/{code}/discard"))
    assert AuthorityDraft.objects.get().state == "DISCARDED"


def test_two_changes_do_not_run_into_each_other(case: Case, checker: Staff) -> None:
    first, second = (done(draft(case, line(case.bank.approver, most)))["code"] for most in (50_000, 60_000))
    for code in (first, second):
        simulate(case, code)
    done(publish(case, first, checker))
    refused(publish(case, second, checker), 409, "authority_in_the_way")


def test_a_draft_that_waited_too_long_is_not_published(case: Case, checker: Staff) -> None:
    code = done(draft(case, line(case.bank.approver, 50_000)))["code"]
    simulate(case, code)
    with clock.at(later(days=2)):
        refused(publish(case, code, checker), 422, "draft_backdated")


@pytest.mark.parametrize(
    "who, most, said, code",
    [
        ("approver", 50_000, {"effective_from": "2026-01-01"}, "draft_backdated"),
        ("rm", 50_000, {}, "not_an_approver"),
        ("reviewer", None, {}, "nothing_to_end"),
    ],
)
def test_a_draft_that_makes_no_sense(case: Case, who: str, most: int | None, said: Any, code: str) -> None:
    refused(draft(case, line(getattr(case.bank, who), most), **said), 422, code)


def test_lines_that_contradict_are_refused(case: Case) -> None:
    one = line(case.bank.approver, 50_000)
    refused(draft(case, one, one), 422, "changed_twice")
    refused(draft(case, one | {"max_amount": None}), 422, "limit_missing")
    refused(draft(case, one | {"staff": "X"}), 422, "staff_unknown")
    refused(draft(case), 400, "invalid")


def test_a_simulation_cannot_be_rewritten(case: Case) -> None:
    code = done(draft(case, line(case.bank.approver, 50_000)))["code"]
    simulate(case, code)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuthoritySimulation.objects.update(changed=0)
