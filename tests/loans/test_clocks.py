"""Clocks: how long a case stayed where and with whom, who has it, when it will be through, and the promise of a
fast intake, all from the log."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

from aladdin import clock
from crm.models import Ownership
from loans import pace
from loans.models import ApplicationTransition, StepPace
from loans.transitions import move
from tests.loans.builders import Case, done, refused
from tests.loans.lending import approve, approved, claim, give_opinion, submitted

REPORT = "/api/v1/loan-clocks/intake"
RETURN = {"items": ["补充"], "reason_code": "MATERIALS_MISSING"}


def at(text: str) -> AbstractContextManager[None]:
    return clock.at(datetime.fromisoformat(f"2026-{text}:00+08:00"))


def walked(case: Case, day: str = "01-05", hour: int = 9) -> Case:
    """An intake of a Monday: accepted at nine, handed in at half past ten, of which the customer took half an hour."""
    Ownership.objects.update(effective_from=date(2020, 1, 1))
    with at(f"{day}T{hour - 1:02}:00"):
        case.draft()
    for clocked, step in (
        (f"{hour:02}:00", case.accept),
        (f"{hour:02}:05", case.verify),
        (f"{hour:02}:35", case.authorize),
        (f"{hour:02}:45", case.query),
        (f"{hour + 1:02}:20", case.investigate),
        (f"{hour + 1:02}:30", case.submit),
    ):
        with at(f"{day}T{clocked}"):
            step()
    return case


def test_each_stay_has_its_length_and_its_person(case: Case) -> None:
    walked(case)
    with at("01-05T14:30"):
        told = done(case.rm.get(f"{case.url}/clock"))
    stays = {each["state"]: each for each in told["spans"]}
    assert {state: each["working_seconds"] // 60 for state, each in stays.items()} == {
        "DRAFT": 30,  # the bank opens at half past eight
        "ACCEPTED": 5,
        "ID_VERIFIED": 30,
        "CREDIT_AUTHORIZED": 10,
        "INVESTIGATING": 45,
        "SUBMITTED": 240,
    }
    assert [each["state"] for each in told["spans"] if each["waiting"] == "CUSTOMER"] == ["DRAFT", "ID_VERIFIED"]
    assert stays["INVESTIGATING"]["who"]["id"] == str(case.bank.rm.pk)
    assert (told["customer_seconds"] // 60, told["bank_seconds"] // 60) == (60, 300)
    assert stays["SUBMITTED"]["until"] is None


def test_it_says_who_has_the_case_and_what_is_missing(case: Case, another_case: Callable[..., Case]) -> None:
    case.to("ID_VERIFIED")
    told = done(case.rm.get(f"{case.url}/clock"))
    assert (told["holder"]["id"], told["waiting"]) == (str(case.bank.rm.pk), "CUSTOMER")
    assert [each["code"] for each in told["missing"]] == ["credit_not_authorized"]
    case = submitted(another_case())
    told = done(case.rm.get(f"{case.url}/clock"))
    assert (told["holder"], told["holder_role"]) == (None, "审查岗")
    done(case.post("take", by=case.bank.reviewer))
    assert done(case.rm.get(f"{case.url}/clock"))["holder"]["id"] == str(case.bank.reviewer.pk)


def test_an_ended_case_is_nobodys_and_has_no_forecast(case: Case) -> None:
    case.draft()
    done(case.post("cancel", {"reason": "重复"}))
    told = done(case.rm.get(f"{case.url}/clock"))
    assert (told["holder"], told["forecast"], told["waiting"]) == (None, None, None)
    assert [each["state"] for each in told["spans"]] == ["DRAFT"]


def test_a_return_is_the_customers_time_unless_the_investigation_was_thin(case: Case) -> None:
    submitted(case)
    for reason, waiting in (("MATERIALS_MISSING", "CUSTOMER"), ("INVESTIGATION_THIN", "BANK")):
        move(case.row, "take_up_review", by=case.bank.reviewer, reviewer=case.bank.reviewer)
        done(case.post("return", RETURN | {"reason_code": reason}, by=case.bank.reviewer))
        assert done(case.rm.get(f"{case.url}/clock"))["waiting"] == waiting
        type(case.row).objects.filter(pk=case.id).update(state="SUBMITTED", reviewer=None)


def test_when_it_will_be_through_is_worked_out_from_the_log(case: Case, another_case: Callable[..., Case]) -> None:
    """Four states lie ahead of a case in approval that has none behind it; until each is measured nothing is said."""
    approved(case)
    other = another_case()
    approved(other)
    told = done(case.rm.get(f"{case.url}/clock"))["forecast"]
    assert (told["usual"], told["unmeasured"]) == (None, ["APPROVED", "CONTRACTING", "CONTRACTED", "DISBURSING"])
    for number, state in enumerate(("APPROVED", "CONTRACTING", "CONTRACTED", "DISBURSING"), 1):
        measured = {"cases": 9, "measured_on": clock.today()}
        StepPace.objects.create(state=state, p50=number * 600, p90=number * 1200, **measured)
        StepPace.objects.create(state=state, p50=5, p90=6, product=case.row.product, **measured | {"cases": 2})
    since = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
    type(case.row).objects.update(state_since=since)
    with clock.at(since + timedelta(minutes=4)):
        told = done(case.rm.get(f"{case.url}/clock"))["forecast"]
    expected = [since + timedelta(minutes=100), since + timedelta(minutes=200)]
    assert [datetime.fromisoformat(told[which]) for which in ("usual", "slow")] == expected


def test_the_night_measures_every_step(case: Case, another_case: Callable[..., Case]) -> None:
    for one in (case, another_case()):
        walked(one)
    with at("01-06T02:00"):
        assert pace.measure() == pace.measure() > 0
    row = StepPace.objects.get(state="INVESTIGATING", product=case.row.product, branch=case.bank.east)
    assert (row.p50, row.p90, row.cases) == (45 * 60, 45 * 60, 2)
    assert StepPace.objects.filter(state="INVESTIGATING", product=None, branch=None).count() == 1


# --- The promise ---------------------------------------------------------------------------------
def report(case: Case, staff: Any, **asked: Any) -> dict[str, Any]:
    said = {"first": "2026-01-01", "last": "2026-01-31", **asked}
    told: dict[str, Any] = done(case.phone(staff).get(REPORT, said))
    return told


def test_the_intake_is_held_against_the_promise(case: Case, another_case: Callable[..., Case]) -> None:
    walked(case)
    slow = another_case()
    walked(slow, day="01-07", hour=16)  # half past five is the end of a working day: it goes on the next morning
    with at("01-20T09:00"):
        told = report(case, case.bank.manager)
    assert told["promise_seconds"] == 7200
    (row,) = told["groups"]
    assert (row["cases"], row["within"]) == (2, 2)
    assert (row["p50"], row["p90"]) == (90 * 60, 90 * 60)
    assert row["bank_p50"] == 60 * 60


def test_by_branch_product_person_and_month_and_only_what_one_may_see(case: Case) -> None:
    walked(case)
    for group, key, label in (
        ("branch", "1001", "广阳支行"),
        ("product", "PERSONAL_CONSUMPTION", "个人消费贷"),
        ("rm", case.bank.rm.employee_no, "王小明"),
        ("month", "2026-01", "2026-01"),
        ("week", "2026-W02", "2026-W02"),
        ("day", "2026-01-05", "2026-01-05"),
    ):
        (row,) = report(case, case.bank.head_office, group=group)["groups"]
        assert (row["group"], row["label"]) == (key, label)
    assert report(case, case.bank.rm)["groups"][0]["cases"] == 1
    assert report(case, case.bank.other_rm)["groups"] == []
    assert report(case, case.bank.other_manager)["groups"] == []
    assert report(case, case.bank.manager, product="X")["groups"] == []
    assert report(case, case.bank.manager, branch=str(case.bank.east.pk))["groups"][0]["cases"] == 1


def test_a_second_handing_in_does_not_count_again(case: Case) -> None:
    walked(case)
    with at("01-05T11:00"):
        done(claim(case))
        done(give_opinion(case))
        done(approve(case))
    assert report(case, case.bank.manager)["groups"][0]["cases"] == 1


def test_a_period_that_is_none_is_refused(case: Case) -> None:
    for said in ({"first": "2026-02-01", "last": "2026-01-01"}, {"first": "2010-01-01"}, {"group": "moon"}):
        problem = refused(case.phone(case.bank.manager).get(REPORT, said), 400, "invalid")
        assert set(problem["errors"]) <= {"first", "group"}


def test_how_long_steps_take_by_step(case: Case) -> None:
    walked(case)
    asked = {"first": "2026-01-01", "last": "2026-01-31"}
    rows = done(case.phone(case.bank.manager).get("/api/v1/loan-clocks/steps", asked))
    assert [(row["state"], row["waiting"], row["p50"] // 60) for row in rows] == [
        ("DRAFT", "CUSTOMER", 30),
        ("ACCEPTED", "BANK", 5),
        ("ID_VERIFIED", "CUSTOMER", 30),
        ("CREDIT_AUTHORIZED", "BANK", 10),
        ("INVESTIGATING", "BANK", 45),
    ]
    assert ApplicationTransition.objects.filter(name="create").get().working_seconds is None
